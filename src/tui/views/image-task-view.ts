import { clonePhaseText } from '../../telling/clone-phase-words.ts';
import { cloneSummary } from '../../telling/clone-summary.ts';
import { bytesText, clockText, durationText, percentText, rateText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import type { BootFlow } from '../boot/boot-flow.ts';
import { besideRects, stackRects } from '../frame/layout.ts';
import { type Line, line, type Tone, toned } from '../frame/line.ts';
import { barLine } from '../frame/meter.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import type { ImageTask } from '../images/image-task.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Look } from '../look.ts';
import { ratePane, waitPane } from '../running/chart-panes.ts';
import type { Desk, View } from '../view.ts';
import { WORDS, withoutCommands } from '../words.ts';

/** From this width on the two charts stand beside each other; below it only the first is there. */
const BESIDE = 96;
/** A drive that does not answer for so long is worth a word. */
const SILENCE_MS = 3000;

/** An image at work: how far it is, how fast, what could not be read, and how it ended. */
export class ImageTaskView implements View {
  readonly title: string;
  readonly purpose = WORDS.images.task.purpose;
  readonly #task: ImageTask;
  readonly #again: (task: ImageTask, desk: Desk) => void;
  readonly #boot: Pick<BootFlow, 'hint' | 'open'>;
  #bootHint: string | undefined;

  /** `again` gives the same command once more, which goes on. */
  constructor(
    task: ImageTask,
    again: (task: ImageTask, desk: Desk) => void,
    boot: Pick<BootFlow, 'hint' | 'open'>,
  ) {
    this.#task = task;
    this.#again = again;
    this.#boot = boot;
    this.title = task.deed.short;
  }

  get keys(): readonly KeyBinding[] {
    if (!this.#task.isOver) return bindingsOf(KEYS.imageTask);
    return bindingsOf(this.#goesOn ? KEYS.dead : this.#written === undefined ? KEYS.notice : KEYS.written);
  }

  opened(desk: Desk): void {
    void this.#task.over.then(async () => {
      if (this.#written === undefined) return;
      this.#bootHint = await this.#boot.hint(this.#written, '');
      desk.changed();
    });
  }

  get hint(): string {
    if (this.#task.isOver) return this.#goesOn ? WORDS.images.task.goesOn : '';
    return this.#task.isStopping ? WORDS.images.task.stopping : WORDS.images.task.hint;
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const width = area.width - 4;
    const top = this.#task.isOver ? this.#endLines(width) : this.#progressLines(width, look);
    const [progress, charts, log] = stackRects(area, [
      { cells: Math.min(area.height, top.length + 2) },
      { share: 1, atLeast: 6, droppable: true },
      { share: 1, atLeast: 5, droppable: true },
    ]) as [Rect, Rect, Rect];
    const { history } = this.#task.story;
    return [
      {
        id: 'progress',
        rect: progress,
        title: this.#task.isOver ? WORDS.report.result : WORDS.running.progress,
        focused: true,
        lines: top,
      },
      ...chartPanes(charts, history),
      {
        id: 'log',
        rect: log,
        title: WORDS.running.log,
        lines: this.#task.story.log
          .flatMap((text) => prose(safeText(text), width))
          .slice(-Math.max(0, log.height - 2)),
      },
    ];
  }

  key(key: string, desk: Desk): void {
    if (!this.#task.isOver) {
      if (isKey(key, KEYS.imageTask.stop)) this.#task.stop();
    } else if (this.#goesOn && isKey(key, KEYS.dead.goOn)) this.#again(this.#task, desk);
    else if (this.#written !== undefined && isKey(key, KEYS.written.boot))
      this.#boot.open(this.#written, desk);
    else if (!this.#goesOn && isKey(key, KEYS.notice.back)) desk.back();
  }

  get #goesOn(): boolean {
    return this.#task.story.done?.isResumable === true;
  }

  /** The device that holds all of it now. */
  get #written(): string | undefined {
    const verdict = this.#task.story.done?.verdict;
    return verdict === 'saved' || verdict === 'losses' ? this.#task.deed.device : undefined;
  }

  #progressLines(width: number, look: Look): Line[] {
    const { progress } = this.#task.story;
    if (!progress) return [line(WORDS.images.task.begins)];
    const { phase, share, doneBytes, totalBytes, rate, elapsedMs, secondsLeft, silentMs, lostBytes } =
      progress;
    const done = [
      doneBytes === undefined || totalBytes === undefined
        ? ''
        : `${bytesText(doneBytes)} of ${bytesText(totalBytes)}`,
      rate > 0 ? rateText(rate) : '',
    ].filter(Boolean);
    const left = secondsLeft === undefined ? WORDS.images.task.leftUnknown : durationText(secondsLeft);
    return [
      barLine(share, width, percentText(share, 1).padStart(9), look.charset),
      line(`${clonePhaseText(phase)}   ${done.join('   ')}`),
      line(`${clockText(elapsedMs / 1000)}   ${WORDS.images.task.left(left)}`),
      line(toned(lostBytes > 0 ? 'bad' : 'plain', WORDS.images.task.lost(bytesText(lostBytes)))),
      silentMs > SILENCE_MS
        ? line(toned('warn', WORDS.images.task.silent(durationText(silentMs / 1000))))
        : line(''),
    ];
  }

  #endLines(width: number): Line[] {
    const { problem, story } = this.#task;
    const { done, refused } = story;
    if (refused) {
      return [WORDS.notice.refused, refused.message, withoutCommands(refused.advice)].flatMap((text, i) =>
        prose(safeText(text), width, i === 0 ? 'strong' : 'warn'),
      );
    }
    if (!done) return prose(problem ?? WORDS.images.died, width, 'bad');
    const { failure, verdict } = done;
    const said = cloneSummary(done).map(withoutCommands).filter(Boolean);
    const tone: Tone = verdict === 'saved' ? 'good' : verdict === 'failed' ? 'bad' : 'warn';
    const failed = failure
      ? [withStop(failure.message), withoutCommands(failure.advice)].filter(Boolean)
      : [];
    const hint = this.#bootHint === undefined ? [] : [this.#bootHint];
    return [...failed, ...said, ...hint].flatMap((text, i) =>
      prose(safeText(text), width, i === 0 ? tone : 'plain'),
    );
  }
}

function chartPanes(rect: Rect, history: ImageTask['story']['history']): Pane[] {
  if (rect.width < BESIDE) return [ratePane(rect, history)];
  const half = { share: 1, atLeast: 0 };
  const [left, right] = besideRects(rect, [half, half]) as [Rect, Rect];
  return [ratePane(left, history), waitPane(right, history)];
}

const withStop = (sentence: string): string => (/[.!]$/.test(sentence) ? sentence : `${sentence}.`);
