import type { CopyEvent } from '../../jobs/copy-events.ts';
import type { SelfTask } from '../../jobs/self-task.ts';
import { bytesText, clockText, plural } from '../../text/quantity.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, type KeyBinding } from '../keys.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { TaskWatch } from './task-watch.ts';

/** Lines of the log that are kept. */
const KEPT = 500;

/** Copies files out of a volume: which one is at work, what could not be copied whole, and how it ended. */
export class CopyView implements View {
  readonly title: string;
  readonly purpose = WORDS.copy.purpose;
  readonly #task: TaskWatch<CopyEvent | { readonly event: 'done' }>;
  #files = 0;
  #bytes = 0;
  #latest = '';
  #troubles: readonly string[] = [];

  constructor(destination: string, start: () => SelfTask) {
    this.title = WORDS.copy.title(destination);
    this.#task = new TaskWatch(start, (event) => this.#take(event));
  }

  get keys(): readonly KeyBinding[] {
    return bindingsOf(this.#task.keys);
  }

  get hint(): string {
    return this.#task.end ? '' : WORDS.copy.hint;
  }

  opened(desk: Desk): void {
    this.#task.opened(desk);
  }

  closed(): void {
    this.#task.closed();
  }

  panes(area: Rect): readonly Pane[] {
    const width = area.width - 4;
    const lines = this.#progressLines(width);
    const [top, log] = stackRects(area, [{ cells: lines.length + 2 }, { share: 1, atLeast: 5 }]) as [
      Rect,
      Rect,
    ];
    const rows = Math.max(0, log.height - 2);
    const troubles = this.#troubles.flatMap((text) => prose(text, width, 'warn'));
    return [
      { id: 'copy', rect: top, title: this.title, focused: true, lines },
      {
        id: 'troubles',
        rect: log,
        title: WORDS.copy.troubles,
        lines: troubles.length > 0 ? troubles.slice(-rows) : this.#noTroubleLines(),
      },
    ];
  }

  key(key: string, desk: Desk): void {
    this.#task.key(key, desk);
  }

  #take(event: CopyEvent | { readonly event: 'done' }): void {
    switch (event.event) {
      case 'file':
        this.#files++;
        this.#bytes += event.sizeBytes;
        this.#latest = event.path;
        if (event.missingBytes > 0)
          this.#trouble(WORDS.copy.missing(event.path, bytesText(event.missingBytes)));
        break;
      case 'problem':
        this.#trouble(`${event.path}: ${event.message}`);
        break;
      case 'note':
        this.#trouble(event.path === '' ? event.message : `${event.path}: ${event.message}`);
        break;
      case 'stream-skipped':
      case 'done':
        break;
    }
  }

  #trouble(text: string): void {
    this.#troubles = [...this.#troubles, text].slice(-KEPT);
  }

  /** Where it did not come to copying at all, that nothing went wrong says nothing. */
  #noTroubleLines(): Line[] {
    const { end } = this.#task;
    if (end && this.#files === 0) return [];
    return [line(toned('good', WORDS.copy.noTroubles(end !== undefined)))];
  }

  #progressLines(width: number): Line[] {
    const passed = clockText(this.#task.seconds);
    const sum = line(`${passed}  ${plural(this.#files, 'file')}, ${bytesText(this.#bytes)}`);
    if (!this.#task.end) return [sum, line(this.#latest || WORDS.copy.looking)];
    const { exitCode, said } = this.#task.end;
    const verdict = WORDS.copy.verdicts[exitCode ?? 1] ?? WORDS.copy.failed;
    const refused = this.#files === 0 && said !== '' ? prose(said, width, 'warn') : [];
    return [...prose(verdict, width, exitCode === 0 ? 'good' : 'warn'), ...refused, sum];
  }
}
