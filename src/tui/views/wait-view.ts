import { durationText } from '../../text/quantity.ts';
import { line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Says what is waited for, and since when. No key but Esc means anything here: what follows must not get one too many. */
export class WaitView implements View {
  readonly title: string;
  readonly purpose = WORDS.wait.purpose;
  readonly hint = WORDS.wait.hint;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.wait);
  readonly #sinceMs = Date.now();
  #ticking: NodeJS.Timeout | undefined;

  constructor(title: string) {
    this.title = title;
  }

  opened(desk: Desk): void {
    this.#ticking ??= setInterval(() => desk.changed(), 1000);
  }

  closed(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const since = durationText((Date.now() - this.#sinceMs) / 1000);
    const lines = [...prose(WORDS.wait.since(since), width), line(''), ...prose(WORDS.wait.slow, width)];
    const rect = { ...area, height: Math.min(area.height, lines.length + 2) };
    return [{ id: 'wait', rect, title: this.title, focused: true, lines }];
  }

  key(): void {}
}
