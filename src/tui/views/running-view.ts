import type { ProgressEvent } from '../../rescue/events.ts';
import { phaseText, timeLeftText, waitingText } from '../../telling/phase-words.ts';
import { bytesText, clockText, durationText, percentText, plural, rateText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { wrapText } from '../../text/wrap.ts';
import { axisRows } from '../frame/axis.ts';
import { besideRects, stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import { barLine, legendLine, mapRows } from '../frame/meter.ts';
import { innerRect, type Pane, type Rect } from '../frame/pane.ts';
import type { KeyBinding } from '../keys.ts';
import type { Look } from '../look.ts';
import { logText } from '../rescue/job-story.ts';
import type { WatchedJob } from '../rescue/watched-job.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** From this width on panes stand beside each other. */
const WIDE = 110;

/** A job at work: how far it is, where the bad places are, how fast the disk answers, what can be done. */
export class RunningView implements View {
  readonly purpose = WORDS.running.purpose;
  readonly #job: WatchedJob;
  #stopping = 0;

  constructor(job: WatchedJob) {
    this.#job = job;
  }

  get title(): string {
    const { start } = this.#job.story;
    return start ? `${start.source.path} to ${start.target.path}` : WORDS.running.starting;
  }

  get keys(): readonly KeyBinding[] {
    if (this.#job.story.question?.code === 'hopeless-left') return ANSWER_KEYS;
    if (this.#job.story.question?.code === 'gpt-not-right') return FIX_KEYS;
    if (this.#stopping > 0) return STOPPING_KEYS;
    return this.#paused ? PAUSED_KEYS : RUNNING_KEYS;
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const { story, death } = this.#job;
    if (story.question && story.question.code !== 'target-not-empty')
      return [this.#questionPane(area), ...this.#charts(area, look)];
    const wide = area.width >= WIDE;
    const [top, map, charts, places, log] = stackRects(area, [
      { cells: 7 },
      { share: 3, atLeast: 5 },
      { share: 1, atLeast: 4 },
      { share: wide ? 1 : 0, atLeast: wide ? 5 : 0, droppable: true },
      { share: 1, atLeast: 5 },
    ]) as [Rect, Rect, Rect, Rect, Rect];
    const panes = [
      this.#progressPane(top, look, death),
      this.#mapPane(map, look),
      ...this.#chartPanes(charts, wide),
      this.#logPane(log),
    ];
    return places.height > 0 ? [...panes, this.#placesPane(places)] : panes;
  }

  key(key: string, desk: Desk): void {
    const { story } = this.#job;
    if (story.question?.code === 'hopeless-left') {
      if (key === 't') this.#job.send({ do: 'hopeless', try: true });
      if (key === 'l') this.#job.send({ do: 'hopeless', try: false });
      return;
    }
    if (story.question?.code === 'gpt-not-right') {
      if (key === 'f') this.#job.send({ do: 'fix-gpt', fix: true });
      if (key === 'l') this.#job.send({ do: 'fix-gpt', fix: false });
      return;
    }
    if (key === 'p') {
      this.#job.send({ do: this.#paused ? 'resume' : 'pause' });
      desk.say(this.#paused ? WORDS.running.resuming : WORDS.running.pausing);
      return;
    }
    if (key !== 's') return;
    // Once more cuts short the marking that a stop begins.
    this.#job.send({ do: 'stop', skipMarking: this.#stopping > 0 });
    desk.say(this.#stopping > 0 ? WORDS.running.skipping : WORDS.running.stopping, 'warn');
    this.#stopping++;
  }

  get #paused(): boolean {
    return this.#job.story.progress?.waitingFor === 'user';
  }

  /** The job goes on; only the watching ends. */
  closed(): void {
    this.#job.leave();
  }

  #questionPane(area: Rect): Pane {
    const { question } = this.#job.story;
    const width = area.width - 4;
    const text = question
      ? [
          question.message,
          '',
          question.advice,
          '',
          WORDS.running.answers[question.code === 'gpt-not-right' ? 'fix' : 'try'],
        ]
      : [];
    const lines = text.flatMap((part) => wrapText(part, width)).map((part) => line(part));
    const rect = { ...area, height: Math.min(area.height, lines.length + 2) };
    return { id: 'question', rect, title: WORDS.running.question, focused: true, lines };
  }

  /** Below a question there is still the map to look at. */
  #charts(area: Rect, look: Look): Pane[] {
    const taken = this.#questionPane(area).rect.height;
    return [this.#mapPane({ ...area, top: area.top + taken, height: area.height - taken }, look)];
  }

  #progressPane(rect: Rect, look: Look, death: string | undefined): Pane {
    const { progress } = this.#job.story;
    const { width } = innerRect({ rect, title: '' });
    const lines = progress ? progressLines(progress, width, look) : [line(WORDS.running.checking)];
    if (death) lines[lines.length - 1] = line(toned('bad', death));
    return { id: 'progress', rect, title: WORDS.running.progress, lines };
  }

  #mapPane(rect: Rect, look: Look): Pane {
    const { progress, start } = this.#job.story;
    const inner = innerRect({ rect, title: '' });
    const rows = Math.max(0, inner.height - 1);
    const cells = rows * inner.width;
    const each = start && cells > 0 ? bytesText(Math.floor(start.source.sizeBytes / cells)) : '';
    const picture = progress?.cells ? mapRows(progress.cells, inner.width, rows, look.charset) : [];
    return {
      id: 'map',
      rect,
      title: WORDS.running.map,
      corner: each === '' ? '' : `one cell is ${each}`,
      lines: [...picture, legendLine(look.charset)],
    };
  }

  #chartPanes(rect: Rect, wide: boolean): Pane[] {
    const { rates, waits, stepMs } = this.#job.story;
    const span = durationText((Math.max(rates.length, 60) * stepMs) / 1000);
    const highestRate = Math.max(1e6, ...rates);
    const rate = (at: Rect): Pane => ({
      id: 'rate',
      rect: at,
      title: WORDS.running.rate,
      corner: `last ${span}`,
      lines: axisRows(rateText(highestRate), '0', at.height - 2),
      chart: { values: rates, highest: highestRate },
    });
    if (!wide) return [rate(rect)];
    const [left, right] = besideRects(rect, [
      { share: 1, atLeast: 0 },
      { share: 1, atLeast: 0 },
    ]) as [Rect, Rect];
    const longestMs = Math.max(1000, ...waits);
    const wait: Pane = {
      id: 'waits',
      rect: right,
      title: WORDS.running.waits,
      corner: `last ${span}`,
      lines: axisRows(durationText(longestMs / 1000), '0', right.height - 2),
      chart: { values: waits, highest: longestMs },
    };
    return [rate(left), wait];
  }

  #placesPane(rect: Rect): Pane {
    const { places } = this.#job.story;
    const lines = places.map(({ start, end, decided }) =>
      line(
        `${String(start).padStart(18)}  ${bytesText(end - start).padStart(10)}  `,
        toned(decided ? 'bad' : 'warn', decided ? WORDS.running.bad : WORDS.running.suspected),
      ),
    );
    const none = [line(toned('good', WORDS.running.noPlaces))];
    return { id: 'places', rect, title: WORDS.running.places, lines: lines.length > 0 ? lines : none };
  }

  #logPane(rect: Rect): Pane {
    const { log, plan } = this.#job.story;
    const rows = Math.max(0, rect.height - 2);
    const label = plan?.label ? `"${safeText(plan.label)}" ` : '';
    const lines = log.slice(-rows).map((entry) => line(logText(entry)));
    const first = plan ? [line(WORDS.running.planned(label, plan.domainBytes, plan.metadataBytes))] : [];
    const shown = lines.length < rows ? [...first, ...lines] : lines;
    return { id: 'log', rect, title: WORDS.running.log, lines: shown };
  }
}

const RUNNING_KEYS: readonly KeyBinding[] = [
  {
    keys: ['s'],
    short: 'stop and keep all',
    long: 'stop; what is saved stays saved, and it can go on later',
  },
  { keys: ['p'], short: 'pause', long: 'ask nothing more of the disk until you say so' },
];

const PAUSED_KEYS: readonly KeyBinding[] = [
  { keys: ['p'], short: 'go on', long: 'ask the disk again' },
  ...RUNNING_KEYS.filter(({ keys }) => !keys.includes('p')),
];

const STOPPING_KEYS: readonly KeyBinding[] = [
  { keys: ['s'], short: 'stop at once', long: 'do not wait until unread sectors are marked' },
];

const ANSWER_KEYS: readonly KeyBinding[] = [
  { keys: ['t'], short: 'try them', long: 'try every sector of what is probably lost' },
  { keys: ['l'], short: 'leave them', long: 'leave them alone; they can be tried later' },
];

const FIX_KEYS: readonly KeyBinding[] = [
  { keys: ['f'], short: 'fix it', long: 'write both copies of the partition table as they have to be' },
  { keys: ['l'], short: 'leave it', long: 'leave it as it was on the source' },
];

function progressLines(progress: ProgressEvent, width: number, look: Look): Line[] {
  const { savedBytes, domainBytes, badBytes, badAreas, skippedBytes, failedReads } = progress;
  const share = domainBytes > 0 ? savedBytes / domainBytes : 0;
  const bad = `bad ${bytesText(badBytes)} in ${plural(badAreas, 'area')}`;
  const waiting = waitingText(progress);
  return [
    barLine(share, width, percentText(savedBytes, domainBytes).padStart(9), look.charset),
    line(
      `saved ${bytesText(savedBytes)} of ${bytesText(domainBytes)}   skipped ${bytesText(skippedBytes)}   `,
      toned(badBytes > 0 ? 'bad' : 'plain', bad),
    ),
    line(
      `now ${rateText(progress.rate)}   average ${rateText(progress.averageRate)}   ` +
        `${plural(failedReads, 'read error')}`,
    ),
    line(
      `${clockText(progress.elapsedMs / 1000)}   left ${timeLeftText(progress.timeLeft)}   ` +
        `map saved ${Math.round(progress.mapAgeMs / 1000)} s ago`,
    ),
    waiting ? line(toned('warn', waiting)) : line(phaseText(progress.phase, progress.stage, progress.pass)),
  ];
}
