import { LIST_START, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';

/** A thing that has one of several values. */
export interface ValueWords<Value extends string> {
  readonly name: string;
  readonly long: string;
  readonly values: Readonly<Record<Value, string>>;
}

type Values = Readonly<Record<string, string>>;

/** What stands on the screen besides. */
export interface ValuesWords {
  readonly title: string;
  readonly purpose: string;
  readonly hint: string;
  readonly list: string;
}

/** A step at which things get their values. Without any choice, the first ones, Enter is right. */
export class ValuesView<Options extends { readonly [Name in keyof Options]: string }> implements View {
  readonly title: string;
  readonly purpose: string;
  readonly hint: string;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.values);
  readonly #words: ValuesWords;
  readonly #rows: { readonly [Name in keyof Options]: ValueWords<Options[Name]> };
  readonly #possible: { readonly [Name in keyof Options]: readonly Options[Name][] };
  readonly #next: (chosen: Options, desk: Desk) => void;
  readonly #at = new Map<keyof Options, number>();
  #position = LIST_START;

  constructor(
    words: ValuesWords,
    rows: { readonly [Name in keyof Options]: ValueWords<Options[Name]> },
    possible: { readonly [Name in keyof Options]: readonly Options[Name][] },
    next: (chosen: Options, desk: Desk) => void,
  ) {
    this.title = words.title;
    this.purpose = words.purpose;
    this.hint = words.hint;
    this.#words = words;
    this.#rows = rows;
    this.#possible = possible;
    this.#next = next;
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const names = this.#names;
    const lines = names.map((name) => {
      const { name: called, values } = this.#rows[name];
      return line(called.padEnd(24), toned('strong', (values as Values)[this.#value(name)] ?? ''));
    });
    const [list, why] = stackRects(area, [{ cells: lines.length + 2 }, { share: 1, atLeast: 5 }]) as [
      Rect,
      Rect,
    ];
    const chosen = names[this.#position.index];
    return [
      {
        id: 'values',
        rect: list,
        title: this.#words.list,
        focused: true,
        lines: listRows(lines, this.#position, lines.length),
      },
      {
        id: 'why',
        rect: why,
        title: chosen === undefined ? '' : this.#rows[chosen].name,
        lines: chosen === undefined ? [] : prose(this.#rows[chosen].long, width),
      },
    ];
  }

  key(key: string, desk: Desk): void {
    const names = this.#names;
    this.#position = moveInList(this.#position, key, names.length, names.length) ?? this.#position;
    const name = names[this.#position.index];
    if (name === undefined) return;
    if (isKey(key, KEYS.values.next)) this.#next(this.#chosen, desk);
    else if (isKey(key, KEYS.values.change)) this.#turn(name, 1);
    else if (isKey(key, KEYS.values.before)) this.#turn(name, -1);
  }

  get #names(): (keyof Options)[] {
    return Object.keys(this.#possible) as (keyof Options)[];
  }

  get #chosen(): Options {
    return Object.fromEntries(this.#names.map((name) => [name, this.#value(name)])) as unknown as Options;
  }

  #value(name: keyof Options): Options[keyof Options] {
    return this.#possible[name][this.#at.get(name) ?? 0] as Options[keyof Options];
  }

  #turn(name: keyof Options, step: 1 | -1): void {
    const { length } = this.#possible[name];
    this.#at.set(name, ((this.#at.get(name) ?? 0) + step + length) % length);
  }
}
