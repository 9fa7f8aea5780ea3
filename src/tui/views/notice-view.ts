import type { Tone } from '../frame/line.ts';
import { line } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Something to be read and put away: what happened, and what to do. */
export class NoticeView implements View {
  readonly purpose = WORDS.notice.purpose;
  readonly title: string;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.notice);
  readonly #paragraphs: readonly string[];
  readonly #tone: Tone;

  constructor(title: string, paragraphs: readonly string[], tone: Tone) {
    this.title = title;
    this.#paragraphs = paragraphs.filter(Boolean);
    this.#tone = tone;
  }

  panes(area: Rect): readonly Pane[] {
    const lines = this.#paragraphs.flatMap((text, i) => [
      ...(i > 0 ? [line('')] : []),
      ...prose(text, area.width - 4, i === 0 ? this.#tone : 'plain'),
    ]);
    const rect = { ...area, height: Math.min(area.height, lines.length + 2) };
    return [{ id: 'notice', rect, title: this.title, focused: true, lines }];
  }

  key(key: string, desk: Desk): void {
    if (isKey(key, KEYS.notice.back)) desk.back();
  }
}
