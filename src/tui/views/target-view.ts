import { bytesText } from '../../text/quantity.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { contentText, keyOf, nameOf, sizeOf } from '../disks/place.ts';
import { Cursor } from '../frame/cursor.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Load } from '../rescue/load.ts';
import type { TargetChoice } from '../rescue/rescue-choice.ts';
import { NO_NAMES, type TakenNames } from '../rescue/taken-names.ts';
import { choiceOf, freeBytesOf, type TargetOption, targetOptions } from '../rescue/target-options.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { PathLine, pathText, typedPath } from './path-line.ts';
import { withMeant } from './with-meant.ts';

/** What a target is chosen for, where it is not a rescue. */
export interface TargetWords {
  readonly title: string;
  readonly purpose: string;
  /** Above the list: what has to find room. */
  readonly list: (load: Load) => string;
}

/** Where a copy goes. What cannot be chosen stays in view, with the reason. */
export class TargetView implements View {
  readonly title: string;
  readonly purpose: string;
  readonly #store: MachineStore;
  readonly #load: () => Load;
  readonly #next: (target: TargetChoice, desk: Desk) => void;
  readonly #words: TargetWords;
  readonly #path = new PathLine();
  readonly #cursor = new Cursor<TargetOption>(optionKey, { isGood: ({ refusal }) => !refusal });
  readonly #names: TakenNames;
  #rows = 1;

  /** `load` is asked anew for each look: what is read of a disk meanwhile counts. */
  constructor(
    store: MachineStore,
    load: () => Load,
    next: (target: TargetChoice, desk: Desk) => void,
    words: TargetWords = WORDS.target,
    names: TakenNames = NO_NAMES,
  ) {
    this.#names = names;
    this.#store = store;
    this.#load = load;
    this.#next = next;
    this.#words = words;
    this.title = words.title;
    this.purpose = words.purpose;
  }

  get typing(): boolean {
    return this.#path.isOpen;
  }

  get keys(): readonly KeyBinding[] {
    return bindingsOf(this.typing ? KEYS.path : KEYS.target);
  }

  get hint(): string {
    return WORDS.target.hint;
  }

  /** Names that are taken are looked for beside all else: a folder that hangs holds up nobody. */
  opened(desk: Desk): void {
    void this.#names.look(this.#load().fileName, this.#options).then(() => desk.changed());
  }

  dismiss(): boolean {
    return this.#path.close();
  }

  panes(area: Rect): readonly Pane[] {
    const options = this.#options;
    const option = this.#cursor.on(options);
    const width = area.width - 4;
    const [list, what] = stackRects(area, [{ share: 1, atLeast: 6 }, { cells: 8 }]) as [Rect, Rect];
    const typed = this.#path.lines(WORDS.target.path, width);
    this.#rows = Math.max(1, list.height - 3 - typed.length);
    const rows = this.#cursor.rows(options.map(optionLine), this.#rows, !this.typing);
    const shown =
      options.length > 0 ? [line(toned('strong', WORDS.target.heading)), ...rows] : [line(WORDS.target.none)];
    return [
      {
        id: 'targets',
        rect: list,
        title: this.#words.list(this.#load()),
        corner: this.#cursor.corner(options.length, this.#rows),
        focused: true,
        lines: [...typed, ...shown],
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
    if (this.typing) {
      if (this.#path.key(key)) this.#take(desk);
      return;
    }
    const options = this.#options;
    if (isKey(key, KEYS.target.path)) {
      const option = this.#cursor.meant(options);
      const isFile = option?.kind === 'file' && !option.refusal;
      this.#path.open(isFile ? pathText(option.on && nameOf(option.place), this.#choice(option).path) : '');
    } else if (isKey(key, KEYS.target.next)) {
      withMeant(this.#cursor, options, desk, (option) => {
        if (option.refusal) desk.say(WORDS.target.refused(nameOf(option.place), option.refusal), 'warn');
        else this.#next(this.#choice(option), desk);
      });
    } else this.#cursor.move(key, options, this.#rows);
  }

  #take(desk: Desk): void {
    const text = this.#path.text;
    if (text === '') {
      this.#path.close();
      return;
    }
    const { drive, path } = typedPath(text);
    const option = this.#options.find(
      ({ kind, place, on, refusal }) => kind === 'file' && on && !refusal && nameOf(place) === drive,
    );
    if (drive !== undefined && !option) desk.say(WORDS.target.noDrive(drive), 'warn');
    else if (path.startsWith('/dev/')) desk.say(WORDS.target.noDevicePath, 'warn');
    else if (!path.startsWith('/')) desk.say(WORDS.target.noRelativePath, 'warn');
    else {
      this.#path.close();
      this.#next({ kind: 'file', path, place: option?.place, on: option?.on }, desk);
    }
  }

  get #options(): TargetOption[] {
    return targetOptions(this.#store.machine, this.#load());
  }

  #choice(option: TargetOption): TargetChoice {
    return choiceOf(option, this.#load(), this.#names);
  }

  #whatLines(option: TargetOption, width: number): Line[] {
    const { place, kind, refusal } = option;
    if (refusal) return prose(WORDS.target.refused(nameOf(place), refusal), width, 'warn');
    const { path } = this.#choice(option);
    if (option.on !== undefined) {
      const lines = prose(WORDS.target.driveWill(path, contentText(place)), width);
      return place.partition?.content?.dirty || place.disk.content?.dirty
        ? [...lines, ...prose(WORDS.target.dirty, width, 'warn')]
        : lines;
    }
    if (kind === 'file') return prose(WORDS.target.fileWill(path), width);
    const held = contentText(place) || WORDS.target.something;
    return [
      ...prose(WORDS.target.deviceWill(nameOf(place), held), width, 'bad'),
      ...prose(WORDS.target.askedLater, width),
    ];
  }
}

function optionLine({ place, kind, refusal }: TargetOption): Line {
  const what = [place.partition ? '' : place.disk.model, contentText(place)].filter(Boolean).join(' ');
  const name = [nameOf(place).slice(0, 11).padEnd(12), what.slice(0, 21).padEnd(22)];
  if (refusal) return line('x ', ...name, WORDS.target.not(refusal));
  const free = kind === 'file' ? freeBytesOf(place) : undefined;
  const note = kind === 'file' ? WORDS.target.asFile : WORDS.target.erases(place.partition !== undefined);
  return line(
    '  ',
    ...name,
    bytesText(sizeOf(place)).padStart(9),
    (free === undefined ? '' : bytesText(free)).padStart(10),
    '  ',
    kind === 'file' ? note : toned('bad', note),
  );
}

const optionKey = ({ place, kind }: TargetOption): string => `${keyOf(place)}/${kind}`;
