import { line, spreadLine, toned } from './frame/line.ts';
import type { Pane, Rect } from './frame/pane.ts';
import { footerText, GLOBAL_KEYS, isKey } from './keys.ts';
import { CHART_ALPHABETS, type Look, SMALLEST } from './look.ts';
import type { Size } from './stage/stage.ts';
import type { Desk, StatusLine, View } from './view.ts';
import { HelpView } from './views/help-view.ts';
import { WORDS } from './words.ts';

/** The terminal as the dashboard needs it. */
export interface DashboardStage {
  readonly size: Size;
  draw(panes: readonly Pane[], look: Look): void;
  repaint(): void;
  suspend(): void;
}

/** What keys do beyond the views. */
export interface DeskKeys {
  quit(desk: Desk): void;
  settings(desk: Desk): void;
  /** On the machine itself: only in the live image. */
  readonly machine: MachineKeys | undefined;
}

export interface MachineKeys {
  letters(desk: Desk): void;
  keyboard(desk: Desk): void;
}

/** What happens by itself is drawn at most so often: jobs tell much, and nobody reads faster. */
const DRAW_INTERVAL_MS = 333;
/** What follows from a key is drawn sooner. */
const KEY_INTERVAL_MS = 50;

/** Holds the views on top of each other, gives keys to the uppermost and draws it when something has changed. */
export class Dashboard implements Desk {
  readonly #stage: DashboardStage;
  readonly #status: StatusLine;
  readonly #keys: DeskKeys;
  readonly #views: View[];
  #look: Look;
  #message = toned('plain', '');
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(stage: DashboardStage, look: Look, first: View, status: StatusLine, keys: DeskKeys) {
    this.#stage = stage;
    this.#look = look;
    this.#views = [first];
    this.#status = status;
    this.#keys = keys;
    first.opened?.(this);
    this.changed();
  }

  get look(): Look {
    return this.#look;
  }

  open(view: View): void {
    this.#views.push(view);
    this.#arrived(view);
  }

  swap(old: View, view: View): void {
    const at = this.#views.indexOf(old);
    if (at < 0) return;
    this.#views[at] = view;
    old.closed?.();
    if (at === this.#views.length - 1) this.#arrived(view);
  }

  back(): void {
    if (this.#views.length < 2) return;
    this.#views.pop()?.closed?.();
    this.#arrived(this.#top);
  }

  home(): void {
    while (this.#views.length > 1) this.#views.pop()?.closed?.();
    this.#arrived(this.#top);
  }

  shows(view: View): boolean {
    return this.#top === view;
  }

  holds(view: View): boolean {
    return this.#views.includes(view);
  }

  changed(): void {
    this.#drawWithin(DRAW_INTERVAL_MS);
  }

  say(text: string, tone: 'plain' | 'warn' | 'bad' = 'plain'): void {
    this.#message = toned(tone, text);
    this.changed();
  }

  show(look: Look): void {
    this.#look = look;
    this.changed();
  }

  /** Draws everything anew at the terminal's new size. */
  resized(): void {
    this.changed();
  }

  /** Takes a key, as `keyName` calls it. */
  key(key: string): void {
    this.#message = toned('plain', '');
    this.#drawWithin(KEY_INTERVAL_MS);
    if (this.#isTooSmall) {
      this.#unseen(key);
      return;
    }
    const view = this.#top;
    const typed = view.typing && (key.length === 1 || key === 'backspace' || key === 'space');
    if (!typed && this.#global(key)) return;
    view.key(key, this);
  }

  /** Ends drawing; the stage may be closed. */
  close(): void {
    clearTimeout(this.#timer);
    for (const view of this.#views.splice(1)) view.closed?.();
    this.#top.closed?.();
  }

  /** Draws when so much time has passed since it was drawn last, unless that is to happen sooner already. */
  #drawWithin(intervalMs: number): void {
    const nowMs = performance.now();
    const dueMs = Math.max(nowMs, this.#drawnAt + intervalMs);
    if (dueMs >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    // The same moment that it is due from: Node warns of a time that has passed, on the terminal.
    this.#timer = setTimeout(() => this.#draw(), dueMs - nowMs);
  }

  get #top(): View {
    return this.#views[this.#views.length - 1] as View;
  }

  #arrived(view: View): void {
    view.opened?.(this);
    this.changed();
  }

  /** Where no view can be seen, a key must not do what one says of it: only what is about the terminal is left. */
  #unseen(key: string): void {
    const { repaint, suspend, quit } = GLOBAL_KEYS;
    if ([repaint, suspend, quit].some((binding) => isKey(key, binding))) this.#global(key);
  }

  get #isTooSmall(): boolean {
    const { columns, rows } = this.#stage.size;
    return columns < SMALLEST.columns || rows < SMALLEST.rows;
  }

  /** Keys that mean the same everywhere. */
  #global(key: string): boolean {
    const { help, back, charts, letters, colours, keyboard, settings, repaint, suspend, quit } = GLOBAL_KEYS;
    if (isKey(key, help)) {
      if (!(this.#top instanceof HelpView)) this.open(new HelpView(this.#top));
    } else if (isKey(key, back)) {
      if (!this.#top.dismiss?.()) this.back();
    } else if (isKey(key, charts)) this.#nextAlphabet();
    else if (isKey(key, colours)) this.#otherColours();
    else if (isKey(key, letters)) this.#onMachine((machine) => machine.letters(this));
    else if (isKey(key, keyboard)) this.#onMachine((machine) => machine.keyboard(this));
    else if (isKey(key, settings)) this.#keys.settings(this);
    else if (isKey(key, repaint)) this.#stage.repaint();
    else if (isKey(key, suspend)) this.#stage.suspend();
    else if (isKey(key, quit)) this.#keys.quit(this);
    else return false;
    return true;
  }

  #onMachine(act: (machine: MachineKeys) => void): void {
    if (this.#keys.machine) act(this.#keys.machine);
    else this.say(WORDS.onlyLive, 'warn');
  }

  #otherColours(): void {
    this.#look = { ...this.#look, colour: !this.#look.colour };
    this.say(WORDS.coloursNow(this.#look.colour));
  }

  #nextAlphabet(): void {
    const { charset, charts } = this.#look;
    if (charset === 'ascii') {
      this.say(WORDS.onlyAscii, 'warn');
      return;
    }
    const next = (CHART_ALPHABETS.indexOf(charts) + 1) % CHART_ALPHABETS.length;
    const alphabet = CHART_ALPHABETS[next] ?? 'ascii';
    this.#look = { ...this.#look, charts: alphabet };
    this.say(WORDS.chartsNow(alphabet));
  }

  #draw(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#drawnAt = performance.now();
    this.#stage.draw(this.#panes(), this.#look);
  }

  #panes(): Pane[] {
    const { columns, rows } = this.#stage.size;
    const row = (id: string, top: number): { id: string; rect: Rect } => ({
      id,
      rect: { left: 0, top, width: columns, height: 1 },
    });
    if (this.#isTooSmall) {
      const lines = [line(WORDS.tooSmall(columns, rows)), line(WORDS.tooSmallAdvice)];
      return [{ id: 'small', rect: { left: 0, top: 0, width: columns, height: Math.min(rows, 2) }, lines }];
    }
    const view = this.#top;
    const title = line(toned('strong', ` ${WORDS.name}`), ` │ ${view.title}`);
    const area = { left: 0, top: 1, width: columns, height: rows - 3 };
    return [
      { ...row('title', 0), lines: [spreadLine(title, [...this.#status(), toned('plain', ' ')], columns)] },
      ...view.panes(area, this.#look),
      {
        ...row('message', rows - 2),
        lines: [line(' ', this.#message.text ? this.#message : (view.hint ?? ''))],
      },
      { ...row('footer', rows - 1), lines: [line(toned('strong', footerText(view.keys, columns)))] },
    ];
  }
}
