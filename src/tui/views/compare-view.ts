import type { SelfTask } from '../../jobs/self-task.ts';
import type { CheckedTarget } from '../../rescue/verify.ts';
import { verifyLines } from '../../telling/verify-lines.ts';
import { bytesText, clockText, percentText } from '../../text/quantity.ts';
import { type Line, line } from '../frame/line.ts';
import { barLine } from '../frame/meter.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, type KeyBinding } from '../keys.ts';
import type { Look } from '../look.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { TaskWatch } from './task-watch.ts';

/** What `lifeboat verify --json` tells. */
type Told =
  | {
      readonly event: 'verify';
      readonly doneBytes: number;
      readonly totalBytes: number;
      readonly differentBytes: number;
    }
  | ({ readonly event: 'verified' } & CheckedTarget);

/** Compares a copy with what was read of its source, and says what that has shown. */
export class CompareView implements View {
  readonly title: string;
  readonly purpose = WORDS.compare.purpose;
  readonly #task: TaskWatch<Told>;
  #progress: Extract<Told, { event: 'verify' }> | undefined;
  #result: CheckedTarget | undefined;

  constructor(name: string, start: () => SelfTask) {
    this.title = WORDS.compare.title(name);
    this.#task = new TaskWatch(start, (told) => {
      if (told.event === 'verify') this.#progress = told;
      else this.#result = told;
    });
  }

  get keys(): readonly KeyBinding[] {
    return bindingsOf(this.#task.keys);
  }

  get hint(): string {
    return this.#task.end ? '' : WORDS.compare.hint;
  }

  opened(desk: Desk): void {
    this.#task.opened(desk);
  }

  closed(): void {
    this.#task.closed();
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const lines = this.#lines(area.width - 4, look);
    const rect = { ...area, height: Math.min(area.height, lines.length + 2) };
    return [{ id: 'compare', rect, title: this.title, focused: true, lines }];
  }

  key(key: string, desk: Desk): void {
    this.#task.key(key, desk);
  }

  #lines(width: number, look: Look): Line[] {
    if (this.#result) {
      const tone = this.#result.differentBytes > 0 || this.#result.failure ? 'bad' : 'good';
      return verifyLines(this.#result).flatMap((text, i) => prose(text, width, i === 0 ? tone : 'plain'));
    }
    if (this.#task.end) return prose(this.#task.end.said || WORDS.compare.ended, width, 'warn');
    const passed = clockText(this.#task.seconds);
    if (!this.#progress) return [line(`${passed}  ${WORDS.compare.looking}`)];
    const { doneBytes, totalBytes, differentBytes } = this.#progress;
    return [
      barLine(
        totalBytes > 0 ? doneBytes / totalBytes : 0,
        width,
        percentText(doneBytes, totalBytes).padStart(9),
        look.charset,
      ),
      line(
        `${passed}  ${WORDS.compare.sofar(bytesText(doneBytes), bytesText(totalBytes), bytesText(differentBytes))}`,
      ),
    ];
  }
}
