import type { Target } from '../block/ports.ts';
import type { ByteRange } from '../block/range.ts';
import type { Chunk, VolumeReader } from '../ntfs/volume-reader.ts';
import type { BlockMap } from './block-map.ts';
import { targetInterruption } from './interruption.ts';

/** Rescues a stretch that was never tried, as far as it can; afterwards the map says what became of it. */
export type Fetch = (stretch: ByteRange) => Promise<void>;

/**
 * The volume as far as it is saved: bytes come from the target, never twice from the source. With `fetch`, sectors
 * that nobody has tried yet are rescued when they are asked for, in whole units of the medium; without it they are holes like the bad ones.
 */
export class RescuedView implements VolumeReader {
  readonly sizeBytes: number;
  readonly #map: BlockMap;
  readonly #target: Target;
  readonly #unitBytes: number;
  readonly #fetch: Fetch | undefined;

  constructor(map: BlockMap, target: Target, unitBytes: number, fetch?: Fetch) {
    this.sizeBytes = map.sizeBytes;
    this.#map = map;
    this.#target = target;
    this.#unitBytes = unitBytes;
    this.#fetch = fetch;
  }

  async read(offset: number, length: number): Promise<Chunk> {
    if (offset < 0 || length < 0 || offset + length > this.sizeBytes) {
      throw new RangeError(`${offset}+${length} leaves the volume of ${this.sizeBytes} bytes`);
    }
    if (this.#fetch) await this.#fetchMissing(offset, offset + length, this.#fetch);
    const bytes = new Uint8Array(length);
    const holes: { start: number; end: number }[] = [];
    for (const run of this.#map.runs(offset, offset + length)) {
      const start = run.start - offset;
      const end = run.end - offset;
      const last = holes.at(-1);
      if (run.status === '+') {
        const outcome = await this.#target.read(run.start, end - start, bytes.subarray(start, end));
        if (outcome.kind !== 'done') throw targetInterruption(outcome.errno, run.start);
      } else if (last && last.end === start) {
        last.end = end;
      } else {
        holes.push({ start, end });
      }
    }
    return { bytes, holes };
  }

  async #fetchMissing(start: number, end: number, fetch: Fetch): Promise<void> {
    const unit = this.#unitBytes;
    const from = Math.floor(start / unit) * unit;
    const to = Math.min(this.sizeBytes, Math.ceil(end / unit) * unit);
    for (const run of [...this.#map.runs(from, to)]) if (run.status === '?') await fetch(run);
  }
}
