import { bytesText } from '../../text/quantity.ts';
import { wrapText } from '../../text/wrap.ts';
import { conditionText, contentOf, contentText, nameOf, type Place, pathOf, sizeOf } from '../disks/place.ts';
import { LIST_START, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { type KeyBinding, LIST_KEYS } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Step 1: what of the disk shall be saved. */
export class SourceView implements View {
  readonly title = WORDS.source.title;
  readonly purpose = WORDS.source.purpose;
  readonly keys: readonly KeyBinding[] = [
    { keys: ['enter'], short: 'next', long: 'on to where the copy goes' },
    ...LIST_KEYS,
    { keys: ['escape'], short: 'back', long: 'back to the disks' },
  ];
  readonly #sources: readonly Place[];
  readonly #next: (source: Place, desk: Desk) => void;
  #position = LIST_START;

  /** `sources` with the suggested one first; `chosen` is where the cursor begins. */
  constructor(sources: readonly Place[], chosen: Place, next: (source: Place, desk: Desk) => void) {
    this.#sources = sources;
    this.#next = next;
    const index = chosen.partition
      ? sources.findIndex(({ partition }) => partition?.number === chosen.partition?.number)
      : 0;
    this.#position = { index: Math.max(0, index), first: 0 };
  }

  panes(area: Rect): readonly Pane[] {
    const rows = this.#sources.map((source, i) => sourceLine(source, i === 0));
    const [list, why] = stackRects(area, [
      { share: 0, atLeast: Math.min(rows.length + 2, area.height - 8) },
      { share: 1, atLeast: 6 },
    ]) as [Rect, Rect];
    const source = this.#sources[this.#position.index];
    return [
      {
        id: 'sources',
        rect: list,
        title: WORDS.source.list,
        focused: true,
        lines: listRows(rows, this.#position, list.height - 2),
      },
      {
        id: 'why',
        rect: why,
        title: WORDS.source.known,
        lines: source ? whyLines(source, area.width - 4) : [],
      },
    ];
  }

  key(key: string, desk: Desk): void {
    const moved = moveInList(this.#position, key, this.#sources.length, this.#sources.length);
    if (moved) this.#position = moved;
    const source = this.#sources[this.#position.index];
    if (key !== 'enter' || !source) return;
    if (pathOf(source) === undefined) desk.say(WORDS.source.noName(nameOf(source)), 'warn');
    else this.#next(source, desk);
  }
}

function sourceLine(source: Place, suggested: boolean): Line {
  const what = source.partition ? WORDS.source.partition : WORDS.source.wholeDisk;
  return line(
    what.padEnd(12),
    nameOf(source).padEnd(12),
    bytesText(sizeOf(source)).padStart(10),
    '  ',
    contentText(source).slice(0, 26).padEnd(28),
    toned('good', suggested ? WORDS.source.suggested : ''),
  );
}

function whyLines(source: Place, width: number): Line[] {
  const content = contentOf(source);
  const text = content?.kind === 'ntfs' ? WORDS.source.ntfs : WORDS.source.other;
  const lines = wrapText(source.partition || content?.kind === 'ntfs' ? text : WORDS.source.whole, width).map(
    (part) => line(part),
  );
  const facts = [
    content?.usedBytes === undefined ? '' : `${bytesText(content.usedBytes)} in use`,
    content?.blockBytes === undefined ? '' : `clusters of ${bytesText(content.blockBytes)}`,
    content?.uuid === undefined ? '' : `serial ${content.uuid}`,
    conditionText(source),
  ].filter(Boolean);
  if (facts.length > 0) lines.push(line(''), line(facts.join(', ')));
  if (content?.hibernated) {
    lines.push(...wrapText(WORDS.source.hibernated, width).map((part) => line(toned('warn', part))));
  }
  return lines;
}
