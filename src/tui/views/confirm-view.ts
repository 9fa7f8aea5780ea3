import type { TargetFileState } from '../../jobs/target-file-state.ts';
import { bytesText, soldText } from '../../text/quantity.ts';
import { contentText, nameOf, type Place, sizeOf } from '../disks/place.ts';
import { healthSpan } from '../disks/place-table.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import { fileRefusal, fileText, isDoubted } from '../rescue/file-words.ts';
import { type FileTarget, proofFor, type TargetChoice } from '../rescue/rescue-choice.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { ProofLine } from './proof-line.ts';

/** Parts of a target that are named before it is erased; of more the number is told. */
const NAMED_PARTS = 4;

/** Who presses Enter as soon as this again has not read anything between. */
const REPEAT_MS = 500;

/** What is about to be done. */
export interface Deed {
  readonly title: string;
  readonly purpose: string;
  /** What is read: a disk, or something else in words. */
  readonly source: Place | readonly string[];
  /** Undefined for an image that is made a volume of again. */
  readonly target: TargetChoice;
  /** How it is done, and how long it takes, a paragraph each. */
  readonly plan: readonly string[];
  /** A place as it is known now: what is named as lost is what was found there last. */
  readonly now: (place: Place) => Place;
  /** Looks what is in the place of a new file; undefined when that cannot be told. */
  readonly look: (file: FileTarget) => Promise<TargetFileState | undefined>;
}

/** The last step: what will be read, written and erased. Erasing needs typed proof that this very disk is meant. */
export class ConfirmView implements View {
  readonly title: string;
  readonly purpose: string;
  readonly #deed: Deed;
  readonly #proof: ProofLine | undefined;
  readonly #start: (desk: Desk) => void;
  #isStarted = false;
  #enterMs = Number.NEGATIVE_INFINITY;
  /** What is in the place of the new file; `asking` while that is looked at. */
  #file: TargetFileState | 'asking' | undefined;

  constructor(deed: Deed, start: (desk: Desk) => void) {
    this.#deed = deed;
    this.#start = start;
    this.title = deed.title;
    this.purpose = deed.purpose;
    if (deed.target.kind === 'device') this.#proof = new ProofLine(proofFor(deed.target.place));
  }

  get typing(): boolean {
    return this.#proof !== undefined;
  }

  get keys(): readonly KeyBinding[] {
    return bindingsOf(this.#proof ? KEYS.proof : KEYS.confirm);
  }

  get hint(): string {
    return this.#proof ? WORDS.confirm.noUndo : WORDS.confirm.enterStarts;
  }

  opened(desk: Desk): void {
    // Back from what was started: it may be started again, with the proof typed anew.
    this.#isStarted = false;
    this.#proof?.clear();
    const { target, look } = this.#deed;
    if (target.kind !== 'file') return;
    this.#file = 'asking';
    void look(target).then((state) => {
      this.#file = state;
      desk.changed();
    });
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const read = this.#readLines(width);
    const write = this.#writeLines(width);
    const checks = this.#checkLines();
    const plan = this.#deed.plan.map((text) => prose(text, width));
    const planRows = plan.flat().length;
    const last = this.#proof?.lines(width) ?? [];
    const [from, to, how, check, proof] = stackRects(area, [
      { cells: read.length + 2 },
      { cells: write.length + 2 },
      { share: 1, atLeast: Math.max(4, Math.min(planRows + 2, area.height - 19)) },
      { cells: checks.length + 2, droppable: true },
      { cells: last.length === 0 ? 0 : last.length + 2 },
    ]) as [Rect, Rect, Rect, Rect, Rect];
    return [
      { id: 'from', rect: from, title: WORDS.confirm.read, lines: read },
      { id: 'to', rect: to, title: WORDS.confirm.write, lines: write },
      {
        id: 'how',
        rect: how,
        title: WORDS.confirm.how,
        lines: wholeOnes(check.height > 0 ? plan : this.#withChecks(plan), how.height - 2),
      },
      { id: 'checks', rect: check, title: WORDS.confirm.checks, lines: checks },
      { id: 'proof', rect: proof, title: WORDS.confirm.proof, focused: true, lines: last },
    ];
  }

  key(key: string, desk: Desk): void {
    if (!isKey(key, KEYS.confirm.start)) {
      this.#proof?.key(key);
      return;
    }
    // A key that is pressed twice starts one thing.
    if (this.#isStarted) return;
    const [gone] = this.#gone;
    if (gone) {
      desk.say(WORDS.confirm.gone(nameOf(gone)), 'warn');
      return;
    }
    if (this.#proof && !this.#proof.proves(desk)) return;
    if (!this.#proof && !this.#isMeant(desk)) return;
    const refusal = fileRefusal(this.#file);
    if (refusal !== undefined) {
      desk.say(WORDS.confirm.notStarted, 'warn');
      return;
    }
    this.#isStarted = true;
    this.#start(desk);
  }

  /**
   * Whether Enter, which is all that a new file takes, is meant for this screen: on a slow console it is pressed again and
   * again, or held, on the way here.
   */
  #isMeant(desk: Desk): boolean {
    const nowMs = performance.now();
    const isRepeated = nowMs - this.#enterMs < REPEAT_MS;
    this.#enterMs = nowMs;
    if (this.#file !== 'asking' && !isRepeated) return true;
    desk.say(WORDS.confirm.readFirst, 'warn');
    return false;
  }

  /** What was chosen and is not attached any more, or not under this name. */
  get #gone(): Place[] {
    const { source, target, now } = this.#deed;
    const places = ['disk' in source ? source : undefined, target.place].filter(
      (place) => place !== undefined,
    );
    return places.filter((place) => now(place).disk.state.kind === 'gone');
  }

  #readLines(width: number): Line[] {
    const { source } = this.#deed;
    if (!('disk' in source)) {
      return source.flatMap((text, i) => prose(text, width, i === 0 ? 'strong' : 'plain'));
    }
    const { disk } = source;
    const size = `${bytesText(sizeOf(source))}  (${soldText(sizeOf(source))})`;
    const name = [nameOf(source), size, contentText(source)].filter(Boolean).join('  ');
    return [
      line(toned('strong', name)),
      ...prose(WORDS.confirm.onDisk(disk.model, disk.serial), width),
      ...this.#goneLines(source, width),
    ];
  }

  #writeLines(width: number): Line[] {
    const { target } = this.#deed;
    if (target.kind === 'file') {
      const drive = target.on && target.place ? WORDS.confirm.inDrive(driveText(target.place)) : undefined;
      return [
        line(toned('strong', target.path)),
        ...(drive ? prose(drive, width) : []),
        ...this.#goneLines(target.place, width),
        ...prose(fileText(this.#file), width, isDoubted(this.#file) ? 'bad' : 'plain'),
      ];
    }
    const place = this.#deed.now(target.place);
    const { disk } = place;
    const parts = place.partition
      ? [place]
      : [place, ...disk.partitions.map((partition) => ({ disk, partition }))];
    const held = parts.filter((each) => contentText(each) !== '' || each.partition);
    return [
      line(toned('strong', `${nameOf(place)}  ${bytesText(sizeOf(place))}  (${soldText(sizeOf(place))})`)),
      ...prose(WORDS.confirm.onDisk(disk.model, disk.serial), width),
      ...this.#goneLines(target.place, width),
      line(toned('bad', WORDS.confirm.erases(place.partition !== undefined))),
      ...(held.length === 0 ? [line(toned('bad', `   ${WORDS.confirm.whatever}`))] : []),
      ...(disk.outdated ? prose(WORDS.confirm.writtenSince, width, 'warn') : []),
      ...held.slice(0, NAMED_PARTS).map((each) => line(toned('bad', `   ${partText(each)}`))),
      ...(held.length > NAMED_PARTS
        ? [line(toned('bad', WORDS.confirm.more(held.length - NAMED_PARTS)))]
        : []),
    ];
  }

  #goneLines(place: Place | undefined, width: number): Line[] {
    return place && this.#gone.includes(place) ? prose(WORDS.confirm.gone(nameOf(place)), width, 'bad') : [];
  }

  /** What was made sure of; the engine does it all once more before it begins. */
  #checkLines(): Line[] {
    const { source, target } = this.#deed;
    const ok = (text: string): Line => line(toned('good', 'ok  '), text);
    const place = target.place && this.#deed.now(target.place);
    if (!place) return [line(WORDS.confirm.checkedLater)];
    return [
      ...('disk' in source ? [ok(WORDS.confirm.apart)] : []),
      ...(target.kind === 'device' ? [ok(WORDS.confirm.unused)] : [ok(WORDS.confirm.keeps)]),
      healthLine(place, WORDS.confirm.health),
    ];
  }

  /** The plan with all checks in one row, where their own box has no room; a doubtful target comes before all else. */
  #withChecks(plan: readonly Line[][]): readonly Line[][] {
    const { target, now } = this.#deed;
    if (target.kind !== 'device') return plan;
    const place = now(target.place);
    const checks = [healthLine(place, WORDS.confirm.unusedInShort)];
    return isDoubtful(place) ? [checks, ...plan] : [...plan, checks];
  }
}

const isDoubtful = (place: Place): boolean => place.disk.health.verdict !== 'good';

function healthLine(place: Place, words: string): Line {
  const doubtful = isDoubtful(place);
  const sign = toned(doubtful ? 'warn' : 'good', doubtful ? '??  ' : 'ok  ');
  return line(sign, words, healthSpan(place.disk, Date.now()));
}

const partText = (place: Place): string =>
  [nameOf(place), bytesText(sizeOf(place)), contentText(place)].filter(Boolean).join('  ');

const driveText = (place: Place): string =>
  [nameOf(place), contentText(place), place.disk.model].filter(Boolean).join(', ');

/** The paragraphs that can be shown whole, in their order: half a sentence says something else. */
function wholeOnes(paragraphs: readonly Line[][], rows: number): Line[] {
  const shown: Line[] = [];
  for (const lines of paragraphs) if (shown.length + lines.length <= rows) shown.push(...lines);
  return shown;
}
