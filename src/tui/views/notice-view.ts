import { wrapText } from '../../text/wrap.ts';
import { line, type Tone, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import type { KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** Something to be read and put away: what happened, and what to do. */
export class NoticeView implements View {
  readonly purpose = WORDS.notice.purpose;
  readonly title: string;
  readonly keys: readonly KeyBinding[] = [{ keys: ['enter', 'escape'], short: 'back', long: 'back' }];
  readonly #paragraphs: readonly string[];
  readonly #tone: Tone;

  constructor(title: string, paragraphs: readonly string[], tone: Tone) {
    this.title = title;
    this.#paragraphs = paragraphs;
    this.#tone = tone;
  }

  panes(area: Rect): readonly Pane[] {
    const lines = this.#paragraphs.flatMap((text, i) => [
      ...wrapText(text, area.width - 4).map((part) => line(toned(i === 0 ? this.#tone : 'plain', part))),
      line(''),
    ]);
    const rect = { ...area, height: Math.min(area.height, lines.length + 2) };
    return [{ id: 'notice', rect, title: this.title, focused: true, lines }];
  }

  key(key: string, desk: Desk): void {
    if (key === 'enter') desk.back();
  }
}
