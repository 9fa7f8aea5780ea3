import type { JobEvent, StartEvent, VerifyEvent } from '../jobs/job-events.ts';
import type { PlanEvent, ProgressEvent } from '../rescue/events.ts';
import { phaseText, timeLeftText, waitingText } from '../telling/phase-words.ts';
import { bytesText, clockText, percentText, plural, rateText } from '../text/quantity.ts';
import { wrapText } from '../text/wrap.ts';
import { mapLegend, mapLines } from './map-picture.ts';
import { doneLines, planLines, startLines } from './summary.ts';
import { CONTROL, paint, type TerminalLook } from './terminal.ts';
import type { JobView } from './view.ts';

/** The part of a terminal that is needed here. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

/** Below this the panel does not fit, and lines are printed instead. */
export const SMALLEST_COLUMNS = 80;
export const SMALLEST_ROWS = 20;

const MAP_ROWS = 6;
const LOG_ROWS = 3;
const WIDEST = 120;

/** A panel that is drawn in place while the job runs; start, plan and end are printed above it, and stay. */
export class LiveView implements JobView {
  readonly #screen: Screen;
  readonly #look: TerminalLook;
  #start: StartEvent | undefined;
  #plan: PlanEvent | undefined;
  #progress: ProgressEvent | undefined;
  #verify: VerifyEvent | undefined;
  #log: string[] = [];
  #drawnRows = 0;
  #asking = false;
  #hint = 'Ctrl-C stops safely, p pauses; the same command goes on later.';

  constructor(screen: Screen, look: TerminalLook) {
    this.#screen = screen;
    this.#look = look;
  }

  show(event: JobEvent): void {
    switch (event.event) {
      case 'start':
        this.#start = event;
        this.#printAbove(startLines(event));
        break;
      case 'plan':
        // A plan that grew while the job ran is no news worth a line of its own.
        if (!this.#plan) this.#printAbove([...planLines(event), '']);
        this.#plan = event;
        break;
      case 'fault':
        this.#note(`read error at byte ${event.start}, ${bytesText(event.end - event.start)}`);
        break;
      case 'note':
        this.#printAbove([event.message, '']);
        break;
      case 'question':
        // The panel would write over what is typed.
        this.#erase();
        this.#asking = true;
        break;
      case 'phase':
        this.#asking = false;
        break;
      case 'verify':
        this.#verify = event;
        this.#draw();
        break;
      case 'progress':
        this.#progress = event;
        this.#draw();
        break;
      case 'done':
        this.#erase();
        for (const line of doneLines(event, this.#width, this.#look)) this.#screen.write(`${line}\n`);
        break;
      default:
        break;
    }
  }

  say(text: string): void {
    this.#hint = text;
    this.#draw();
  }

  /** Draws anew from the top: what was drawn before has been wrapped or cut by the terminal. */
  resized(): void {
    this.#screen.write(CONTROL.clearScreen);
    this.#drawnRows = 0;
    this.#draw();
  }

  close(): void {
    this.#screen.write(CONTROL.showCursor);
  }

  get #width(): number {
    return Math.min(WIDEST, this.#screen.columns - 1);
  }

  #note(text: string): void {
    const at = clockText((this.#progress?.elapsedMs ?? 0) / 1000);
    this.#log = [...this.#log, `${at}  ${text}`].slice(-LOG_ROWS);
  }

  #erase(): void {
    this.#screen.write(`${CONTROL.up(this.#drawnRows)}\r${CONTROL.clearToEnd}`);
    this.#drawnRows = 0;
  }

  #printAbove(lines: readonly string[]): void {
    this.#erase();
    for (const line of lines.flatMap((each) => wrapText(each, this.#width))) this.#screen.write(`${line}\n`);
    this.#draw();
  }

  #draw(): void {
    if (!this.#start || !this.#progress || this.#asking) return;
    const rows = this.#rows(this.#progress).slice(0, this.#screen.rows - 1);
    // One write, so that the terminal never shows half a panel.
    const body = rows.map((row) => `${row}${CONTROL.clearLine}\n`).join('');
    this.#screen.write(`${CONTROL.hideCursor}${CONTROL.up(this.#drawnRows)}\r${body}${CONTROL.clearToEnd}`);
    this.#drawnRows = rows.length;
  }

  #rows(progress: ProgressEvent): string[] {
    const width = this.#width;
    const look = this.#look;
    const cut = (text: string): string => (text.length > width ? text.slice(0, width) : text);
    const waiting = waitingText(progress);
    const bad = `bad ${bytesText(progress.badBytes)} in ${plural(progress.badAreas, 'area')}`;
    const cellBytes = (this.#start?.source.sizeBytes ?? 0) / (width * MAP_ROWS);
    return [
      this.#bar(progress),
      cut(
        `saved ${bytesText(progress.savedBytes)} of ${bytesText(progress.domainBytes)}` +
          `   skipped ${bytesText(progress.skippedBytes)}   ${bad}`,
      ),
      cut(
        `now ${rateText(progress.rate)}   average ${rateText(progress.averageRate)}` +
          `   ${plural(progress.failedReads, 'read error')}   left ${timeLeftText(progress.timeLeft)}`,
      ),
      cut(
        `${clockText(progress.elapsedMs / 1000)}   at ${bytesText(progress.position)}` +
          `   map saved ${Math.round(progress.mapAgeMs / 1000)} s ago`,
      ),
      waiting ? paint(cut(waiting), 'yellow', look) : cut(this.#doing(progress)),
      '',
      cut(`Map of the source, one cell is ${bytesText(Math.floor(cellBytes))}`),
      ...mapLines(progress.cells, width, MAP_ROWS, look),
      mapLegend(look),
      '',
      ...Array.from({ length: LOG_ROWS }, (_, i) => cut(this.#log[i] ?? '')),
      paint(cut(this.#hint), 'bold', look),
    ];
  }

  #doing(progress: ProgressEvent): string {
    if (!this.#verify) return phaseText(progress.phase, progress.stage, progress.pass);
    const { doneBytes, totalBytes } = this.#verify;
    return `${phaseText('verify', undefined, 1)}: ${percentText(doneBytes, totalBytes)}`;
  }

  #bar(progress: ProgressEvent): string {
    const percent = percentText(progress.savedBytes, progress.domainBytes).padStart(9);
    const width = this.#width - percent.length - 3;
    const share = progress.domainBytes > 0 ? progress.savedBytes / progress.domainBytes : 0;
    const full = Math.floor(share * width);
    const [on, off] = this.#look.unicode ? ['█', '·'] : ['#', '.'];
    return `[${paint(on.repeat(full), 'green', this.#look)}${off.repeat(width - full)}] ${percent}`;
  }
}
