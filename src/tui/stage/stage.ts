import blessed, { type Widgets } from 'blessed';
import { AXIS_COLUMNS } from '../frame/axis.ts';
import type { Line } from '../frame/line.ts';
import { innerRect, type Pane, paneRows, type Rect } from '../frame/pane.ts';
import { type Look, paintTone, SMALLEST } from '../look.ts';
import { AreaChart } from './area-chart.ts';
import { keyNames } from './key-name.ts';

/** Columns and rows of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface StageOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** `TERM`: only the Linux console differs from what everything else understands. */
  readonly terminal: string;
  readonly onKey: (key: string) => void;
  readonly onResize: () => void;
}

/** What blessed's types leave out. */
interface Pausable {
  readonly program: { useBuffer: boolean; flush(): void; sigtstp(resumed: () => void): void };
  alloc(): void;
  render(): void;
}

/**
 * The terminal. The only place that knows blessed: panes come in, keys go out. Boxes are made once for each pane and
 * used again, because blessed keeps what it has once made.
 */
export class Stage {
  readonly #screen: Widgets.Screen;
  readonly #output: NodeJS.WriteStream;
  readonly #boxes = new Map<string, { box: Widgets.BoxElement; content: string; rect: string }>();
  readonly #charts = new Map<string, AreaChart>();
  #closed = false;

  constructor({ input, output, terminal, onKey, onResize }: StageOptions) {
    // Old packages use `Buffer()`; a warning would be written across the screen.
    process.noDeprecation = true;
    this.#output = output;
    // Before blessed, which takes what it is not told for one column.
    this.#assumeSize();
    output.on('resize', this.#assumeSize);
    this.#screen = blessed.screen({
      input,
      output,
      // Own descriptions of these two are bundled, so that no terminal depends on what is installed.
      terminal: terminal === 'linux' ? 'linux' : 'xterm',
      smartCSR: true,
      fullUnicode: false,
      forceUnicode: true,
      warnings: false,
      dockBorders: false,
      // Lifeboat's own handlers come first, see `Dashboard`.
      ignoreLocked: [],
    } as Widgets.IScreenOptions);
    // Lines are sent as they are; the alternate character set shows letters on terminals that have none.
    const { tput } = this.#screen.program as unknown as { tput: { brokenACS: boolean; unicode: boolean } };
    tput.brokenACS = true;
    tput.unicode = true;
    this.#screen.program.hideCursor();
    this.#screen.on('keypress', (character: string | undefined, key: Widgets.Events.IKeyEventArg) => {
      for (const name of keyNames(character, key)) onKey(name);
    });
    this.#screen.on('resize', onResize);
  }

  /** A serial line does not tell its size; it has room for a screen of the usual one. */
  readonly #assumeSize = (): void => {
    this.#output.columns ||= SMALLEST.columns;
    this.#output.rows ||= SMALLEST.rows;
  };

  get size(): Size {
    return { columns: this.#screen.width as number, rows: this.#screen.height as number };
  }

  /** Shows these panes and no others. Only what differs from what is shown is sent to the terminal. */
  draw(panes: readonly Pane[], look: Look): void {
    if (this.#closed) return;
    const shown = new Set<string>();
    for (const pane of panes) {
      if (pane.rect.width < 1 || pane.rect.height < 1) continue;
      shown.add(pane.id);
      this.#show(pane, look);
    }
    for (const [id, { box }] of this.#boxes) if (!shown.has(id)) box.hide();
    for (const [id, chart] of this.#charts) if (!shown.has(id)) chart.hide();
    this.#screen.render();
  }

  /** Sends everything again, in case something else has written on the terminal. */
  repaint(): void {
    this.#screen.realloc();
    this.#screen.render();
  }

  /** Gives the terminal back as it was found. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#output.off('resize', this.#assumeSize);
    this.#screen.program.showCursor();
    this.#screen.destroy();
  }

  /** Hands the terminal to the shell (Ctrl-Z) until the program is continued. */
  suspend(): void {
    const screen = this.#screen as unknown as Pausable;
    const { program } = screen;
    // What gives the terminal back has to be out before the process stops; blessed keeps it until it goes on.
    program.flush();
    program.useBuffer = false;
    program.sigtstp(() => {
      program.useBuffer = true;
      screen.alloc();
      screen.render();
    });
  }

  #show(pane: Pane, look: Look): void {
    const { rect, chart } = pane;
    const content = paneRows(pane, look.charset)
      .map((row) => paintLine(row, look))
      .join('\n');
    const place = `${rect.left},${rect.top},${rect.width},${rect.height}`;
    const known = this.#boxes.get(pane.id) ?? this.#newBox(pane.id);
    if (known.rect !== place) placeBox(known.box, rect);
    if (known.content !== content) known.box.setContent(content);
    known.rect = place;
    known.content = content;
    known.box.show();
    if (chart) {
      const drawing = this.#charts.get(pane.id) ?? new AreaChart(this.#screen);
      this.#charts.set(pane.id, drawing);
      drawing.draw(chart, plotRect(pane), look);
    }
  }

  #newBox(id: string): { box: Widgets.BoxElement; content: string; rect: string } {
    const box = blessed.box({ parent: this.#screen, wrap: false, tags: false } as Widgets.BoxOptions);
    // Behind the charts that lie in the panes.
    box.setBack();
    const made = { box, content: '', rect: '' };
    this.#boxes.set(id, made);
    return made;
  }
}

const paintLine = (row: Line, look: Look): string =>
  row.map(({ text, tone }) => paintTone(text, tone, look)).join('');

function placeBox(box: Widgets.BoxElement, { left, top, width, height }: Rect): void {
  box.left = left;
  box.top = top;
  box.width = width;
  box.height = height;
}

function plotRect(pane: Pane): Rect {
  const { left, top, width, height } = innerRect(pane);
  return { left: left + AXIS_COLUMNS, top, width: width - AXIS_COLUMNS, height };
}
