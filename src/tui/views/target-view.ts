import { bytesText } from '../../text/quantity.ts';
import { wrapText } from '../../text/wrap.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { contentText, keyOf, nameOf, type Place, sizeOf } from '../disks/place.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { emptyField, fieldLine, typedInto } from '../frame/text-field.ts';
import { type KeyBinding, LIST_KEYS } from '../keys.ts';
import type { TargetChoice } from '../rescue/rescue-choice.ts';
import { choiceOf, freeBytesOf, type TargetOption, targetOptions } from '../rescue/target-options.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

const PATH_LENGTH = 200;

/** Step 2: where the copy goes. What cannot be chosen stays in view, with the reason. */
export class TargetView implements View {
  readonly title = WORDS.target.title;
  readonly purpose = WORDS.target.purpose;
  readonly #store: MachineStore;
  readonly #source: Place;
  readonly #next: (target: TargetChoice, desk: Desk) => void;
  #position = LIST_START;
  #chosen: string | undefined;
  #rows = 1;
  #path = emptyField(PATH_LENGTH);
  #typing = false;

  constructor(store: MachineStore, source: Place, next: (target: TargetChoice, desk: Desk) => void) {
    this.#store = store;
    this.#source = source;
    this.#next = next;
  }

  get typing(): boolean {
    return this.#typing;
  }

  get keys(): readonly KeyBinding[] {
    return this.#typing ? TYPING_KEYS : CHOOSING_KEYS;
  }

  panes(area: Rect): readonly Pane[] {
    const options = this.#options();
    const option = options[this.#position.index];
    const width = area.width - 4;
    const [list, what] = stackRects(area, [{ share: 1, atLeast: 6 }, { cells: 8 }]) as [Rect, Rect];
    this.#rows = Math.max(1, list.height - (this.#typing ? 4 : 3));
    const rows = listRows(
      options.map((each) => this.#optionLine(each)),
      this.#position,
      this.#rows,
    );
    const heading = line(toned('strong', WORDS.target.heading));
    const lines = this.#typing
      ? [fieldLine(this.#path, WORDS.target.path, width), heading, ...rows]
      : [heading, ...rows];
    return [
      {
        id: 'targets',
        rect: list,
        title: WORDS.target.list(bytesText(sizeOf(this.#source)), nameOf(this.#source)),
        corner: listCorner(this.#position, options.length, this.#rows),
        focused: true,
        lines: options.length > 0 || this.#typing ? lines : [line(WORDS.target.none)],
      },
      {
        id: 'what',
        rect: what,
        title: WORDS.target.what,
        lines: option ? this.#whatLines(option, width) : [],
      },
    ];
  }

  key(key: string, desk: Desk): void {
    if (this.#typing) {
      this.#type(key, desk);
      return;
    }
    const options = this.#options();
    if (key === 'p') {
      this.#typing = true;
      return;
    }
    const option = options[this.#position.index];
    if (key === 'enter' && option) {
      if (option.refusal) desk.say(WORDS.target.refused(nameOf(option.place), option.refusal), 'warn');
      else this.#next(choiceOf(option, this.#source), desk);
      return;
    }
    const moved = moveInList(this.#position, key, options.length, this.#rows);
    if (!moved) return;
    this.#position = moved;
    this.#chosen = optionKey(options[moved.index]);
  }

  #type(key: string, desk: Desk): void {
    if (key !== 'enter') {
      this.#path = typedInto(this.#path, key) ?? this.#path;
      return;
    }
    this.#typing = false;
    const path = this.#path.text.trim();
    if (path === '') return;
    if (path.startsWith('/dev/')) desk.say(WORDS.target.noDevicePath, 'warn');
    else if (!path.startsWith('/')) desk.say(WORDS.target.noRelativePath, 'warn');
    else this.#next({ kind: 'file', path, place: undefined, on: undefined }, desk);
  }

  /** Disks come and go; the cursor stays with what it is on. */
  #options(): TargetOption[] {
    const options = targetOptions(this.#store.machine, this.#source);
    const index = options.findIndex((option) => optionKey(option) === this.#chosen);
    if (index >= 0) this.#position = { ...this.#position, index };
    else this.#chosen = optionKey(options[this.#position.index]);
    return options;
  }

  #optionLine(option: TargetOption): Line {
    const { place, kind, refusal } = option;
    const free = kind === 'file' ? freeBytesOf(place) : undefined;
    const note = refusal
      ? WORDS.target.not(refusal)
      : kind === 'file'
        ? WORDS.target.asFile
        : WORDS.target.erases(place.partition !== undefined);
    return line(
      refusal ? 'x ' : '  ',
      nameOf(place).slice(0, 11).padEnd(12),
      (contentText(place) || (place.disk.model ?? '')).slice(0, 19).padEnd(20),
      bytesText(sizeOf(place)).padStart(10),
      (free === undefined ? '' : bytesText(free)).padStart(11),
      '  ',
      refusal || kind === 'file' ? note : toned('bad', note),
    );
  }

  #whatLines(option: TargetOption, width: number): Line[] {
    const { place, kind, refusal } = option;
    const text = (words: string, tone: 'plain' | 'bad' | 'warn' = 'plain'): Line[] =>
      wrapText(words, width).map((part) => line(toned(tone, part)));
    if (refusal) return text(WORDS.target.refused(nameOf(place), refusal), 'warn');
    const { path } = choiceOf(option, this.#source);
    if (option.on !== undefined) return text(WORDS.target.driveWill(path, contentText(place)));
    if (kind === 'file') return text(WORDS.target.fileWill(path));
    const held = contentText(place) || WORDS.target.something;
    return [...text(WORDS.target.deviceWill(nameOf(place), held), 'bad'), ...text(WORDS.target.askedLater)];
  }
}

const optionKey = (option: TargetOption | undefined): string | undefined =>
  option && `${keyOf(option.place)}/${option.kind}`;

const CHOOSING_KEYS: readonly KeyBinding[] = [
  { keys: ['enter'], short: 'next', long: 'on to how hard it shall be tried; nothing is written yet' },
  ...LIST_KEYS,
  { keys: ['p'], short: 'type a path', long: 'type the path of a new file' },
  { keys: ['escape'], short: 'back', long: 'back to what shall be saved' },
];

const TYPING_KEYS: readonly KeyBinding[] = [
  { keys: ['enter'], short: 'take it', long: 'take the path that was typed' },
  { keys: ['escape'], short: 'back', long: 'back to what shall be saved' },
];
