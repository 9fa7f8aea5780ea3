import { inquire } from '../../jobs/inquiry.ts';
import type { MapCell } from '../../rescue/map-cells.ts';
import type { ListedFile } from '../../telling/damage-table.ts';
import { bytesText } from '../../text/quantity.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import { drawnCells, legendLine, mapRows, replacedAt } from '../frame/meter.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Look } from '../look.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** What a map is drawn from. */
export interface MapBasis {
  readonly sizeBytes: number;
  /** A picture of the whole, one letter a cell. */
  readonly cells: () => string;
  /** The job's folder, from which closer pictures are had; undefined when there is none. */
  readonly job: string | undefined;
  /** Whether the map still changes. */
  readonly isMoving: () => boolean;
  /** Files that have lost something, with their holes. */
  readonly files: () => readonly ListedFile[];
}

/** One step closer shows so much of what was seen before. */
const STEP = 8;
const SECTOR = 512;
/** Closer pictures of a map that changes are asked for again after so long. */
const REFRESH_MS = 3000;
const FILES_NAMED = 3;

/** The map on the whole screen. A cursor walks over it, and it is looked at closer down to single sectors. */
export class MapView implements View {
  readonly title = WORDS.map.title;
  readonly purpose = WORDS.map.purpose;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.map);
  readonly #basis: MapBasis;
  /** What is in view, in bytes of the source. */
  #start = 0;
  #end: number;
  /** The cell that the cursor is on, and how many there are in a row and in all. */
  #cursor = 0;
  #columns = 1;
  #count = 1;
  /** A picture of exactly what is in view, once it was read. */
  #close: { readonly start: number; readonly end: number; readonly cells: string } | undefined;
  #asking = false;
  #askedMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(basis: MapBasis) {
    this.#basis = basis;
    this.#end = basis.sizeBytes;
  }

  opened(desk: Desk): void {
    this.#timer ??= setInterval(() => {
      if (this.#basis.isMoving() && Date.now() - this.#askedMs >= REFRESH_MS) void this.#look(desk);
    }, 1000);
  }

  closed(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const [map, about] = stackRects(area, [{ share: 1, atLeast: 5 }, { cells: 7 }]) as [Rect, Rect];
    this.#columns = Math.max(1, map.width - 4);
    const rows = Math.max(1, map.height - 3);
    this.#count = this.#columns * rows;
    this.#cursor = Math.min(this.#cursor, this.#count - 1);
    const cells = this.#cells();
    const at = toned(
      'chosen',
      cells[this.#cursor] === ' ' ? ' ' : glyphAt(cells, this.#cursor, this.#columns, rows, look),
    );
    const picture = mapRows(cells.join(''), this.#columns, rows, look.charset).map((row, i) =>
      i === Math.floor(this.#cursor / this.#columns)
        ? replacedAt(row, this.#cursor % this.#columns, at)
        : row,
    );
    return [
      {
        id: 'map',
        rect: map,
        title: WORDS.map.range(this.#start, this.#end),
        corner: WORDS.running.cell(bytesText(Math.max(1, Math.round(this.#cellBytes)))),
        focused: true,
        lines: [...picture, legendLine(look.charset, this.#columns)],
      },
      { id: 'about', rect: about, title: WORDS.map.here, lines: this.#aboutLines(cells) },
    ];
  }

  key(key: string, desk: Desk): void {
    const { closer, wider, bad } = KEYS.map;
    if (isKey(key, closer)) this.#zoom(1 / STEP, desk);
    else if (isKey(key, wider)) this.#zoom(STEP, desk);
    else if (isKey(key, bad)) this.#nextBad(key === bad.keys[0] ? 1 : -1);
    else this.#move(key);
  }

  get #cellBytes(): number {
    return (this.#end - this.#start) / this.#count;
  }

  #move(key: string): void {
    const steps: Readonly<Record<string, number>> = {
      left: -1,
      right: 1,
      up: -this.#columns,
      down: this.#columns,
      home: -this.#count,
      end: this.#count,
    };
    const step = steps[key];
    if (step !== undefined) this.#cursor = Math.max(0, Math.min(this.#count - 1, this.#cursor + step));
  }

  /** The next cell, in either direction, that holds something bad or put off; the cursor stays when there is none. */
  #nextBad(step: 1 | -1): void {
    const cells = this.#cells();
    for (let at = this.#cursor + step; at >= 0 && at < cells.length; at += step) {
      if (cells[at] !== '-' && cells[at] !== '*') continue;
      this.#cursor = at;
      return;
    }
  }

  /** Changes how much is in view; what the cursor is on stays in its place, also the very first and last byte. */
  #zoom(factor: number, desk: Desk): void {
    const { sizeBytes } = this.#basis;
    const share = this.#cursor / Math.max(1, this.#count - 1);
    const kept = this.#start + share * (this.#end - this.#start);
    const smallest = Math.min(sizeBytes, this.#count * SECTOR);
    const length = Math.min(sizeBytes, Math.max(smallest, (this.#end - this.#start) * factor));
    const aligned = Math.floor((kept - share * length) / SECTOR) * SECTOR;
    this.#start = Math.max(0, Math.min(sizeBytes - length, aligned));
    this.#end = Math.min(sizeBytes, this.#start + length);
    this.#cursor = Math.max(0, Math.min(this.#count - 1, Math.floor((kept - this.#start) / this.#cellBytes)));
    void this.#look(desk);
  }

  /** Asks for a picture of exactly what is in view. */
  async #look(desk: Desk): Promise<void> {
    const { job, sizeBytes } = this.#basis;
    const [start, end, count] = [this.#start, this.#end, this.#count];
    if (job === undefined || this.#asking || (start === 0 && end === sizeBytes)) return;
    this.#asking = true;
    this.#askedMs = Date.now();
    const answer = await inquire({ ask: 'cells', folder: job, start, end, count });
    this.#asking = false;
    if (answer.kind === 'answer') this.#close = { start, end, cells: answer.answer };
    desk.changed();
    // It was looked elsewhere meanwhile.
    if (start !== this.#start || end !== this.#end) await this.#look(desk);
  }

  /** The cells that are in view: those that were asked for, else cut from the picture of the whole. */
  #cells(): readonly MapCell[] {
    const coarse = this.#coarse();
    const close = this.#close;
    if (close?.start !== this.#start || close.end !== this.#end) return coarse;
    // The file of a map does not know what is free: the picture of the whole does, roughly.
    return drawnCells(close.cells, this.#count).map((cell, i) =>
      cell === '?' && (coarse[i] === ' ' || coarse[i] === '+') ? ' ' : cell,
    );
  }

  #coarse(): readonly MapCell[] {
    const whole = this.#basis.cells();
    const { sizeBytes } = this.#basis;
    return Array.from({ length: this.#count }, (_, i) => {
      const from = Math.floor(((this.#start + i * this.#cellBytes) / sizeBytes) * whole.length);
      const to = Math.ceil(((this.#start + (i + 1) * this.#cellBytes) / sizeBytes) * whole.length);
      return drawnCells(whole.slice(from, Math.max(to, from + 1)), 1)[0] ?? ' ';
    });
  }

  #aboutLines(cells: readonly MapCell[]): Line[] {
    const start = Math.floor(this.#start + this.#cursor * this.#cellBytes);
    const end = Math.ceil(Math.min(this.#end, start + this.#cellBytes));
    const cell = cells[this.#cursor] ?? ' ';
    const files = this.#basis.files().filter(({ pieces, volumeStartBytes = 0 }) =>
      pieces.some(({ volumeOffset, length }) => {
        const at = volumeStartBytes + volumeOffset;
        return at < end && at + length > start;
      }),
    );
    const bad = cell === '-' || cell === '*';
    return [
      line(WORDS.map.bytes(start, end)),
      line(WORDS.map.sectors(Math.floor(start / SECTOR), Math.ceil(end / SECTOR) - 1)),
      line(toned(bad ? 'bad' : 'plain', WORDS.map.cells[cell])),
      ...files
        .slice(0, FILES_NAMED)
        .map(({ path }, i) => line(i === 0 ? WORDS.map.hits : '      ', ' ', path)),
    ];
  }
}

/** The glyph of one cell, to be set off as the cursor. */
function glyphAt(cells: readonly MapCell[], at: number, columns: number, rows: number, look: Look): string {
  const row = mapRows(cells.join(''), columns, rows, look.charset)[Math.floor(at / columns)] ?? [];
  return (
    row
      .map(({ text }) => text)
      .join('')
      .charAt(at % columns) || ' '
  );
}
