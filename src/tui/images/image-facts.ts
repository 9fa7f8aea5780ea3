import type { CloneEvent, ImageFacts } from '../../jobs/clone-events.ts';
import type { SelfTask } from '../../jobs/self-task.ts';
import { type ImagePlace, lookWords } from './image-choice.ts';

/** What an image says of itself, or why it does not. */
export type ImageAnswer =
  | { readonly kind: 'facts'; readonly facts: ImageFacts }
  | { readonly kind: 'problem'; readonly problem: readonly string[] };

/** Asks an image, by a process of its own: its drive may not answer. */
export async function askImageFacts(
  start: (words: readonly string[]) => SelfTask,
  image: ImagePlace,
): Promise<ImageAnswer> {
  const task = start(lookWords(image, 'info'));
  let facts: ImageFacts | undefined;
  let problem: readonly string[] | undefined;
  for await (const event of task.events) {
    const told = event as CloneEvent;
    if (told.event === 'image') facts = told;
    if (told.event === 'refused') problem = [told.message, told.advice];
    if (told.event === 'done' && told.failure) problem = [told.failure.message, told.failure.advice];
  }
  const { said } = await task.ended;
  return facts ? { kind: 'facts', facts } : { kind: 'problem', problem: problem ?? [said] };
}
