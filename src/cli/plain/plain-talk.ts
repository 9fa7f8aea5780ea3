import { setTimeout as delay } from 'node:timers/promises';
import { selfCommand } from '../../jobs/self.ts';
import type { Machine } from '../../probe/machine.ts';
import { watchMachine } from '../../probe/watch.ts';
import { WORDS } from '../../tui/words.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { rescueCommand } from '../rescue.ts';
import { agree, openConversation } from './plain-dialog.ts';

/** The dashboard in numbered lines. */
export async function talkInLines(only: readonly string[] | undefined): Promise<ExitCode> {
  const talk = openConversation();
  try {
    const words = await agree(talk, () => lookOnce(only));
    if (!words) return EXIT.saved;
    talk.say(`\n${WORDS.plain.same(words.join(' '))}`);
    return await rescueCommand(words);
  } finally {
    talk.close();
  }
}

/** So long disks are waited for before they are listed; who has not answered by then is listed as silent. */
const LOOK_MS = 8000;

async function lookOnce(only: readonly string[] | undefined): Promise<Machine> {
  const stop = new AbortController();
  let last: Machine = { takenMs: Date.now(), disks: [] };
  const limit = delay(LOOK_MS, undefined, { signal: stop.signal }).then(
    () => stop.abort(),
    () => undefined,
  );
  await watchMachine({
    self: selfCommand(),
    signal: stop.signal,
    ...(only && { only }),
    onChange: (machine) => {
      last = machine;
      if (machine.disks.length > 0 && machine.disks.every(({ settled, use }) => settled && use.checked))
        stop.abort();
    },
  });
  await limit;
  return last;
}
