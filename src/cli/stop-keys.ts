import type { EngineProcess } from '../jobs/engine-process.ts';
import type { JobView } from './view.ts';

/** After this many requests to stop, the engine is not asked any more but ended. */
const PATIENCE = 3;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Turns Ctrl-C and its like into a clean stop of the engine. */
export class StopKeys {
  readonly #onSignal: () => void;
  #asked = 0;
  #gaveUp = false;

  constructor(engine: EngineProcess, view: JobView) {
    this.#onSignal = () => {
      this.#asked++;
      if (this.#asked >= PATIENCE) {
        this.#gaveUp = true;
        engine.kill();
        return;
      }
      view.say(
        this.#asked === 1
          ? 'Stopping: the map is saved, unread sectors are marked. Ctrl-C again to skip the marking.'
          : 'Stopping without marking. Ctrl-C once more ends at once; the last saved map stays.',
      );
      engine.send({ do: 'stop', skipMarking: this.#asked > 1 });
    };
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** Whether the engine was ended because it did not stop by itself. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  release(): void {
    for (const signal of SIGNALS) process.removeListener(signal, this.#onSignal);
  }
}
