import type { Pane, Rect } from '../frame/pane.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { SwitchList, type SwitchListWords, type SwitchWords } from './switch-list.ts';

/** A step at which things are switched on or off. Without any choice Enter is right. */
export class SwitchesView<Name extends string> implements View {
  readonly title: string;
  readonly purpose: string;
  readonly hint: string;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.switches);
  readonly #switches: SwitchList<Name>;
  readonly #next: (isOn: (name: Name) => boolean, desk: Desk) => void;

  constructor(
    words: SwitchListWords & { readonly title: string; readonly purpose: string; readonly hint: string },
    names: readonly Name[],
    switches: Readonly<Record<Name, SwitchWords>>,
    next: (isOn: (name: Name) => boolean, desk: Desk) => void,
  ) {
    this.title = words.title;
    this.purpose = words.purpose;
    this.hint = words.hint;
    this.#switches = new SwitchList(
      names.map((name) => [name, switches[name]] as const),
      words,
    );
    this.#next = next;
  }

  panes(area: Rect): readonly Pane[] {
    return this.#switches.panes(area);
  }

  key(key: string, desk: Desk): void {
    if (isKey(key, KEYS.switches.next)) this.#next((name) => this.#switches.isOn(name), desk);
    else this.#switches.key(key);
  }
}
