import type { LiveSystem } from '../../jobs/live-system.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Layouts by the names of the live image, and what people call them. */
const LAYOUTS: readonly (readonly [layout: string, name: string])[] = [
  ['us', 'English (USA)'],
  ['uk', 'English (Britain)'],
  ['de', 'Deutsch'],
  ['ch', 'Deutsch (Schweiz)'],
  ['fr', 'Français'],
  ['be', 'Belge'],
  ['es', 'Español'],
  ['la', 'Español (América Latina)'],
  ['it', 'Italiano'],
  ['br', 'Português (Brasil)'],
  ['pt', 'Português'],
  ['nl', 'Nederlands'],
  ['dk', 'Dansk'],
  ['no', 'Norsk'],
  ['se', 'Svenska'],
  ['fi', 'Suomi'],
  ['is', 'Íslenska'],
  ['pl', 'Polski'],
  ['cz', 'Čeština'],
  ['hu', 'Magyar'],
  ['tr', 'Türkçe'],
  ['jp', 'Japanese (106 keys)'],
  ['dvorak', 'Dvorak'],
];

/** The layout of the keyboard, for what must be typed before anything is erased. */
export class KeyboardView implements View {
  readonly title = WORDS.keyboard.title;
  readonly purpose = WORDS.keyboard.purpose;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.keyboard);
  readonly #live: LiveSystem;
  #position = LIST_START;
  #rows = 1;

  constructor(live: LiveSystem) {
    this.#live = live;
  }

  panes(area: Rect): readonly Pane[] {
    this.#rows = Math.max(1, area.height - 2);
    const rows = LAYOUTS.map(([layout, name]) => line(`${layout.padEnd(8)} ${name}`));
    const corner = listCorner(this.#position, rows.length, this.#rows);
    const lines = listRows(rows, this.#position, this.#rows);
    return [{ id: 'keyboard', rect: area, title: WORDS.keyboard.list, corner, focused: true, lines }];
  }

  key(key: string, desk: Desk): void {
    const moved = moveInList(this.#position, key, LAYOUTS.length, this.#rows);
    if (moved) this.#position = moved;
    const [layout, name] = LAYOUTS[this.#position.index] ?? [];
    if (!isKey(key, KEYS.keyboard.take) || layout === undefined || name === undefined) return;
    desk.back();
    void this.#live.keyboard(layout).then((problem) => {
      if (problem === undefined) desk.say(WORDS.keyboard.now(name));
      else desk.say(WORDS.keyboard.not(name, problem), 'warn');
    });
  }
}
