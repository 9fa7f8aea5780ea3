import { LIST_START, type ListPosition, listCorner, listRows, moveInList } from './choice-list.ts';
import type { Line } from './line.ts';

/**
 * The cursor of a list whose items come and go and change their places. It stays with the item that it is on, for a key
 * must mean what was seen; until it is moved it may leave one that cannot be chosen for the first of all.
 */
export class Cursor<Item> {
  readonly #keyOf: (item: Item) => string;
  readonly #isGood: (item: Item) => boolean;
  #position: ListPosition = LIST_START;
  #key: string | undefined;
  #isMoved = false;
  /** The key of the item that the person sees it on; undefined before it was drawn. */
  #seen: string | undefined;

  /** `start` is the key of the item that it begins on. */
  constructor(
    keyOf: (item: Item) => string,
    { isGood = () => true, start }: { isGood?: (item: Item) => boolean; start?: string | undefined } = {},
  ) {
    this.#keyOf = keyOf;
    this.#isGood = isGood;
    this.#key = start;
  }

  /** The item that it is on, among those that there are now. */
  on(items: readonly Item[]): Item | undefined {
    const index = items.findIndex((item) => this.#keyOf(item) === this.#key);
    const found = items[index];
    if (found !== undefined && (this.#isMoved || this.#isGood(found))) {
      this.#position = { ...this.#position, index };
      return found;
    }
    if (!this.#isMoved) this.#position = LIST_START;
    const item = items[Math.min(this.#position.index, items.length - 1)];
    this.#key = item === undefined ? this.#key : this.#keyOf(item);
    return item;
  }

  /**
   * The item that a key is meant for: the one that it was seen on. Undefined while it is on another one that has not been
   * drawn yet, as when a disk was unplugged a moment ago.
   */
  meant(items: readonly Item[]): Item | undefined {
    const item = this.on(items);
    return this.isUnseen ? undefined : item;
  }

  /** Whether it has come to another item than it was drawn on, because the list has changed. */
  get isUnseen(): boolean {
    return this.#seen !== undefined && this.#seen !== this.#key;
  }

  /** Moves by a key of lists; false when it is none. */
  move(key: string, items: readonly Item[], rows: number): boolean {
    this.on(items);
    const moved = moveInList(this.#position, key, items.length, rows);
    if (moved === undefined) return false;
    const item = items[moved.index];
    this.#position = moved;
    this.#isMoved = true;
    this.#key = item === undefined ? undefined : this.#keyOf(item);
    // Who goes down and presses Enter at once counts on it.
    this.#seen = this.#key;
    return true;
  }

  /** The rows that are in view; call `on` before. */
  rows(lines: readonly Line[], rows: number, focused: boolean = true): Line[] {
    this.#seen = this.#key;
    return listRows(lines, this.#position, rows, focused);
  }

  corner(count: number, rows: number): string {
    return listCorner(this.#position, count, rows);
  }
}
