import { wrapText } from '../../text/wrap.ts';
import { LIST_START, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { type KeyBinding, LIST_KEYS } from '../keys.ts';
import { GENTLE, type RescueManner } from '../rescue/rescue-choice.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

const SWITCHES: readonly (keyof RescueManner)[] = ['personalFirst', 'allSectors', 'retry', 'leaveHopeless'];

/** Step 3: how hard it shall be tried. Without any choice it is done as gently and as thoroughly as makes sense. */
export class MannerView implements View {
  readonly title = WORDS.manner.title;
  readonly purpose = WORDS.manner.purpose;
  readonly keys: readonly KeyBinding[] = [
    { keys: ['enter'], short: 'next', long: 'on to the check; nothing is written yet' },
    { keys: ['space'], short: 'switch', long: 'switch the chosen line on or off' },
    ...LIST_KEYS,
    { keys: ['escape'], short: 'back', long: 'back to where the copy goes' },
  ];
  readonly #next: (manner: RescueManner, desk: Desk) => void;
  #position = LIST_START;
  #manner: RescueManner = GENTLE;

  constructor(next: (manner: RescueManner, desk: Desk) => void) {
    this.#next = next;
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const always = wrapText(WORDS.manner.always, width).map((text) => line(text));
    const rows = SWITCHES.map(
      (name): Line => line(`[${this.#manner[name] ? 'x' : ' '}] ${WORDS.manner[name].short}`),
    );
    const name = SWITCHES[this.#position.index] ?? 'personalFirst';
    const [top, list, why] = stackRects(area, [
      { cells: always.length + 2 },
      { cells: rows.length + 2 },
      { share: 1, atLeast: 4 },
    ]) as [Rect, Rect, Rect];
    return [
      { id: 'always', rect: top, title: WORDS.manner.alwaysTitle, lines: always },
      {
        id: 'switches',
        rect: list,
        title: WORDS.manner.list,
        focused: true,
        lines: listRows(rows, this.#position, rows.length),
      },
      {
        id: 'why',
        rect: why,
        title: WORDS.manner[name].short,
        lines: wrapText(WORDS.manner[name].long, width).map((text) => line(text)),
      },
    ];
  }

  key(key: string, desk: Desk): void {
    const moved = moveInList(this.#position, key, SWITCHES.length, SWITCHES.length);
    if (moved) this.#position = moved;
    const name = SWITCHES[this.#position.index];
    if (key === 'space' && name) this.#manner = { ...this.#manner, [name]: !this.#manner[name] };
    if (key === 'enter') this.#next(this.#manner, desk);
  }
}
