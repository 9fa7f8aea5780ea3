import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { writeAll } from '../../block/durable-file.ts';

const ZEROS = new Uint8Array(2 ** 20);

/** Writes one content from its beginning to its end; what is left out becomes holes or zeros. */
export class ContentWriter {
  readonly #file: FileHandle;
  readonly #sizeBytes: number;
  readonly #sparse: boolean;
  #position = 0;

  private constructor(file: FileHandle, sizeBytes: number, sparse: boolean) {
    this.#file = file;
    this.#sizeBytes = sizeBytes;
    this.#sparse = sparse;
  }

  /** `path` may name a stream; what it holds is lost. */
  static async open(path: Buffer, sizeBytes: number, sparse: boolean): Promise<ContentWriter> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
    return new ContentWriter(await open(path, flags, 0o600), sizeBytes, sparse);
  }

  /** Bytes must come in ascending order; those behind the size are dropped. */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    if (offset < this.#position) throw new RangeError(`bytes at ${offset} behind ${this.#position}`);
    await this.#skipTo(Math.min(offset, this.#sizeBytes));
    const part = bytes.subarray(0, Math.max(0, this.#sizeBytes - offset));
    await writeAll(this.#file, part, offset);
    this.#position = Math.min(this.#sizeBytes, offset + part.length);
  }

  async end(): Promise<void> {
    try {
      await this.#skipTo(this.#sizeBytes);
      await this.#file.truncate(this.#sizeBytes);
    } finally {
      await this.#file.close();
    }
  }

  abandon(): Promise<void> {
    return this.#file.close();
  }

  async #skipTo(offset: number): Promise<void> {
    if (this.#sparse) {
      this.#position = offset;
      return;
    }
    while (this.#position < offset) {
      const part = ZEROS.subarray(0, Math.min(ZEROS.length, offset - this.#position));
      await writeAll(this.#file, part, this.#position);
      this.#position += part.length;
    }
  }
}
