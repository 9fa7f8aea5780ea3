import type { CopyEvent } from '../../jobs/copy-events.ts';
import type { SelfTask } from '../../jobs/self-task.ts';
import { bytesText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { WORDS } from '../../tui/words.ts';
import type { Conversation } from './conversation.ts';

/**
 * Says what a command tells until it ends; `lineFor` puts an event into words, or has none for it. `s` stops it in good
 * order. Resolves to how it ended.
 */
export async function followTask(
  talk: Conversation,
  task: SelfTask,
  lineFor: (event: unknown) => string | undefined,
): ReturnType<() => SelfTask['ended']> {
  talk.say(WORDS.plain.taskKeys);
  const release = talk.listen((line) => {
    if (line === 's') task.stop();
    else if (line !== undefined && line !== '') talk.say(WORDS.plain.notThat(safeText(line)));
  });
  try {
    for await (const event of task.events) {
      const text = lineFor(event);
      if (text !== undefined) talk.say(text);
    }
    return await task.ended;
  } finally {
    release();
  }
}

/** Files that are copied: each that is not whole, by name. */
export function copyLine(event: unknown): string | undefined {
  const told = event as CopyEvent;
  switch (told.event) {
    case 'file': {
      const { path, sizeBytes, missingBytes } = told;
      const missing = missingBytes > 0 ? ` (${WORDS.files.missing(bytesText(missingBytes))})` : '';
      return safeText(`${path}, ${bytesText(sizeBytes)}${missing}`);
    }
    case 'problem':
    case 'note':
      return safeText([told.path, told.message].filter(Boolean).join(': '));
    default:
      return undefined;
  }
}

/** At most one line of progress in this time. */
const EVERY_MS = 5000;

/** Lets a line of progress pass now and then: the first, and each that comes `EVERY_MS` after the last. */
export function nowAndThen(): (text: () => string) => string | undefined {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (text) => {
    if (performance.now() - lastMs < EVERY_MS) return undefined;
    lastMs = performance.now();
    return text();
  };
}
