import { durationText } from '../../text/quantity.ts';
import { type Line, line, toned } from '../frame/line.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, KEYS, type KeyBinding } from '../keys.ts';
import { shortName } from '../rescue/short-name.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { PathLine } from './path-line.ts';

/** A list that is being written. */
interface Writing {
  readonly path: string;
  readonly sinceMs: number;
  readonly ticking: NodeJS.Timeout;
}

/** The line of a screen in which the name of a new file is typed, and the wait until a list is in it. */
export class ListExport {
  readonly #path = new PathLine();
  #writing: Writing | undefined;

  /** Whether it takes the keys of its screen. */
  get isOpen(): boolean {
    return this.#path.isOpen;
  }

  /** Whether every letter is typed into it. */
  get typing(): boolean {
    return this.#path.isOpen && this.#writing === undefined;
  }

  get keys(): readonly KeyBinding[] {
    return bindingsOf(this.#writing ? KEYS.writing : KEYS.path);
  }

  open(path: string): void {
    this.#path.open(path);
  }

  /** Puts it away; what is being written is not waited for any more. False when it was not there. */
  close(): boolean {
    clearInterval(this.#writing?.ticking);
    this.#writing = undefined;
    return this.#path.close();
  }

  /** Takes a key; the path, when what was typed shall be taken. While a list is being written no key means anything. */
  key(key: string): string | undefined {
    if (this.#writing !== undefined || !this.#path.key(key)) return undefined;
    const { text } = this.#path;
    if (text === '') this.close();
    return text || undefined;
  }

  /** Waits for a list to be written, and says on `view` what came of it, also when that comes after it was left. */
  async wait(path: string, writing: Promise<string | undefined>, desk: Desk, view: View): Promise<void> {
    const ticking = setInterval(() => desk.changed(), 1000);
    const own: Writing = { path, sinceMs: Date.now(), ticking };
    this.#writing = own;
    const problem = await writing;
    clearInterval(ticking);
    if (this.#writing === own) {
      this.#writing = undefined;
      // Where it was refused another name can be typed.
      if (problem === undefined) this.#path.close();
    }
    if (desk.shows(view))
      desk.say(problem ?? WORDS.report.exported(path), problem === undefined ? 'plain' : 'warn');
  }

  lines(width: number): Line[] {
    if (this.#writing === undefined) return this.#path.lines(WORDS.report.exportTo, width);
    const { path, sinceMs } = this.#writing;
    const time = durationText((Date.now() - sinceMs) / 1000);
    return [
      line(toned('strong', WORDS.report.writing(shortName(path)).slice(0, width))),
      ...prose(`${WORDS.wait.since(time)} ${WORDS.report.leaveWriting}`, width),
    ];
  }
}
