import { wrapText } from '../../text/wrap.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { GLOBAL_KEYS, type KeyBinding, keyText } from '../keys.ts';
import type { View } from '../view.ts';
import { WORDS } from '../words.ts';

const KEY_COLUMNS = 14;

/** First aid, the keys of the screen it was opened over, and those that work everywhere. */
export class HelpView implements View {
  readonly title = WORDS.help.title;
  readonly purpose = WORDS.help.purpose;
  readonly keys: readonly KeyBinding[] = [
    { keys: ['escape'], short: 'back', long: 'back to where you were' },
    { keys: ['up', 'down', 'k', 'j'], short: 'scroll', long: 'up and down in the keys of the screen' },
  ];
  readonly #about: View;
  #scrolled = 0;

  constructor(about: View) {
    this.#about = about;
  }

  panes(area: Rect): readonly Pane[] {
    const { firstAid, firstAidTitle, everywhere, here } = WORDS.help;
    const globals = Object.values(GLOBAL_KEYS).map(keyLine);
    const own = [
      ...wrapText(this.#about.purpose, area.width - 4).map((text) => line(text)),
      ...this.#about.keys.map(keyLine),
    ];
    const [first, middle, last] = stackRects(area, [
      { cells: firstAid.length + 2, droppable: true },
      { share: 1, atLeast: 6 },
      { cells: globals.length + 2, droppable: true },
    ]) as [Rect, Rect, Rect];
    this.#scrolled = Math.max(0, Math.min(this.#scrolled, own.length - (middle.height - 2)));
    return [
      { id: 'first-aid', rect: first, title: firstAidTitle, lines: firstAid.map((text) => line(text)) },
      {
        id: 'here',
        rect: middle,
        title: `${here}: ${this.#about.title}`,
        lines: own.slice(this.#scrolled),
      },
      { id: 'everywhere', rect: last, title: everywhere, lines: globals },
    ];
  }

  key(key: string): void {
    if (key === 'up' || key === 'k') this.#scrolled--;
    if (key === 'down' || key === 'j') this.#scrolled++;
  }
}

const keyLine = ({ keys, long }: KeyBinding): Line =>
  line(toned('strong', keys.slice(0, 2).map(keyText).join(' ').padEnd(KEY_COLUMNS)), long);
