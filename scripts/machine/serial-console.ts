import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connected } from './socket.ts';

const KEPT_CHARACTERS = 1 << 20;

/** The serial console of a machine: what it says, and commands for its shell. */
export class SerialConsole {
  readonly #socket: Socket;
  #said = '';
  /** So much of it was waited for already. */
  #seen = 0;
  #closed = false;
  #changed: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      this.#said += text;
      const cut = Math.max(0, this.#said.length - KEPT_CHARACTERS);
      this.#said = this.#said.slice(cut);
      this.#seen = Math.max(0, this.#seen - cut);
      this.#changed();
    });
    const end = (): void => {
      this.#closed = true;
      this.#changed();
    };
    socket.on('error', end);
    socket.on('close', end);
  }

  /** `qemu` is the process whose serial line it is. */
  static async connect(path: string, qemu: ChildProcess): Promise<SerialConsole> {
    return new SerialConsole(await connected(path, qemu));
  }

  /** Everything that was said, for messages. */
  get transcript(): string {
    return this.#said;
  }

  /** Waits for words that come after those waited for before; undefined when the machine ends first. */
  async waitFor(words: RegExp, withinMs: number): Promise<RegExpExecArray | undefined> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = words.exec(this.#said.slice(this.#seen));
      if (found !== null) {
        this.#seen += found.index + found[0].length;
        return found;
      }
      if (this.#closed) return undefined;
      if (performance.now() > deadline) {
        throw new Error(`the machine did not say ${words}; its last words: ${this.#said.slice(-2000)}`);
      }
      const changed = new Promise<void>((done) => {
        this.#changed = done;
      });
      await Promise.race([
        changed,
        sleep(Math.max(1, deadline - performance.now()), undefined, { ref: false }),
      ]);
    }
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  close(): void {
    this.#socket.destroy();
  }
}
