import { type FileHandle, open } from 'node:fs/promises';

const SECTOR = 512;

/** Picks whole numbers from 0 up to, not including, `below`. */
type Pick = (below: number) => number;

/**
 * A disk with a cache that forgets: what was written since the last flush is in memory only, and when the power is cut
 * each of its sectors keeps any of the contents that it had since then, whatever became of its neighbours. So drives
 * behave that write in the order that suits them, and tear long writes.
 */
export class VolatileDisk {
  readonly sizeBytes: number;
  readonly #file: FileHandle;
  /** For each sector that was written since the last flush: its contents, the oldest first. */
  readonly #cached = new Map<number, Buffer[]>();
  #requests = 0;
  #isOff = false;
  /** Told of each write and flush before it is carried out, with the number of those before it. */
  onRequest: (before: number) => void = () => undefined;

  private constructor(file: FileHandle, sizeBytes: number) {
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  /** Over an image file of whole sectors. */
  static async open(path: string): Promise<VolatileDisk> {
    const file = await open(path, 'r+');
    return new VolatileDisk(file, (await file.stat()).size);
  }

  /** Writes and flushes so far. */
  get requests(): number {
    return this.#requests;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    await this.#file.read(bytes, 0, length, offset);
    for (let at = 0; at < length; at += SECTOR) {
      this.#cached
        .get((offset + at) / SECTOR)
        ?.at(-1)
        ?.copy(bytes, at);
    }
    return bytes;
  }

  async write(offset: number, data: Buffer): Promise<0> {
    if (this.#isOff) return 0;
    this.onRequest(this.#requests++);
    for (let at = 0; at < data.length; at += SECTOR) {
      const sector = (offset + at) / SECTOR;
      const content = Buffer.from(data.subarray(at, at + SECTOR));
      const known = this.#cached.get(sector);
      if (known === undefined) this.#cached.set(sector, [content]);
      else known.push(content);
    }
    return 0;
  }

  async flush(): Promise<0> {
    if (this.#isOff) return 0;
    this.onRequest(this.#requests++);
    await this.#settle((contents) => contents.at(-1));
    return 0;
  }

  /**
   * What the power cut leaves; returns how many sectors kept something older than their last content. What still comes
   * after it, out of the buffers of whoever was cut off, reaches nobody.
   */
  async cut(pick: Pick): Promise<number> {
    this.#isOff = true;
    let lost = 0;
    // Some drives write nearly everything in time, others nothing.
    const mercy = pick(4);
    await this.#settle((contents) => {
      const keeps =
        mercy === 0 ? 0 : mercy === 3 && pick(8) > 0 ? contents.length : pick(contents.length + 1);
      if (keeps < contents.length) lost++;
      return contents[keeps - 1];
    });
    return lost;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #settle(choose: (contents: readonly Buffer[]) => Buffer | undefined): Promise<void> {
    const cached = [...this.#cached];
    this.#cached.clear();
    for (const [sector, contents] of cached) {
      const kept = choose(contents);
      if (kept !== undefined) await this.#file.write(kept, 0, kept.length, sector * SECTOR);
    }
  }
}
