import { Interruption } from './interruption.ts';

/**
 * The one way to stop a rescue. Whoever waits for the disk waits through `race`, so that a stop takes effect at
 * once even while a read is stuck in the kernel.
 */
export class StopSwitch {
  readonly #controller = new AbortController();
  readonly #waiting = new Set<(reason: Interruption) => void>();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get pressed(): boolean {
    return this.#controller.signal.aborted;
  }

  press(): void {
    this.#controller.abort();
    for (const reject of this.#waiting) reject(new Interruption({ kind: 'stopped' }));
    this.#waiting.clear();
  }

  throwIfPressed(): void {
    if (this.pressed) throw new Interruption({ kind: 'stopped' });
  }

  /**
   * What `work` gives, or the interruption, whichever comes first. (`Promise.race` against one long-lived promise
   * would keep a record of every call until the end of the rescue: millions of them.)
   */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.pressed) {
        work.catch((reason: unknown) => reason);
        reject(new Interruption({ kind: 'stopped' }));
        return;
      }
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }
}
