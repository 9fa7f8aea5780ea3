import { bytesText } from '../../text/quantity.ts';
import {
  conditionText,
  contentOf,
  contentText,
  nameOf,
  type Place,
  pathOf,
  sizeOf,
  useOf,
} from '../disks/place.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Step 1: what of the disk shall be saved. */
export class SourceView implements View {
  readonly title: string;
  readonly purpose: string;
  readonly hint = WORDS.source.hint;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.source);
  readonly #sources: () => readonly Place[];
  readonly #next: (source: Place, desk: Desk) => void;
  #position = LIST_START;
  #rows = 1;

  /** `sources` as they are now, the suggested one first; `chosen` is where the cursor begins. */
  constructor(
    sources: () => readonly Place[],
    chosen: Place,
    next: (source: Place, desk: Desk) => void,
    words: { readonly title: string; readonly purpose: string } = WORDS.source,
  ) {
    this.#sources = sources;
    this.#next = next;
    this.title = words.title;
    this.purpose = words.purpose;
    const index = chosen.partition
      ? sources().findIndex(({ partition }) => partition?.number === chosen.partition?.number)
      : 0;
    this.#position = { index: Math.max(0, index), first: 0 };
  }

  panes(area: Rect): readonly Pane[] {
    const sources = this.#sources();
    const rows = sources.map((source, i) => sourceLine(source, i === 0));
    const [list, why] = stackRects(area, [
      { share: 0, atLeast: Math.max(4, Math.min(rows.length + 2, area.height - 10)) },
      { share: 1, atLeast: 6 },
    ]) as [Rect, Rect];
    const source = sources[this.#position.index];
    this.#rows = list.height - 2;
    return [
      {
        id: 'sources',
        rect: list,
        title: WORDS.source.list,
        corner: listCorner(this.#position, rows.length, this.#rows),
        focused: true,
        lines: listRows(rows, this.#position, this.#rows),
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
    const sources = this.#sources();
    const moved = moveInList(this.#position, key, sources.length, this.#rows);
    if (moved) this.#position = moved;
    const source = sources[this.#position.index];
    if (!isKey(key, KEYS.source.next) || !source) return;
    const refusal = whyNotSource(source);
    if (refusal) desk.say(refusal, 'warn');
    else this.#next(source, desk);
  }
}

/** Why it cannot be saved, as a sentence with what to do; undefined when it can. */
function whyNotSource(source: Place): string | undefined {
  if (source.disk.state.kind === 'gone') return WORDS.disks.isGone(nameOf(source));
  if (pathOf(source) === undefined) return WORDS.source.noName(nameOf(source));
  const { notSource } = useOf(source);
  return notSource && `${notSource.message} ${notSource.advice}`;
}

function sourceLine(source: Place, suggested: boolean): Line {
  const what = source.partition ? WORDS.source.partition : WORDS.source.wholeDisk;
  const refused = whyNotSource(source) !== undefined;
  return line(
    refused ? 'x ' : '  ',
    what.padEnd(12),
    nameOf(source).slice(0, 12).padEnd(13),
    bytesText(sizeOf(source)).padStart(10),
    '  ',
    contentText(source).slice(0, 22).padEnd(23),
    toned('good', suggested && !refused ? WORDS.source.suggested : ''),
  );
}

function whyLines(source: Place, width: number): Line[] {
  const content = contentOf(source);
  const refusal = whyNotSource(source);
  if (refusal) return prose(refusal, width, 'warn');
  const text =
    content?.kind === 'ntfs' ? WORDS.source.ntfs : source.partition ? WORDS.source.other : WORDS.source.whole;
  const lines = prose(text, width);
  const facts = [
    content?.usedBytes === undefined ? '' : `${bytesText(content.usedBytes)} in use`,
    content?.blockBytes === undefined ? '' : `clusters of ${bytesText(content.blockBytes)}`,
    content?.uuid === undefined ? '' : `serial ${content.uuid}`,
    conditionText(source),
    content?.note ?? '',
  ].filter(Boolean);
  if (facts.length > 0) lines.push(line(''), ...prose(facts.join(', '), width));
  if (content?.hibernated) lines.push(...prose(WORDS.source.hibernated, width, 'warn'));
  return lines;
}
