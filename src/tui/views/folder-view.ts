import { bytesText } from '../../text/quantity.ts';
import { contentText, keyOf, nameOf, sizeOf } from '../disks/place.ts';
import type { FolderChoice, FolderOption } from '../files/folder-options.ts';
import { Cursor } from '../frame/cursor.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import { freeBytesOf } from '../rescue/target-options.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { PathLine, pathText, typedPath } from './path-line.ts';
import { withMeant } from './with-meant.ts';

/** What a folder is chosen for. */
export interface FolderWords {
  readonly title: string;
  readonly purpose: string;
  /** Above the list. */
  readonly list: string;
  /** What comes of choosing it. */
  readonly will: (folder: string) => string;
  readonly keys: 'folders' | 'drives';
}

/** Choosing a drive or a folder, for files that are copied there, or to look for an image in it. */
export class FolderView implements View {
  readonly title: string;
  readonly purpose: string;
  readonly hint = WORDS.target.hint;
  readonly #words: FolderWords;
  readonly #options: () => readonly FolderOption[];
  readonly #next: (chosen: FolderChoice, desk: Desk) => void;
  readonly #path = new PathLine();
  readonly #cursor = new Cursor<FolderOption>(({ place }) => keyOf(place), {
    isGood: ({ refusal }) => !refusal,
  });
  #rows = 1;

  constructor(
    options: () => readonly FolderOption[],
    next: (chosen: FolderChoice, desk: Desk) => void,
    words: FolderWords = WORDS.copy.to,
  ) {
    this.#options = options;
    this.#next = next;
    this.#words = words;
    this.title = words.title;
    this.purpose = words.purpose;
  }

  get typing(): boolean {
    return this.#path.isOpen;
  }

  get keys(): readonly KeyBinding[] {
    return bindingsOf(this.typing ? KEYS.path : KEYS[this.#words.keys]);
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
    const option = this.#cursor.on(options);
    const rows = this.#cursor.rows(options.map(optionLine), this.#rows, !this.typing);
    const shown =
      rows.length > 0 ? [line(toned('strong', WORDS.folders.heading)), ...rows] : [line(WORDS.target.none)];
    const about = option?.refusal
      ? prose(WORDS.target.refused(nameOf(option.place), option.refusal), width, 'warn')
      : option
        ? prose(this.#words.will(option.on === undefined ? option.folder : nameOf(option.place)), width)
        : [];
    return [
      {
        id: 'folders',
        rect: list,
        title: this.#words.list,
        corner: this.#cursor.corner(options.length, this.#rows),
        focused: true,
        lines: [...typed, ...shown],
      },
      { id: 'what', rect: what, title: WORDS.target.what, lines: about },
    ];
  }

  key(key: string, desk: Desk): void {
    const options = this.#options();
    if (this.typing) {
      if (this.#path.key(key)) this.#take(options, desk);
    } else if (isKey(key, KEYS.folders.path)) {
      const option = this.#cursor.meant(options);
      const isGood = option !== undefined && !option.refusal;
      this.#path.open(isGood ? pathText(option.on && nameOf(option.place), option.folder) : '');
    } else if (isKey(key, KEYS.folders.next)) {
      withMeant(this.#cursor, options, desk, (option) => {
        if (option.refusal) desk.say(WORDS.target.refused(nameOf(option.place), option.refusal), 'warn');
        else this.#next(option, desk);
      });
    } else this.#cursor.move(key, options, this.#rows);
  }

  #take(options: readonly FolderOption[], desk: Desk): void {
    const { drive, path } = typedPath(this.#path.text);
    const option = options.find(({ place, on, refusal }) => on && !refusal && nameOf(place) === drive);
    if (drive !== undefined && !option) desk.say(WORDS.target.noDrive(drive), 'warn');
    else if (path.startsWith('/dev/')) desk.say(WORDS.target.noDevicePath, 'warn');
    else if (!path.startsWith('/')) desk.say(WORDS.target.noRelativePath, 'warn');
    else {
      this.#path.close();
      this.#next({ folder: path, on: option?.on, place: option?.place }, desk);
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
