import type { Outcome } from '../block/outcome.ts';
import type { ByteRange } from '../block/range.ts';

/** A sector that was saved, as it was read from the source. */
interface Sample {
  readonly start: number;
  readonly bytes: Uint8Array;
  /** Sectors of one repeated byte are alike on many disks, and prove little. */
  readonly isBlank: boolean;
  /** The flush that was to come when it was written to the target. */
  flush: number;
}

/** What comparing a device with samples has shown. */
export interface Comparison {
  /** Telling sectors that were the same. */
  readonly same: number;
  /** Where the first sector lies that is another; undefined when none is. */
  readonly differsAt: number | undefined;
  /** Where a sector could not be read; undefined when all could. */
  readonly unreadableAt: number | undefined;
  /** The device was gone. */
  readonly isGone: boolean;
}

/** Reads a stretch of a device; `into` is as long as the stretch. */
export type ReadBytes = (start: number, length: number, into: Uint8Array) => Promise<Outcome>;

/** Samples that are kept at most, one for each equal part of the source. */
const PARTS = 4096;
const SMALLEST_PART_BYTES = 256 << 10;
/** So many sectors of a stretch are looked at for one that tells something. */
const TRIES = 8;
/** The latest samples, wherever they lie. */
const LATEST = 32;

/**
 * Remembers single sectors of what was saved, spread over the whole source: they tell whether a disk that came back
 * is the same, and whether the target holds what was written to it. The beginning, where a volume has its serial
 * number, is always among them.
 */
export class Samples {
  readonly #partBytes: number;
  readonly #unitBytes: number;
  readonly #parts = new Map<number, Sample>();
  #latest: Sample[] = [];
  /** Numbers of the flush that is to come, and of the last one that succeeded. */
  #nextFlush = 1;
  #lastFlush = 0;
  #cursor = 0;

  constructor(source: { readonly sizeBytes: number; readonly sectorBytes: number }) {
    this.#unitBytes = source.sectorBytes;
    this.#partBytes = Math.max(SMALLEST_PART_BYTES, Math.ceil(source.sizeBytes / PARTS));
  }

  /** Takes in a stretch of whole sectors that was read, and written to the target. */
  note(start: number, bytes: Uint8Array): void {
    const sample = this.#choose(start, bytes);
    if (!sample) return;
    this.#latest = [...this.#latest.filter((each) => each.start !== sample.start), sample].slice(-LATEST);
    const part = sample.start === 0 ? -1 : Math.floor(sample.start / this.#partBytes);
    const known = this.#parts.get(part);
    const isNewer = known && known.start >= start && known.start < start + bytes.length;
    if (!known || isNewer || (known.isBlank && !sample.isBlank)) this.#parts.set(part, sample);
  }

  #choose(start: number, bytes: Uint8Array): Sample | undefined {
    const unit = this.#unitBytes;
    const count = Math.floor(bytes.length / unit);
    if (count === 0) return undefined;
    // The last sector of a stretch is as good as the first, and shows a target that ends too early.
    const step = Math.max(1, Math.floor(count / TRIES));
    let chosen = 0;
    if (start > 0) {
      for (chosen = count - 1; chosen >= step; chosen -= step) {
        if (!isBlank(bytes.subarray(chosen * unit, (chosen + 1) * unit))) break;
      }
    }
    const copy = bytes.slice(chosen * unit, (chosen + 1) * unit);
    return { start: start + chosen * unit, bytes: copy, isBlank: isBlank(copy), flush: this.#nextFlush };
  }

  /** A flush of the target begins; returns what is to be called when it has succeeded. */
  flushing(): () => void {
    const flush = this.#nextFlush++;
    return () => {
      this.#lastFlush = Math.max(this.#lastFlush, flush);
    };
  }

  /** What was not flushed is not on the target any more. */
  lost(): void {
    for (const sample of [...this.#parts.values(), ...this.#latest]) {
      if (sample.flush > this.#lastFlush) sample.flush = Number.POSITIVE_INFINITY;
    }
  }

  get #stable(): Sample[] {
    return [...this.#parts.values()].filter(({ flush }) => flush <= this.#lastFlush);
  }

  /** A few samples from everywhere, the beginning first: for knowing a source again. */
  ofSource(count: number): readonly Sample[] {
    return spread([...this.#parts.values()], count);
  }

  /** A few samples from everywhere that the target has on stable storage: for knowing it again. */
  ofTarget(count: number): readonly Sample[] {
    return spread(this.#stable, count);
  }

  /** Some of the latest that were flushed, the one that lies highest among them, and some older ones in turn. */
  toReadBack(latest: number, older: number): readonly Sample[] {
    const flushed = this.#latest.filter(({ flush }) => flush <= this.#lastFlush);
    this.#latest = this.#latest.filter(({ flush }) => flush > this.#lastFlush);
    const highest = flushed.reduce<Sample | undefined>(
      (best, each) => (best && best.start > each.start ? best : each),
      undefined,
    );
    const stable = this.#stable;
    const old = Array.from(
      { length: Math.min(older, stable.length) },
      () => stable[this.#cursor++ % stable.length],
    );
    const chosen = [highest, ...flushed.slice(1 - latest), ...old].filter((sample) => sample !== undefined);
    return [...new Set(chosen)];
  }

  /** All that the target has on stable storage, in an order that leaps about. */
  toReadBackAtEnd(): readonly Sample[] {
    const stable = this.#stable.sort((a, b) => a.start - b.start);
    const stride = 61;
    return Array.from({ length: stride }, (_, first) => stable.filter((_, i) => i % stride === first)).flat();
  }
}

/** Compares samples with what `read` gives; ends at the first difference. */
export async function compareSamples(samples: Iterable<Sample>, read: ReadBytes): Promise<Comparison> {
  let same = 0;
  let unreadableAt: number | undefined;
  for (const { start, bytes, isBlank: blank } of samples) {
    const found = new Uint8Array(bytes.length);
    const outcome = await read(start, bytes.length, found);
    if (outcome.kind === 'gone') return { same, differsAt: undefined, unreadableAt, isGone: true };
    if (outcome.kind !== 'done') unreadableAt ??= start;
    else if (found.some((byte, i) => byte !== bytes[i])) {
      return { same, differsAt: start, unreadableAt, isGone: false };
    } else if (!blank) same++;
  }
  return { same, differsAt: undefined, unreadableAt, isGone: false };
}

/** Fills `samples` from a target that holds what is `saved`. */
export async function sampleTarget(
  samples: Samples,
  saved: readonly ByteRange[],
  unitBytes: number,
  read: ReadBytes,
): Promise<void> {
  const settled = samples.flushing();
  const step = Math.max(1, Math.floor(saved.length / TRIES));
  for (let i = 0; i < saved.length; i += step) {
    const range = saved[i];
    const length = Math.min(TRIES * unitBytes, (range?.end ?? 0) - (range?.start ?? 0));
    const bytes = new Uint8Array(length - (length % unitBytes));
    if (!range || bytes.length === 0) continue;
    if ((await read(range.start, bytes.length, bytes)).kind === 'done') samples.note(range.start, bytes);
  }
  settled();
}

/** Whether all bytes are the same. */
export const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === bytes[0]);

/** `count` of the samples, telling ones first, the beginning always, the others from everywhere. */
function spread(samples: readonly Sample[], count: number): Sample[] {
  const sorted = samples.filter(({ isBlank: blank }) => !blank).sort((a, b) => a.start - b.start);
  if (sorted.length <= count) return sorted;
  return Array.from(
    { length: count },
    (_, i) => sorted[Math.floor((i * (sorted.length - 1)) / (count - 1))],
  ).filter((sample) => sample !== undefined);
}
