import { moveInList } from '../frame/choice-list.ts';
import type { Line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { bindingsOf, KEYS, type KeyBinding } from '../keys.ts';
import type { View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Lines on the whole screen, to scroll through: a log, all bad places, the holes of a file. */
export class LinesView implements View {
  readonly title: string;
  readonly purpose: string;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.lines);
  readonly #lines: (width: number) => readonly Line[];
  #first: number;
  #rows = 1;
  #follows: boolean;

  /** `lines` are asked for again whenever it is drawn; with `follows` the last ones are in view until it is scrolled. */
  constructor(
    title: string,
    lines: (width: number) => readonly Line[],
    { follows = false, purpose = WORDS.lines.purpose }: { follows?: boolean; purpose?: string } = {},
  ) {
    this.title = title;
    this.purpose = purpose;
    this.#lines = lines;
    this.#follows = follows;
    this.#first = 0;
  }

  panes(area: Rect): readonly Pane[] {
    const lines = this.#lines(area.width - 4);
    this.#rows = Math.max(1, area.height - 2);
    const last = Math.max(0, lines.length - this.#rows);
    if (this.#follows) this.#first = last;
    this.#first = Math.min(this.#first, last);
    const shown = lines.slice(this.#first, this.#first + this.#rows);
    const corner =
      lines.length > this.#rows ? `${this.#first + 1}-${this.#first + shown.length} of ${lines.length}` : '';
    return [{ id: 'lines', rect: area, title: this.title, corner, focused: true, lines: shown }];
  }

  key(key: string): void {
    const moved = moveInList(
      { index: this.#first, first: this.#first },
      key,
      Number.MAX_SAFE_INTEGER,
      this.#rows,
    );
    if (!moved) return;
    this.#first = Math.max(0, moved.index);
    this.#follows = key === 'end';
  }
}
