import { bytesText } from '../../text/quantity.ts';
import { contentText, keyOf, nameOf, type Place, sizeOf } from '../disks/place.ts';
import { Cursor } from '../frame/cursor.ts';
import { stackRects } from '../frame/layout.ts';
import { line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import { bytesOf } from '../rescue/load.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { withMeant } from './with-meant.ts';

/** Which file systems shall go into one archive: the marked ones, or else the chosen one. */
export class MarkView implements View {
  readonly title = WORDS.archives.source.title;
  readonly purpose = WORDS.archives.source.purpose;
  readonly hint = WORDS.archives.source.hint;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.marks);
  readonly #places: () => readonly Place[];
  readonly #whyNot: (place: Place) => string | undefined;
  readonly #next: (places: readonly Place[], desk: Desk) => void;
  readonly #marked = new Set<string>();
  readonly #cursor: Cursor<Place>;
  #rows = 1;

  constructor(
    places: () => readonly Place[],
    whyNot: (place: Place) => string | undefined,
    next: (places: readonly Place[], desk: Desk) => void,
  ) {
    this.#places = places;
    this.#whyNot = whyNot;
    this.#next = next;
    this.#cursor = new Cursor(keyOf, { isGood: (place) => whyNot(place) === undefined });
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const places = this.#places();
    const place = this.#cursor.on(places);
    const [list, what] = stackRects(area, [{ share: 1, atLeast: 6 }, { cells: 6 }]) as [Rect, Rect];
    this.#rows = Math.max(1, list.height - 2);
    const rows = places.map((each) => {
      const refused = this.#whyNot(each) !== undefined;
      const mark = refused ? ' x ' : this.#marked.has(keyOf(each)) ? '[x]' : '[ ]';
      return line(
        `${mark} `,
        nameOf(each).slice(0, 12).padEnd(13),
        bytesText(sizeOf(each)).padStart(10),
        '  ',
        contentText(each),
      );
    });
    const refusal = place && this.#whyNot(place);
    const about = !place
      ? []
      : refusal
        ? prose(refusal, width, 'warn')
        : prose(WORDS.archives.source.means(bytesText(bytesOf(place).usedBytes)), width);
    return [
      {
        id: 'marks',
        rect: list,
        title: WORDS.archives.source.list,
        corner: this.#cursor.corner(rows.length, this.#rows),
        focused: true,
        lines:
          rows.length > 0 ? this.#cursor.rows(rows, this.#rows) : prose(WORDS.archives.source.none, width),
      },
      { id: 'about', rect: what, title: WORDS.source.known, lines: about },
    ];
  }

  key(key: string, desk: Desk): void {
    const places = this.#places();
    if (this.#cursor.move(key, places, this.#rows)) return;
    const isMark = isKey(key, KEYS.marks.mark);
    if (!isMark && !isKey(key, KEYS.marks.next)) return;
    withMeant(this.#cursor, places, desk, (place) => this.#take(place, places, isMark, desk));
  }

  #take(place: Place, places: readonly Place[], isMark: boolean, desk: Desk): void {
    const marked = places.filter((each) => this.#marked.has(keyOf(each)));
    const wanted = isMark || marked.length === 0 ? [place] : marked;
    const refusal = wanted.map(this.#whyNot).find((why) => why !== undefined);
    if (refusal !== undefined) desk.say(refusal, 'warn');
    else if (!isMark) this.#next(wanted, desk);
    else if (!this.#marked.delete(keyOf(place))) this.#marked.add(keyOf(place));
  }
}
