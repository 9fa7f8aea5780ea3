import type { Wait, Waits } from './waits.ts';

/** Holds the rescue back for as long as somebody wishes. Requests that are in flight already are not called back. */
export class Pause {
  readonly #waits: Waits;
  #wait: Wait | undefined;
  #passing: (() => void)[] = [];

  constructor(waits: Waits) {
    this.#waits = waits;
  }

  get isOn(): boolean {
    return this.#wait !== undefined;
  }

  begin(): void {
    this.#wait ??= this.#waits.begin('user');
  }

  end(): void {
    this.#wait?.end();
    this.#wait = undefined;
    for (const pass of this.#passing.splice(0)) pass();
  }

  /** Resolves when the rescue may go on. */
  async passed(): Promise<void> {
    while (this.isOn) await new Promise<void>((pass) => this.#passing.push(pass));
  }
}
