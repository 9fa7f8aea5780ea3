import { bytesText } from '../../text/quantity.ts';
import { wrapText } from '../../text/wrap.ts';
import { contentText, nameOf, sizeOf } from '../disks/place.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { emptyField, fieldLine, typedInto } from '../frame/text-field.ts';
import type { KeyBinding } from '../keys.ts';
import { type Proof, proofFor, type RescueChoice } from '../rescue/rescue-choice.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Step 4: what will be read, written and erased. Erasing needs typed proof that this very disk is meant. */
export class ConfirmView implements View {
  readonly title = WORDS.confirm.title;
  readonly purpose = WORDS.confirm.purpose;
  readonly #choice: RescueChoice;
  readonly #proof: Proof | undefined;
  readonly #start: (choice: RescueChoice, desk: Desk) => void;
  #typed = emptyField(1);

  constructor(choice: RescueChoice, start: (choice: RescueChoice, desk: Desk) => void) {
    this.#choice = choice;
    this.#start = start;
    if (choice.target.kind === 'device') {
      this.#proof = proofFor(choice.target.place);
      this.#typed = emptyField(this.#proof.wanted.length);
    }
  }

  get typing(): boolean {
    return this.#proof !== undefined;
  }

  get keys(): readonly KeyBinding[] {
    return this.#proof ? PROOF_KEYS : FILE_KEYS;
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const read = this.#readLines(width);
    const write = this.#writeLines(width);
    const last = this.#proofLines(width);
    const [from, to, how, proof] = stackRects(area, [
      { cells: read.length + 2 },
      { cells: write.length + 2 },
      { share: 1, atLeast: 4, droppable: true },
      { cells: last.length + 2 },
    ]) as [Rect, Rect, Rect, Rect];
    return [
      { id: 'from', rect: from, title: WORDS.confirm.read, lines: read },
      { id: 'to', rect: to, title: WORDS.confirm.write, lines: write },
      { id: 'how', rect: how, title: WORDS.confirm.how, lines: this.#howLines(width) },
      { id: 'proof', rect: proof, title: WORDS.confirm.proof, focused: true, lines: last },
    ];
  }

  key(key: string, desk: Desk): void {
    if (key !== 'enter') {
      this.#typed = typedInto(this.#typed, key) ?? this.#typed;
      return;
    }
    if (!this.#proof || this.#typed.text.toUpperCase() === this.#proof.wanted.toUpperCase()) {
      this.#start(this.#choice, desk);
    } else desk.say(this.#typed.text === '' ? WORDS.confirm.nothing : WORDS.confirm.wrong, 'warn');
  }

  #readLines(width: number): Line[] {
    const { source } = this.#choice;
    const { disk } = source;
    const name = [nameOf(source), bytesText(sizeOf(source)), contentText(source)].filter(Boolean).join('  ');
    return [
      line(toned('strong', name)),
      ...wrapText(WORDS.confirm.onDisk(disk.model, disk.serial), width).map((text) => line(text)),
    ];
  }

  #writeLines(width: number): Line[] {
    const { target } = this.#choice;
    if (target.kind === 'file') {
      return [line(toned('strong', target.path)), line(WORDS.confirm.newFile)];
    }
    const { place } = target;
    const { disk } = place;
    const held = [place, ...place.disk.partitions.map((partition) => ({ disk, partition }))]
      .filter((each) => (place.partition ? each === place : true))
      .map((each) => [nameOf(each), bytesText(sizeOf(each)), contentText(each)].filter(Boolean).join('  '));
    return [
      line(toned('strong', `${nameOf(place)}  ${bytesText(sizeOf(place))}`)),
      ...wrapText(WORDS.confirm.onDisk(disk.model, disk.serial), width).map((text) => line(text)),
      line(toned('bad', WORDS.confirm.erases(place.partition !== undefined))),
      ...held.map((text) => line(toned('bad', `   ${text}`))),
    ];
  }

  #howLines(width: number): Line[] {
    const { manner } = this.#choice;
    const extra = (['personalFirst', 'allSectors', 'retry', 'leaveHopeless'] as const)
      .filter((name) => manner[name])
      .map((name) => WORDS.manner[name].short);
    const first = manner.folders.map((path) => WORDS.confirm.first(path));
    return [WORDS.confirm.plan, ...extra, ...first]
      .flatMap((text) => wrapText(text, width))
      .map((text) => line(text));
  }

  #proofLines(width: number): Line[] {
    if (!this.#proof) return [line(WORDS.confirm.enterStarts)];
    const { kind, shown, wanted } = this.#proof;
    return [
      ...wrapText(WORDS.confirm.type(kind, wanted.length), width).map((text) => line(text)),
      fieldLine(this.#typed, `${shown} `, width),
      line(WORDS.confirm.noUndo),
    ];
  }
}

const PROOF_KEYS: readonly KeyBinding[] = [
  {
    keys: ['enter'],
    short: 'start, once it is typed',
    long: 'start, if what was typed is right; else nothing happens',
  },
  { keys: ['escape'], short: 'back', long: 'back; nothing happens' },
];

const FILE_KEYS: readonly KeyBinding[] = [
  { keys: ['enter'], short: 'start', long: 'start: a new file is made, nothing is lost' },
  { keys: ['escape'], short: 'back', long: 'back; nothing happens' },
];
