import type { Readable } from 'node:stream';

/** Takes exact numbers of bytes out of a stream. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #waiting: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The next `count` bytes; undefined when the stream ends before them. */
  async take(count: number): Promise<Buffer | undefined> {
    while (this.#waiting.length < count) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return undefined;
      this.#waiting = this.#waiting.length === 0 ? value : Buffer.concat([this.#waiting, value]);
    }
    const taken = this.#waiting.subarray(0, count);
    this.#waiting = this.#waiting.subarray(count);
    return taken;
  }
}
