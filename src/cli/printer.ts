import { once } from 'node:events';

/** Pending text that is handed on at once. */
const FLUSH_CHARACTERS = 16_384;

/** Writes many lines without holding more of them than the reader has yet to take. */
export class Printer {
  readonly #stream: NodeJS.WriteStream;
  #pending = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  async line(text: string): Promise<void> {
    this.#pending += `${text}\n`;
    if (this.#pending.length >= FLUSH_CHARACTERS) await this.#flush();
  }

  /** Resolves when all of it is out: the program may end then. */
  async end(): Promise<void> {
    await this.#flush();
    await new Promise<void>((done) => this.#stream.write('', () => done()));
  }

  async #flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    if (!this.#stream.write(text)) await once(this.#stream, 'drain');
  }
}
