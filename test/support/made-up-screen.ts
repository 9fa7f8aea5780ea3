import { setTimeout as delay } from 'node:timers/promises';
import type { SelfTask } from '../../src/jobs/self-task.ts';
import type { View } from '../../src/tui/view.ts';

/** A view, and the keys that are pressed before it is looked at. */
export interface MadeUpScreen {
  readonly view: View;
  readonly keys?: readonly string[];
  /** A key that opens the view that is meant. */
  readonly opens?: string;
}

/** A command that has told all this, and has ended so; it goes on for ever without an exit code. */
export const madeUpTask = (told: readonly unknown[], exitCode: number | undefined): SelfTask => ({
  events: (async function* () {
    yield* told;
    if (exitCode === undefined) await delay(3_600_000, undefined, { ref: false });
  })(),
  stop: () => undefined,
  ended: Promise.resolve({ exitCode, said: '' }),
});
