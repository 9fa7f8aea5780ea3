import { wrapText } from '../../text/wrap.ts';
import { LIST_START, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { type KeyBinding, LIST_KEYS } from '../keys.ts';
import { GENTLE, type MannerSwitch, type RescueManner } from '../rescue/rescue-choice.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { FilesView } from './files-view.ts';

const SWITCHES: readonly MannerSwitch[] = ['personalFirst', 'allSectors', 'retry', 'leaveHopeless'];

/** Step 3: how hard it shall be tried. Without any choice it is done as gently and as thoroughly as makes sense. */
export class MannerView implements View {
  readonly title = WORDS.manner.title;
  readonly purpose = WORDS.manner.purpose;
  readonly keys: readonly KeyBinding[] = [
    { keys: ['enter'], short: 'next', long: 'on to the check; nothing is written yet' },
    { keys: ['space'], short: 'switch', long: 'switch the chosen line on or off' },
    { keys: ['f'], short: 'folders first', long: 'look into the volume and mark what shall be saved first' },
    ...LIST_KEYS,
    { keys: ['escape'], short: 'back', long: 'back to where the copy goes' },
  ];
  readonly #next: (manner: RescueManner, desk: Desk) => void;
  #position = LIST_START;
  readonly #source: string;
  readonly #marked = new Set<string>();
  #manner: RescueManner = GENTLE;

  /** `source` is the path of what is saved. */
  constructor(source: string, next: (manner: RescueManner, desk: Desk) => void) {
    this.#source = source;
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
      { cells: rows.length + 3 },
      { share: 1, atLeast: 4 },
    ]) as [Rect, Rect, Rect];
    return [
      { id: 'always', rect: top, title: WORDS.manner.alwaysTitle, lines: always },
      {
        id: 'switches',
        rect: list,
        title: WORDS.manner.list,
        focused: true,
        lines: [
          ...listRows(rows, this.#position, rows.length),
          line(`  ${WORDS.manner.folders(this.#marked.size)}`),
        ],
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
    if (key === 'f') desk.open(new FilesView(this.#source, this.#marked));
    if (key === 'enter') this.#next({ ...this.#manner, folders: [...this.#marked] }, desk);
  }
}
