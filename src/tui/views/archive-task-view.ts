import { ARCHIVE_PHASES } from '../../telling/archive-events.ts';
import { bytesText, durationText, percentText, rateText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import type { ArchiveEnd } from '../archives/archive-story.ts';
import type { ArchiveTask } from '../archives/archive-task.ts';
import type { BootFlow } from '../boot/boot-flow.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, type Tone } from '../frame/line.ts';
import { barLine } from '../frame/meter.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Look } from '../look.ts';
import { ratePane } from '../running/chart-panes.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

const TONES: Readonly<Record<ArchiveEnd['tone'], Tone>> = {
  good: 'good',
  losses: 'warn',
  stopped: 'warn',
  refused: 'warn',
  failed: 'bad',
};

/** An archive at work: how far it is, how fast, what was found on the way, and how it ended. */
export class ArchiveTaskView implements View {
  readonly title: string;
  readonly purpose = WORDS.archives.task.purpose;
  readonly #task: ArchiveTask;
  readonly #boot: Pick<BootFlow, 'hint' | 'open'>;
  #bootHint: string | undefined;

  constructor(task: ArchiveTask, boot: Pick<BootFlow, 'hint' | 'open'>) {
    this.#task = task;
    this.#boot = boot;
    this.title = task.deed.short;
  }

  get keys(): readonly KeyBinding[] {
    if (!this.#task.isOver) return bindingsOf(KEYS.archiveTask);
    return bindingsOf(this.#written === undefined ? KEYS.notice : KEYS.written);
  }

  get hint(): string {
    if (this.#task.isOver) return '';
    return this.#task.isStopping ? WORDS.images.task.stopping : WORDS.images.task.hint;
  }

  opened(desk: Desk): void {
    void this.#task.over.then(async () => {
      if (this.#written === undefined) return;
      this.#bootHint = await this.#boot.hint(this.#written, '');
      desk.changed();
    });
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const width = area.width - 4;
    const top = this.#task.isOver ? this.#endLines(width) : this.#progressLines(width, look);
    const { history, log } = this.#task.story;
    const [progress, chart, below] = stackRects(area, [
      { cells: Math.min(area.height, top.length + 2) },
      { share: 1, atLeast: 6, droppable: true },
      { share: 1, atLeast: 5, droppable: true },
    ]) as [Rect, Rect, Rect];
    return [
      {
        id: 'progress',
        rect: progress,
        title: this.#task.isOver ? WORDS.report.result : WORDS.running.progress,
        focused: true,
        lines: top,
      },
      ratePane(chart, history),
      {
        id: 'log',
        rect: below,
        title: WORDS.running.log,
        lines: log.flatMap((text) => prose(text, width)).slice(-Math.max(0, below.height - 2)),
      },
    ];
  }

  key(key: string, desk: Desk): void {
    if (!this.#task.isOver) {
      if (isKey(key, KEYS.archiveTask.stop)) this.#task.stop();
    } else if (this.#written !== undefined && isKey(key, KEYS.written.boot))
      this.#boot.open(this.#written, desk);
    else if (isKey(key, KEYS.notice.back)) desk.back();
  }

  /** The device that holds all of it now. */
  get #written(): string | undefined {
    const tone = this.#task.story.end?.tone;
    return tone === 'good' || tone === 'losses' ? this.#task.deed.device : undefined;
  }

  #progressLines(width: number, look: Look): Line[] {
    const { phase, progress } = this.#task.story;
    const what = phase === undefined ? WORDS.images.task.begins : ARCHIVE_PHASES[phase];
    const { share = 0, bytes = 0, bytesPerSecond = 0, secondsLeft, archiveBytes, path } = progress ?? {};
    const done = [
      what,
      bytes > 0 && phase !== 'mending' ? bytesText(bytes) : '',
      bytesPerSecond > 0 && phase !== 'mending' ? rateText(bytesPerSecond) : '',
      archiveBytes === undefined ? '' : WORDS.archives.task.size(bytesText(archiveBytes)),
    ].filter(Boolean);
    const left = secondsLeft === undefined ? WORDS.images.task.leftUnknown : durationText(secondsLeft);
    return [
      barLine(share, width, percentText(share, 1).padStart(9), look.charset),
      line(done.join('   ')),
      line(WORDS.images.task.left(left)),
      line(safeText(path ?? '')),
    ];
  }

  #endLines(width: number): Line[] {
    const { problem, story } = this.#task;
    const { end } = story;
    if (!end) return prose(problem ?? WORDS.images.died, width, 'bad');
    const said = [...end.lines, ...(this.#bootHint === undefined ? [] : [this.#bootHint])];
    return said.flatMap((text, i) => prose(safeText(text), width, i === 0 ? TONES[end.tone] : 'plain'));
  }
}
