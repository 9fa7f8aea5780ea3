import type { VolumePlace } from '../../jobs/folder-listing.ts';
import { LIST_START, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import { GENTLE, MANNER_SWITCHES, type RescueManner } from '../rescue/rescue-choice.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { FilesView } from './files-view.ts';

/** Step 3: how hard it shall be tried. Without any choice it is done as gently and as thoroughly as makes sense. */
export class MannerView implements View {
  readonly title = WORDS.manner.title;
  readonly purpose = WORDS.manner.purpose;
  readonly hint = WORDS.manner.hint;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.manner);
  readonly #next: (manner: RescueManner, desk: Desk) => void;
  readonly #files: VolumePlace | undefined;
  readonly #marked = new Set<string>();
  #position = LIST_START;
  #manner: RescueManner = GENTLE;

  /** `files` is where folders can be looked for; undefined when none can be. */
  constructor(files: VolumePlace | undefined, next: (manner: RescueManner, desk: Desk) => void) {
    this.#files = files;
    this.#next = next;
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const always = prose(WORDS.manner.always, width);
    const rows = MANNER_SWITCHES.map(
      (name): Line => line(`[${this.#manner[name] ? 'x' : ' '}] ${WORDS.manner[name].short}`),
    );
    const name = MANNER_SWITCHES[this.#position.index] ?? 'personalFirst';
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
          line(`  ${this.#files ? WORDS.manner.folders(this.#marked.size) : WORDS.manner.noFolders}`),
        ],
      },
      { id: 'why', rect: why, title: WORDS.manner[name].short, lines: prose(WORDS.manner[name].long, width) },
    ];
  }

  key(key: string, desk: Desk): void {
    const moved = moveInList(this.#position, key, MANNER_SWITCHES.length, MANNER_SWITCHES.length);
    if (moved) this.#position = moved;
    const name = MANNER_SWITCHES[this.#position.index];
    const { next, change, folders } = KEYS.manner;
    if (isKey(key, change) && name) this.#manner = { ...this.#manner, [name]: !this.#manner[name] };
    if (isKey(key, folders)) {
      if (this.#files) desk.open(new FilesView(this.#files, this.#marked));
      else desk.say(WORDS.manner.noFolders, 'warn');
    }
    if (isKey(key, next)) this.#next({ ...this.#manner, folders: [...this.#marked] }, desk);
  }
}
