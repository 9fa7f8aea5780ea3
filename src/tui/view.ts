import type { Line } from './frame/line.ts';
import type { Pane, Rect } from './frame/pane.ts';
import type { KeyBinding } from './keys.ts';
import type { Look } from './look.ts';

/** One screen. It holds what it shows, draws itself as panes, and is told the keys that are its own. */
export interface View {
  /** What it is about, for the first row. */
  readonly title: string;
  /** Its own keys, most important first. */
  readonly keys: readonly KeyBinding[];
  /** The panes it is made of, inside of `area`. Called often: it must only look at what is known. */
  panes(area: Rect, look: Look): readonly Pane[];
  /** Takes a key; the desk hears of everything that follows from it. */
  key(key: string, desk: Desk): void;
  /** A sentence for the help screen: what this screen is for. */
  readonly purpose: string;
  /** What stands above the footer while nothing else is to be said. */
  readonly hint?: string;
  /** It came into view, at first or again. */
  opened?(desk: Desk): void;
  /** It left for good. */
  closed?(): void;
  /** Takes every printable key and Backspace itself, because something is being typed. */
  readonly typing?: boolean;
  /** Esc: puts away something of its own first, such as a line that is typed into. False when there is nothing. */
  dismiss?(): boolean;
}

/** What a view may ask of the dashboard. */
export interface Desk {
  readonly look: Look;
  /** Shows another view on top of this one. */
  open(view: View): void;
  /** Puts a view in the place of another, wherever that is; nothing happens when it was left already. */
  swap(old: View, view: View): void;
  /** Back to the view below; from the first one nothing happens. */
  back(): void;
  /** Back to the very first view. */
  home(): void;
  /** Whether that view is the one in view. */
  shows(view: View): boolean;
  /** Whether that view is in view, or below it. */
  holds(view: View): boolean;
  /** Something that is shown has changed. */
  changed(): void;
  /** A sentence in the row above the footer, until the next key. */
  say(text: string, tone?: 'plain' | 'warn' | 'bad'): void;
  /** Takes another look, until the program ends. */
  show(look: Look): void;
}

/** A row that is always in view, given by whoever opened the dashboard. */
export type StatusLine = () => Line;
