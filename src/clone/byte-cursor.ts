import type { ByteStream } from './byte-input.ts';
import type { CloneError } from './clone-error.ts';

/** The place in a stream of bytes. */
export class ByteCursor {
  readonly #input: ByteStream;
  readonly #cut: (position: number) => CloneError;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Bytes before the chunk. */
  #before = 0;

  /** `cut` makes the error for a stream that ends at `position`, before it should. */
  constructor(input: ByteStream, cut: (position: number) => CloneError) {
    this.#input = input;
    this.#cut = cut;
  }

  get position(): number {
    return this.#before + this.#at;
  }

  hasByte(): boolean {
    return this.#at < this.#chunk.length;
  }

  byte(): number {
    return this.#chunk[this.#at++] as number;
  }

  /** `undefined` at the end. */
  async nextByte(): Promise<number | undefined> {
    return (await this.#refill()) ? this.byte() : undefined;
  }

  /** What is at hand without taking it, good until the call after the next; empty at the end. */
  async chunk(): Promise<Uint8Array> {
    if (!this.hasByte()) await this.#refill();
    return this.#chunk.subarray(this.#at);
  }

  /** The next bytes without taking them; fewer at the end. */
  async peek(length: number): Promise<Uint8Array> {
    const near = await this.chunk();
    if (near.length >= length || near.length === 0) return near.subarray(0, length);
    const rest = near.slice();
    const hasMore = await this.#refill();
    // Both together from now on: they are few.
    this.#before -= rest.length;
    this.#chunk = Buffer.concat([rest, this.#chunk]);
    return hasMore ? this.peek(length) : rest;
  }

  /** Copies what comes next, if all of it is at hand. */
  copy(into: Uint8Array): boolean {
    const end = this.#at + into.length;
    if (end > this.#chunk.length) return false;
    into.set(this.#chunk.subarray(this.#at, end));
    this.#at = end;
    return true;
  }

  /** Copies what comes next; rejects when the stream ends before. */
  async fill(into: Uint8Array): Promise<void> {
    let done = 0;
    await this.#move(into.length, (part) => {
      into.set(part, done);
      done += part.length;
    });
  }

  /** Passes over bytes; rejects when the stream ends before. */
  skip(bytes: number): Promise<void> {
    return this.#move(bytes, () => undefined);
  }

  async #move(bytes: number, use: (part: Uint8Array) => void): Promise<void> {
    for (let left = bytes; left > 0; ) {
      if (!this.hasByte() && !(await this.#refill())) throw this.#cut(this.position);
      const part = this.#chunk.subarray(this.#at, this.#at + left);
      use(part);
      this.#at += part.length;
      left -= part.length;
    }
  }

  async #refill(): Promise<boolean> {
    this.#before += this.#chunk.length;
    this.#at = 0;
    this.#chunk = await this.#input.next();
    return this.#chunk.length > 0;
  }
}
