/** Steps between two lines. */
const STEP = 100;

/** `42.00 percent completed`, at every hundredth step and at the end, to the digit as ntfsclone computes it (measured). */
export class PercentLine {
  #last: number;

  /** `last`: the step that was told last. */
  constructor(last: number) {
    this.#last = last;
  }

  /** All lines that are due when step `done` of `total` is reached. */
  upTo(done: number, total: number): string {
    const unit = Math.fround(100 / total);
    let text = '';
    const first = (Math.floor(this.#last / STEP) + 1) * STEP;
    for (let step = first; step <= done; step += STEP) {
      if (step === total) continue;
      const percent = hundredths(Math.fround(unit * Math.fround(step)));
      text += `${percent.toFixed(2).padStart(6)} percent completed\r`;
    }
    if (this.#last < total && done >= total) text += '100.00 percent completed\n';
    this.#last = done;
    return text;
  }
}

/** Rounded to two digits as C does it: a tie goes to the even neighbour, to which JavaScript does not look. */
function hundredths(value: number): number {
  const scaled = value * 100;
  const isTie = scaled % 1 === 0.5;
  return (isTie ? 2 * Math.round(scaled / 2) : Math.round(scaled)) / 100;
}
