import type { SelfTask } from '../../jobs/self-task.ts';
import type { CheckedTarget } from '../../rescue/verify.ts';
import { verifyLines } from '../../telling/verify-lines.ts';
import { bytesText, clockText, percentText } from '../../text/quantity.ts';
import { type Line, line } from '../frame/line.ts';
import { barLine } from '../frame/meter.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Look } from '../look.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

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
  readonly #start: () => SelfTask;
  #task: SelfTask | undefined;
  readonly #sinceMs = Date.now();
  #progress: Extract<Told, { event: 'verify' }> | undefined;
  #result: CheckedTarget | undefined;
  #problem: string | undefined;
  #ticking: NodeJS.Timeout | undefined;

  constructor(name: string, start: () => SelfTask) {
    this.title = WORDS.compare.title(name);
    this.#start = start;
  }

  get keys(): readonly KeyBinding[] {
    return bindingsOf(this.#isOver ? KEYS.notice : KEYS.task);
  }

  get hint(): string {
    return this.#isOver ? '' : WORDS.compare.hint;
  }

  opened(desk: Desk): void {
    if (this.#task) return;
    this.#task = this.#start();
    this.#ticking = setInterval(() => desk.changed(), 1000);
    void this.#listen(this.#task, desk);
  }

  closed(): void {
    clearInterval(this.#ticking);
    if (!this.#isOver) this.#task?.stop();
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const lines = this.#lines(area.width - 4, look);
    const rect = { ...area, height: Math.min(area.height, lines.length + 2) };
    return [{ id: 'compare', rect, title: this.title, focused: true, lines }];
  }

  key(key: string, desk: Desk): void {
    if (this.#isOver && isKey(key, KEYS.notice.back)) desk.back();
    else if (isKey(key, KEYS.task.stop)) this.#task?.stop();
  }

  get #isOver(): boolean {
    return this.#result !== undefined || this.#problem !== undefined;
  }

  async #listen(task: SelfTask, desk: Desk): Promise<void> {
    for await (const event of task.events) {
      const told = event as Told;
      if (told.event === 'verify') this.#progress = told;
      else this.#result = told;
      desk.changed();
    }
    const { said } = await task.ended;
    clearInterval(this.#ticking);
    if (!this.#result) this.#problem = said || WORDS.compare.ended;
    desk.changed();
  }

  #lines(width: number, look: Look): Line[] {
    if (this.#problem !== undefined) return prose(this.#problem, width, 'warn');
    if (this.#result) {
      const tone = this.#result.differentBytes > 0 ? 'bad' : 'good';
      return verifyLines(this.#result).flatMap((text, i) => prose(text, width, i === 0 ? tone : 'plain'));
    }
    const passed = clockText((Date.now() - this.#sinceMs) / 1000);
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
