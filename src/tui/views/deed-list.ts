import { LIST_START, listRows, moveInList } from '../frame/choice-list.ts';
import { line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { isKey, KEYS } from '../keys.ts';
import { WORDS } from '../words.ts';

/** What a deed is called, and what it means. */
interface DeedWords {
  readonly short: string;
  readonly long: string;
}

/** What can be done with one thing: a list of deeds, and under it what the chosen one means. */
export class DeedList<Deed extends string> {
  readonly #words: Readonly<Record<Deed, DeedWords>>;
  #position = LIST_START;

  constructor(words: Readonly<Record<Deed, DeedWords>>) {
    this.#words = words;
  }

  panes(list: Rect, about: Rect, possible: readonly Deed[]): readonly Pane[] {
    const chosen = possible[this.#position.index];
    const rows = possible.map((deed) => line(this.#words[deed].short));
    return [
      {
        id: 'deeds',
        rect: list,
        title: WORDS.images.one.list,
        focused: true,
        lines: listRows(rows, this.#position, rows.length),
      },
      {
        id: 'about',
        rect: about,
        title: WORDS.images.about,
        lines: chosen ? prose(this.#words[chosen].long, about.width - 4) : [],
      },
    ];
  }

  /** The deed that the key takes, if it takes one; other keys move the mark. */
  key(key: string, possible: readonly Deed[]): Deed | undefined {
    const chosen = possible[this.#position.index];
    if (chosen && isKey(key, KEYS.image.take)) return chosen;
    this.#position = moveInList(this.#position, key, possible.length, possible.length) ?? this.#position;
    return undefined;
  }
}
