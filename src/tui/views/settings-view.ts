import type { LiveSystem } from '../../jobs/live-system.ts';
import type { Settings } from '../../jobs/settings.ts';
import { LIST_START, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import { barLine, legendLine } from '../frame/meter.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Look } from '../look.ts';
import type { SettingsStore } from '../settings.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { KeyboardView } from './keyboard-view.ts';

/** What can be set; the last two only in the live image. */
type Row = keyof Settings | 'letters' | 'keyboard';

const ROWS: readonly Row[] = ['colours', 'charts', 'signs'];
const LIVE_ROWS: readonly Row[] = [...ROWS, 'letters', 'keyboard'];

/** Colours, charts, signs, letters, keyboard: how everything shall look, and goes on looking. */
export class SettingsView implements View {
  readonly title = WORDS.settings.title;
  readonly purpose = WORDS.settings.purpose;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.settings);
  readonly #store: SettingsStore;
  readonly #live: LiveSystem | undefined;
  #position = LIST_START;

  constructor(store: SettingsStore, live: LiveSystem | undefined) {
    this.#store = store;
    this.#live = live;
  }

  get hint(): string {
    return this.#live ? WORDS.settings.keptOnStick : WORDS.settings.kept;
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const width = area.width - 4;
    const rows = this.#rows;
    const row = rows[this.#position.index] ?? 'colours';
    const sample = sampleLines(look, width);
    const [list, why, see] = stackRects(area, [
      { cells: rows.length + 2 },
      { share: 1, atLeast: 5 },
      { cells: sample.length + 2 },
    ]) as [Rect, Rect, Rect];
    return [
      {
        id: 'settings',
        rect: list,
        title: WORDS.settings.list,
        focused: true,
        lines: listRows(
          rows.map((each) => this.#rowLine(each)),
          this.#position,
          rows.length,
        ),
      },
      { id: 'why', rect: why, title: WORDS.settings.rows[row].name, lines: prose(this.#why(row), width) },
      { id: 'sample', rect: see, title: WORDS.settings.sample, lines: sample },
    ];
  }

  key(key: string, desk: Desk): void {
    const rows = this.#rows;
    const moved = moveInList(this.#position, key, rows.length, rows.length);
    if (moved) this.#position = moved;
    const row = rows[this.#position.index];
    const isBefore = isKey(key, KEYS.settings.before);
    if (!row || !(isKey(key, KEYS.settings.change) || isBefore)) return;
    if (row === 'keyboard') {
      if (this.#live) desk.open(new KeyboardView(this.#live));
    } else if (row === 'letters') {
      void this.#live?.otherLetters().then((problem) => {
        if (problem !== undefined) desk.say(problem, 'warn');
      });
    } else void this.#turn(row, isBefore ? -1 : 1, desk);
  }

  async #turn(name: keyof Settings, step: 1 | -1, desk: Desk): Promise<void> {
    const saving = this.#store.turn(name, step);
    desk.show(this.#store.look);
    const problem = await saving;
    if (problem !== undefined) desk.say(WORDS.settings.notKept(problem), 'warn');
  }

  get #rows(): readonly Row[] {
    return this.#live ? LIVE_ROWS : ROWS;
  }

  #why(row: Row): string {
    const isSaid = row !== 'letters' && row !== 'keyboard' && this.#store.isSaid(row);
    return isSaid ? `${WORDS.settings.rows[row].long} ${WORDS.settings.said}` : WORDS.settings.rows[row].long;
  }

  #rowLine(row: Row): Line {
    const { name, values } = WORDS.settings.rows[row] as {
      name: string;
      values: Readonly<Record<string, string>>;
    };
    const value = row === 'letters' || row === 'keyboard' ? '' : values[this.#store.kept[row]];
    return line(name.padEnd(24), toned('strong', value ?? ''));
  }
}

/** What everything looks like now. */
function sampleLines(look: Look, width: number): Line[] {
  return [
    barLine(0.6, width, '60.0 %', look.charset),
    legendLine(look.charset, width),
    line(
      toned('good', 'good '),
      toned('warn', 'beware '),
      toned('bad', 'bad '),
      toned('focus', 'here '),
      toned('chosen', ' chosen '),
    ),
  ];
}
