import { bytesText } from '../../text/quantity.ts';
import {
  conditionText,
  contentOf,
  contentText,
  keyOf,
  nameOf,
  type Place,
  pathOf,
  sizeOf,
  useOf,
} from '../disks/place.ts';
import { Cursor } from '../frame/cursor.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { withMeant } from './with-meant.ts';

/** What a source is chosen for. */
export interface SourceWords {
  readonly title: string;
  readonly purpose: string;
  /** Above the list. */
  readonly list: string;
  /** What is said when there is none. */
  readonly none: string;
  /** What choosing it means, where that is not a rescue. */
  readonly means?: (used: string) => string;
  /** Why it cannot be saved, as a sentence with what to do; undefined when it can. */
  readonly whyNot?: (source: Place) => string | undefined;
}

/** What shall be saved: a part of a disk, or a volume of any. */
export class SourceView implements View {
  readonly title: string;
  readonly purpose: string;
  readonly hint = WORDS.source.hint;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.source);
  readonly #sources: () => readonly Place[];
  readonly #next: (source: Place, desk: Desk) => void;
  readonly #words: SourceWords;
  readonly #cursor: Cursor<Place>;
  #rows = 1;

  /** `sources` as they are now, the best first; `chosen` is where the cursor begins. */
  constructor(
    sources: () => readonly Place[],
    chosen: Place | undefined,
    next: (source: Place, desk: Desk) => void,
    words: SourceWords = WORDS.source,
  ) {
    this.#sources = sources;
    this.#next = next;
    this.#words = words;
    this.title = words.title;
    this.purpose = words.purpose;
    // The disk as a whole is not what is suggested.
    this.#cursor = new Cursor(keyOf, {
      isGood: (source) => source.partition !== undefined && this.#whyNot(source) === undefined,
      start: chosen?.partition && keyOf(chosen),
    });
  }

  panes(area: Rect): readonly Pane[] {
    const sources = this.#sources();
    const source = this.#cursor.on(sources);
    const rows = sources.map((source, i) => this.#sourceLine(source, i === 0));
    const [list, why] = stackRects(area, [
      { share: 0, atLeast: Math.max(4, Math.min(rows.length + 2, area.height - 10)) },
      { share: 1, atLeast: 6 },
    ]) as [Rect, Rect];
    this.#rows = list.height - 2;
    return [
      {
        id: 'sources',
        rect: list,
        title: this.#words.list,
        corner: this.#cursor.corner(rows.length, this.#rows),
        focused: true,
        lines:
          rows.length > 0 ? this.#cursor.rows(rows, this.#rows) : prose(this.#words.none, area.width - 4),
      },
      {
        id: 'why',
        rect: why,
        title: WORDS.source.known,
        lines: source ? this.#whyLines(source, area.width - 4) : [],
      },
    ];
  }

  key(key: string, desk: Desk): void {
    const sources = this.#sources();
    if (this.#cursor.move(key, sources, this.#rows)) return;
    if (!isKey(key, KEYS.source.next)) return;
    withMeant(this.#cursor, sources, desk, (source) => {
      const refusal = this.#whyNot(source);
      if (refusal) desk.say(refusal, 'warn');
      else this.#next(source, desk);
    });
  }

  #whyNot(source: Place): string | undefined {
    return (this.#words.whyNot ?? whyNotSource)(source);
  }

  #sourceLine(source: Place, isFirst: boolean): Line {
    const what = source.partition ? WORDS.source.partition : WORDS.source.wholeDisk;
    const refused = this.#whyNot(source) !== undefined;
    // Of volumes of many disks none is better than others.
    const suggested = isFirst && !refused && this.#words.means === undefined;
    return line(
      refused ? 'x ' : '  ',
      what.padEnd(12),
      nameOf(source).slice(0, 12).padEnd(13),
      bytesText(sizeOf(source)).padStart(10),
      '  ',
      contentText(source).slice(0, 22).padEnd(23),
      toned('good', suggested ? WORDS.source.suggested : ''),
    );
  }

  #whyLines(source: Place, width: number): Line[] {
    const content = contentOf(source);
    const refusal = this.#whyNot(source);
    if (refusal) return prose(refusal, width, 'warn');
    const lines = prose(this.#meaning(source), width);
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

  #meaning(source: Place): string {
    const content = contentOf(source);
    if (this.#words.means) return this.#words.means(bytesText(content?.usedBytes ?? sizeOf(source)));
    if (content?.kind === 'ntfs') return WORDS.source.ntfs;
    return source.partition ? WORDS.source.other : WORDS.source.whole;
  }
}

/** Why it cannot be saved by a rescue, as a sentence with what to do; undefined when it can. */
export function whyNotSource(source: Place): string | undefined {
  if (source.disk.state.kind === 'gone') return WORDS.disks.isGone(nameOf(source));
  if (pathOf(source) === undefined) return WORDS.source.noName(nameOf(source));
  const { notSource } = useOf(source);
  return notSource && `${notSource.message} ${notSource.advice}`;
}
