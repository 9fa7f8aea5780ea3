import type { StartEvent } from '../../jobs/job-events.ts';
import type { Disk } from '../../probe/machine.ts';
import { bytesText, durationText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { besideRects, type Extent, stackRects } from '../frame/layout.ts';
import { type Line, line } from '../frame/line.ts';
import { legendLine, mapRows } from '../frame/meter.ts';
import { innerRect, type Pane, type Rect } from '../frame/pane.ts';
import { paragraphs, prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Look } from '../look.ts';
import { logText } from '../rescue/job-story.ts';
import { shortName } from '../rescue/short-name.ts';
import type { WatchedJob } from '../rescue/watched-job.ts';
import { ratePane, waitPane } from '../running/chart-panes.ts';
import { diskLines, placeLines } from '../running/place-lines.ts';
import { progressLines, safeLines } from '../running/progress-pane.ts';
import type { Desk, View } from '../view.ts';
import { WORDS, withoutCommands } from '../words.ts';
import { LinesView } from './lines-view.ts';
import { MapView } from './map-view.ts';

/** From this width on charts stand beside each other, and from the second on there is room for everything. */
const BESIDE = 96;
const WIDE = 112;
const HIGH = 36;
const SAFE_COLUMNS = 36;
/** What is shown in turn where there is no room for all of it. */
const PARTS = ['rate', 'waits', 'safe', 'places'] as const;

/** What a running job's view asks of the outside. */
export interface RunningPorts {
  /** The disk that is saved, as it is known now. */
  readonly disk: (source: StartEvent['source']) => Disk | undefined;
  /** Goes on with the job in that folder. */
  readonly goOn: (folder: string, desk: Desk) => void;
}

/** A job at work: how far it is, where the bad places are, how fast the disk answers, what can be done. */
export class RunningView implements View {
  readonly purpose = WORDS.running.purpose;
  readonly #job: WatchedJob;
  readonly #ports: RunningPorts;
  #stopping = 0;
  #part = 0;

  constructor(job: WatchedJob, ports: RunningPorts) {
    this.#job = job;
    this.#ports = ports;
  }

  get title(): string {
    const { start } = this.#job.story;
    return start
      ? `${this.#stateText} ${shortName(start.source.path)} to ${shortName(start.target.path)}`
      : this.#stateText;
  }

  get keys(): readonly KeyBinding[] {
    if (this.#job.death) return bindingsOf(this.#goesOn ? KEYS.dead : { back: KEYS.dead.back });
    const code = this.#job.story.question?.code;
    if (code === 'hopeless-left') return bindingsOf(KEYS.hopeless);
    if (code === 'gpt-not-right') return bindingsOf(KEYS.table);
    const { stop, pause, ...rest } = KEYS.running;
    const pausing = this.#isPaused ? { ...pause, short: WORDS.running.goOn } : pause;
    return this.#stopping > 0
      ? bindingsOf({ ...KEYS.stopping, ...rest })
      : bindingsOf({ stop, pause: pausing, ...rest });
  }

  get hint(): string {
    if (this.#job.death) return this.#goesOn ? WORDS.running.deadHint : '';
    if (this.#stopping > 0) return WORDS.running.stopping;
    const code = this.#job.story.question?.code;
    if (code === 'hopeless-left') return WORDS.running.hintHopeless;
    return code === 'gpt-not-right' ? WORDS.running.hintQuestion : WORDS.running.hint;
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const notice = this.#noticePane(area);
    if (notice) {
      const left = { ...area, top: area.top + notice.rect.height, height: area.height - notice.rect.height };
      return [notice, this.#mapPane(left, look)];
    }
    return area.width >= WIDE && area.height >= HIGH - 3
      ? this.#widePanes(area, look)
      : this.#narrowPanes(area, look);
  }

  key(key: string, desk: Desk): void {
    const { story, death } = this.#job;
    if (death) {
      if (isKey(key, KEYS.dead.goOn) && story.start?.job) this.#ports.goOn(story.start.job, desk);
      return;
    }
    if (story.question) {
      this.#answer(key, story.question.code, desk);
      return;
    }
    const { stop, pause, map, places, log, part } = KEYS.running;
    if (isKey(key, stop)) this.#stop(desk);
    else if (isKey(key, pause)) {
      this.#job.send({ do: this.#isPaused ? 'resume' : 'pause' });
      desk.say(this.#isPaused ? WORDS.running.resuming : WORDS.running.pausing);
    } else if (isKey(key, part)) this.#part = (this.#part + 1) % PARTS.length;
    else if (isKey(key, map)) this.#openMap(desk);
    else if (isKey(key, places)) {
      desk.open(new LinesView(WORDS.running.places, () => placeLines(this.#job.story.history.places)));
    } else if (isKey(key, log)) {
      desk.open(new LinesView(WORDS.running.log, (width) => this.#logLines(width), { follows: true }));
    }
  }

  /** The job goes on; only the watching ends. */
  closed(): void {
    this.#job.leave();
  }

  #answer(key: string, code: string, desk: Desk): void {
    if (code === 'hopeless-left') {
      if (isKey(key, KEYS.hopeless.stop)) this.#stop(desk);
      if (isKey(key, KEYS.hopeless.try)) this.#job.send({ do: 'hopeless', try: true });
      if (isKey(key, KEYS.hopeless.leave)) this.#job.send({ do: 'hopeless', try: false });
    }
    if (code === 'gpt-not-right') {
      if (isKey(key, KEYS.table.fix)) this.#job.send({ do: 'fix-gpt', fix: true });
      if (isKey(key, KEYS.table.leave)) this.#job.send({ do: 'fix-gpt', fix: false });
    }
  }

  #stop(desk: Desk): void {
    // Once more cuts short the marking that a stop begins.
    this.#job.send({ do: 'stop', skipMarking: this.#stopping > 0 });
    if (this.#stopping > 0) desk.say(WORDS.running.skipping, 'warn');
    this.#stopping++;
  }

  #openMap(desk: Desk): void {
    const { start } = this.#job.story;
    if (!start) return;
    desk.open(
      new MapView({
        sizeBytes: start.source.sizeBytes,
        cells: () => this.#job.story.progress?.cells ?? '',
        job: start.job,
        isMoving: () => !this.#job.story.done && !this.#job.death,
        files: () => [],
      }),
    );
  }

  /** Whether a job whose process has died can be gone on with from here: its folder is known. */
  get #goesOn(): boolean {
    return this.#job.story.start?.job !== undefined;
  }

  get #isPaused(): boolean {
    return this.#job.story.progress?.waitingFor === 'user';
  }

  get #stateText(): string {
    const words = WORDS.running.states;
    const { story, death } = this.#job;
    if (death) return words.died;
    if (!story.start) return words.starting;
    if (story.question) return words.asking;
    if (this.#stopping > 0) return words.stopping;
    const { waitingFor, waitingMs = 0, phase } = story.progress ?? {};
    const since = durationText(waitingMs / 1000);
    if (waitingFor === 'user') return words.paused(since);
    if (waitingFor !== undefined && (waitingFor !== 'answer' || waitingMs > 2000))
      return words.waiting(since);
    return phase === 'verify' ? words.comparing : words.running;
  }

  /** A question, or that the engine has died: above everything else. */
  #noticePane(area: Rect): Pane | undefined {
    const width = area.width - 4;
    const { question } = this.#job.story;
    const { death } = this.#job;
    const known = question && question.code !== 'target-not-empty' ? question : undefined;
    if (!death && !known) return undefined;
    const lines: Line[] = death
      ? [...prose(death, width, 'bad'), line(''), ...prose(this.#deadAdvice, width, 'strong')]
      : paragraphs(
          [
            known?.message ?? '',
            withoutCommands(known?.advice ?? ''),
            WORDS.running.answers[known?.code === 'gpt-not-right' ? 'fix' : 'try'],
          ].filter(Boolean),
          width,
        );
    const rect = { ...area, height: Math.min(area.height, lines.length + 2) };
    const title = death ? WORDS.running.deadTitle : WORDS.running.question;
    return { id: 'notice', rect, title, focused: true, lines };
  }

  get #deadAdvice(): string {
    if (!this.#job.story.start) return WORDS.running.deadEarly;
    return this.#goesOn ? WORDS.running.deadAdvice : WORDS.running.deadAlone;
  }

  /** Everything that does not fit is shown in turn. */
  #narrowPanes(area: Rect, look: Look): Pane[] {
    const beside = area.width >= BESIDE;
    const [top, map, part, log] = stackRects(area, [
      { cells: 7 },
      { share: 3, atLeast: 5 },
      { share: 2, atLeast: 5 },
      { share: 1, atLeast: 4 },
    ]) as [Rect, Rect, Rect, Rect];
    const parts = beside
      ? besideRects(part, [HALF, HALF]).map((rect, i) =>
          this.#partPane(PARTS[(this.#part + i) % PARTS.length] ?? 'rate', rect),
        )
      : [this.#partPane(PARTS[this.#part] ?? 'rate', part)];
    return [this.#progressPane(top, look), this.#mapPane(map, look), ...parts, this.#logPane(log)];
  }

  #widePanes(area: Rect, look: Look): Pane[] {
    const [top, middle, charts, lists, log] = stackRects(area, [
      { cells: 7 },
      { share: 4, atLeast: 8 },
      { share: 2, atLeast: 6 },
      { share: 1, atLeast: 6 },
      { share: 2, atLeast: 6 },
    ]) as [Rect, Rect, Rect, Rect, Rect];
    const [map, safe] = besideRects(middle, [{ share: 1, atLeast: 40 }, { cells: SAFE_COLUMNS }]) as [
      Rect,
      Rect,
    ];
    const [rate, waits] = besideRects(charts, [HALF, HALF]) as [Rect, Rect];
    const [places, disk] = besideRects(lists, [HALF, HALF]) as [Rect, Rect];
    const { start } = this.#job.story;
    return [
      this.#progressPane(top, look),
      this.#mapPane(map, look),
      this.#partPane('safe', safe),
      this.#partPane('rate', rate),
      this.#partPane('waits', waits),
      this.#partPane('places', places),
      {
        id: 'disk',
        rect: disk,
        title: WORDS.running.disk,
        lines: diskLines(start && this.#ports.disk(start.source)),
      },
      this.#logPane(log),
    ];
  }

  #progressPane(rect: Rect, look: Look): Pane {
    const lines = progressLines(this.#job.story, rect.width - 4, look);
    return { id: 'progress', rect, title: WORDS.running.progress, lines };
  }

  #mapPane(rect: Rect, look: Look): Pane {
    const { progress, start } = this.#job.story;
    const inner = innerRect({ rect, title: '' });
    const rows = Math.max(0, inner.height - 1);
    const cells = rows * inner.width;
    const each = start && cells > 0 ? bytesText(Math.floor(start.source.sizeBytes / cells)) : '';
    const here =
      progress && start && !this.#job.death ? progress.position / start.source.sizeBytes : undefined;
    const picture = progress?.cells ? mapRows(progress.cells, inner.width, rows, look.charset, here) : [];
    return {
      id: 'map',
      rect,
      title: WORDS.running.map,
      corner: each === '' ? '' : WORDS.running.cell(each),
      lines: [...picture, legendLine(look.charset, inner.width)],
    };
  }

  #partPane(part: (typeof PARTS)[number], rect: Rect): Pane {
    const { story } = this.#job;
    const { history } = story;
    switch (part) {
      case 'rate':
        return ratePane(rect, history);
      case 'waits':
        return waitPane(rect, history);
      case 'safe':
        return {
          id: 'safe',
          rect,
          title: WORDS.running.safe,
          lines: safeLines(story, rect.width - 4, rect.height - 2),
        };
      case 'places':
        return { id: 'places', rect, title: WORDS.running.places, lines: placeLines(history.places) };
    }
  }

  #logPane(rect: Rect): Pane {
    const rows = Math.max(0, rect.height - 2);
    return {
      id: 'log',
      rect,
      title: WORDS.running.log,
      lines: rows === 0 ? [] : this.#logLines(rect.width - 4, rows).slice(-rows),
    };
  }

  /** The last `count` entries, and what was planned when there are no more. */
  #logLines(width: number, count = Number.POSITIVE_INFINITY): Line[] {
    const { log, plan } = this.#job.story;
    if (log.length >= count) return log.slice(-count).flatMap((entry) => prose(logText(entry), width));
    const label = plan?.label ? `"${safeText(plan.label)}" ` : '';
    const first = plan
      ? prose(WORDS.running.planned(label, plan.domainBytes, plan.metadataBytes), width)
      : [];
    return [...first, ...log.flatMap((entry) => prose(logText(entry), width))];
  }
}

const HALF: Extent = { share: 1, atLeast: 0 };
