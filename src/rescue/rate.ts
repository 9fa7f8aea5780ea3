/** Measures a growing count over the last seconds. */
export class Rate {
  readonly #windowMs: number;
  readonly #samples: { at: number; value: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Notes that the count stands at `value` at `atMs`. */
  sample(atMs: number, value: number): void {
    this.#samples.push({ at: atMs, value });
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? 0) <= atMs - this.#windowMs)
      this.#samples.shift();
  }

  /** Growth a second over the window; 0 before there are two samples. */
  get perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at <= first.at) return 0;
    return ((last.value - first.value) / (last.at - first.at)) * 1000;
  }
}
