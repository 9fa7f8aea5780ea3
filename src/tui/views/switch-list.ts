import { LIST_START, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { isKey, KEYS } from '../keys.ts';

/** What a switch is called, and what it does. */
export interface SwitchWords {
  readonly short: string;
  readonly long: string;
}

/** What stands above a list of switches and what it is called. */
export interface SwitchListWords {
  readonly alwaysTitle: string;
  readonly always: string;
  readonly list: string;
}

/** Things that are switched on or off, each explained while it is chosen. */
export class SwitchList<Name extends string> {
  readonly #switches: readonly (readonly [Name, SwitchWords])[];
  readonly #words: SwitchListWords;
  readonly #on = new Set<Name>();
  #position = LIST_START;

  constructor(switches: readonly (readonly [Name, SwitchWords])[], words: SwitchListWords) {
    this.#switches = switches;
    this.#words = words;
  }

  isOn(name: Name): boolean {
    return this.#on.has(name);
  }

  key(key: string): void {
    const count = this.#switches.length;
    this.#position = moveInList(this.#position, key, count, count) ?? this.#position;
    const [name] = this.#switches[this.#position.index] ?? [];
    if (isKey(key, KEYS.manner.change) && name !== undefined && !this.#on.delete(name)) this.#on.add(name);
  }

  /** `below` are rows under the switches. */
  panes(area: Rect, below: readonly Line[] = []): readonly Pane[] {
    const width = area.width - 4;
    const always = prose(this.#words.always, width);
    const rows = this.#switches.map(([name, { short }]) =>
      line(`[${this.#on.has(name) ? 'x' : ' '}] ${short}`),
    );
    const [, chosen] = this.#switches[this.#position.index] ?? [];
    const [top, list, why] = stackRects(area, [
      { cells: always.length + 2 },
      { cells: rows.length + below.length + 2 },
      { share: 1, atLeast: 4 },
    ]) as [Rect, Rect, Rect];
    return [
      { id: 'always', rect: top, title: this.#words.alwaysTitle, lines: always },
      {
        id: 'switches',
        rect: list,
        title: this.#words.list,
        focused: true,
        lines: [...listRows(rows, this.#position, rows.length), ...below],
      },
      { id: 'why', rect: why, title: chosen?.short ?? '', lines: prose(chosen?.long ?? '', width) },
    ];
  }
}
