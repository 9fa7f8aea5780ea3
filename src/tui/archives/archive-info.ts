import type { ArchiveInfo } from '../../archive/inspect/archive-info.ts';
import type { ImagePlace } from '../images/image-choice.ts';
import type { StartTask } from '../running/story-task.ts';
import { archiveLookWords } from './archive-choice.ts';
import type { ArchiveTold } from './archive-story.ts';

/** What an archive says of itself, or why it does not. */
export type ArchiveAnswer =
  | { readonly kind: 'info'; readonly info: ArchiveInfo }
  | { readonly kind: 'problem'; readonly problem: readonly string[] };

/** Asks an archive, by a process of its own: its drive may not answer. */
export async function askArchiveInfo(start: StartTask, archive: ImagePlace): Promise<ArchiveAnswer> {
  const task = start(archiveLookWords(archive, 'info'));
  let info: ArchiveInfo | undefined;
  let problem: readonly string[] | undefined;
  for await (const event of task.events) {
    const told = event as ArchiveTold | ({ readonly event: 'info' } & ArchiveInfo);
    if (told.event === 'info') info = told;
    if (told.event === 'ended') problem = [told.message, told.advice];
  }
  const { said } = await task.ended;
  return info ? { kind: 'info', info } : { kind: 'problem', problem: problem ?? [said] };
}
