import type { Source } from '../block/ports.ts';
import type { ByteRange } from '../block/range.ts';
import { mergeHoles } from '../ntfs/holes.ts';
import { SourceFailure } from '../ntfs/source-reader.ts';
import type { Chunk, VolumeReader } from '../ntfs/volume-reader.ts';
import { ReadingLimit } from './content/reading-limit.ts';

/** What a look at a disk has cost it so far. */
export interface Touched {
  /** Requests that were sent. */
  readonly reads: number;
  readonly bytes: number;
  /** Requests that the disk could not fulfil. */
  readonly failed: number;
  /** Those that took longer than ten seconds. */
  readonly slow: number;
}

/** Small enough to cost little, and a multiple of every sector size. */
const BLOCK_BYTES = 4096;
const MOST_REQUEST_BYTES = 2 ** 18;
/** After so many failing or very slow requests a mere look is not worth more harm. */
const MOST_TROUBLES = 3;
const SLOW_MS = 10_000;

/**
 * Looks at a disk without asking twice: what was read is kept, what failed is not asked for again, and after a few
 * failing or slow requests nothing more is asked for at all. A failed request is not narrowed down: that is the
 * business of a rescue, which keeps what it finds.
 */
export class Look {
  readonly #source: Source;
  readonly #onRequest: (touched: Touched) => void;
  readonly #blocks = new Map<number, Uint8Array | 'bad'>();
  #touched: Touched = { reads: 0, bytes: 0, failed: 0, slow: 0 };

  constructor(source: Source, onRequest: (touched: Touched) => void) {
    this.#source = source;
    this.#onRequest = onRequest;
  }

  get touched(): Touched {
    return this.#touched;
  }

  /** Whether the disk gave so much trouble that it is left alone. */
  get gaveUp(): boolean {
    return this.#touched.failed + this.#touched.slow >= MOST_TROUBLES;
  }

  /** Whether every request was answered well and soon. */
  get isQuiet(): boolean {
    return this.#touched.failed + this.#touched.slow === 0;
  }

  /**
   * A part of the disk. Its reads reject with a `ReadingLimit` once `allowanceBytes` of the disk were read through
   * it, and with a `SourceFailure` when the disk is gone.
   */
  part(startBytes: number, sizeBytes: number, allowanceBytes: number): VolumeReader {
    const before = (): number => this.#touched.bytes;
    const limit = before() + allowanceBytes;
    return {
      sizeBytes,
      read: async (offset, length) => {
        if (offset < 0 || length < 0 || offset + length > sizeBytes) {
          throw new RangeError(`${offset}+${length} leaves the part of ${sizeBytes} bytes`);
        }
        if (length > allowanceBytes || before() > limit) throw new ReadingLimit();
        return this.#read(startBytes + offset, length);
      },
    };
  }

  async #read(offset: number, length: number): Promise<Chunk> {
    const bytes = new Uint8Array(length);
    const holes: ByteRange[] = [];
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.ceil((offset + length) / BLOCK_BYTES);
    await this.#fetch(first, last);
    for (let number = first; number < last; number++) {
      const start = Math.max(0, number * BLOCK_BYTES - offset);
      const end = Math.min(length, (number + 1) * BLOCK_BYTES - offset);
      const block = this.#blocks.get(number);
      if (block === undefined || block === 'bad') holes.push({ start, end });
      else bytes.set(block.subarray(offset + start - number * BLOCK_BYTES).subarray(0, end - start), start);
    }
    return { bytes, holes: mergeHoles(holes) };
  }

  /** Sees to it that the blocks from `first` to before `last` were asked for. */
  async #fetch(first: number, last: number): Promise<void> {
    for (let number = first; number < last; ) {
      if (this.#blocks.has(number)) {
        number++;
        continue;
      }
      let end = number + 1;
      const most = number + MOST_REQUEST_BYTES / BLOCK_BYTES;
      while (end < last && end < most && !this.#blocks.has(end)) end++;
      if (this.gaveUp) return;
      await this.#request(number, end);
      number = end;
    }
  }

  async #request(first: number, last: number): Promise<void> {
    const start = first * BLOCK_BYTES;
    const length = Math.min(last * BLOCK_BYTES, this.#source.sizeBytes) - start;
    if (length <= 0) return;
    const memory = this.#source.allocate(length);
    const begun = performance.now();
    const outcome = await this.#source.read(start, length, memory);
    if (outcome.kind === 'gone') {
      throw new SourceFailure('gone', `The disk does not answer as one any more (${outcome.errno}).`);
    }
    if (outcome.kind === 'broken') throw new SourceFailure('broken', outcome.message);
    const isSlow = performance.now() - begun > SLOW_MS;
    const good = outcome.kind === 'done';
    for (let number = first; number < last; number++) {
      const at = (number - first) * BLOCK_BYTES;
      this.#blocks.set(number, good ? memory.slice(at, at + BLOCK_BYTES) : 'bad');
    }
    const { reads, bytes, failed, slow } = this.#touched;
    this.#touched = {
      reads: reads + 1,
      bytes: bytes + length,
      failed: failed + (good ? 0 : 1),
      slow: slow + (isSlow ? 1 : 0),
    };
    this.#onRequest(this.#touched);
  }
}
