import { bytesText } from '../../text/quantity.ts';
import { contentText, nameOf, type Place, sizeOf } from '../disks/place.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import { freeBytesOf } from '../rescue/target-options.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { PathLine } from './path-line.ts';

/** A folder that files can be put into, and why not, if not. */
export interface FolderOption {
  readonly place: Place;
  readonly folder: string;
  /** The drive that is to be mounted for it. */
  readonly on: string | undefined;
  readonly refusal: string | undefined;
}

/** Where files are copied to: a drive or a folder, in which nothing is ever replaced. */
export class FolderView implements View {
  readonly title = WORDS.copy.toTitle;
  readonly purpose = WORDS.copy.toPurpose;
  readonly hint = WORDS.target.hint;
  readonly #options: () => readonly FolderOption[];
  readonly #next: (option: Pick<FolderOption, 'folder' | 'on'>, desk: Desk) => void;
  readonly #path = new PathLine();
  #position = LIST_START;
  #rows = 1;

  constructor(
    options: () => readonly FolderOption[],
    next: (option: Pick<FolderOption, 'folder' | 'on'>, desk: Desk) => void,
  ) {
    this.#options = options;
    this.#next = next;
  }

  get typing(): boolean {
    return this.#path.isOpen;
  }

  get keys(): readonly KeyBinding[] {
    return bindingsOf(this.typing ? KEYS.path : KEYS.folders);
  }

  dismiss(): boolean {
    return this.#path.close();
  }

  panes(area: Rect): readonly Pane[] {
    const options = this.#options();
    const width = area.width - 4;
    const [list, what] = stackRects(area, [{ share: 1, atLeast: 6 }, { cells: 6 }]) as [Rect, Rect];
    const typed = this.#path.lines(WORDS.target.path, width);
    this.#rows = Math.max(1, list.height - 3 - typed.length);
    const option = options[this.#position.index];
    const rows = listRows(options.map(optionLine), this.#position, this.#rows, !this.typing);
    const shown =
      rows.length > 0 ? [line(toned('strong', WORDS.folders.heading)), ...rows] : [line(WORDS.target.none)];
    const about = option?.refusal
      ? prose(WORDS.target.refused(nameOf(option.place), option.refusal), width, 'warn')
      : option
        ? prose(WORDS.copy.folderWill(option.on === undefined ? option.folder : nameOf(option.place)), width)
        : [];
    return [
      {
        id: 'folders',
        rect: list,
        title: WORDS.folders.list,
        corner: listCorner(this.#position, options.length, this.#rows),
        focused: true,
        lines: [...typed, ...shown],
      },
      { id: 'what', rect: what, title: WORDS.target.what, lines: about },
    ];
  }

  key(key: string, desk: Desk): void {
    const options = this.#options();
    const option = options[this.#position.index];
    if (this.typing) {
      if (this.#path.key(key)) this.#take(option, desk);
    } else if (isKey(key, KEYS.folders.path)) this.#path.open(option?.refusal ? '' : (option?.folder ?? ''));
    else if (isKey(key, KEYS.folders.next) && option) {
      if (option.refusal) desk.say(WORDS.target.refused(nameOf(option.place), option.refusal), 'warn');
      else this.#next(option, desk);
    } else this.#position = moveInList(this.#position, key, options.length, this.#rows) ?? this.#position;
  }

  /** A path that was typed is one in the chosen drive, if that is to be mounted, else one of this machine. */
  #take(option: FolderOption | undefined, desk: Desk): void {
    const folder = this.#path.text;
    if (folder.startsWith('/dev/')) desk.say(WORDS.target.noDevicePath, 'warn');
    else if (!folder.startsWith('/')) desk.say(WORDS.target.noRelativePath, 'warn');
    else {
      this.#path.close();
      this.#next({ folder, on: option?.refusal ? undefined : option?.on }, desk);
    }
  }
}

function optionLine({ place, folder, on, refusal }: FolderOption): Line {
  const name = [nameOf(place).slice(0, 11).padEnd(12), contentText(place).slice(0, 21).padEnd(22)];
  if (refusal) return line('x ', ...name, WORDS.target.not(refusal));
  const free = freeBytesOf(place);
  return line(
    '  ',
    ...name,
    bytesText(sizeOf(place)).padStart(9),
    (free === undefined ? '' : bytesText(free)).padStart(10),
    '  ',
    on === undefined ? folder : WORDS.folders.drive,
  );
}
