import type { Target } from '../block/ports.ts';
import type { ByteRange } from '../block/range.ts';
import type { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from './block-map.ts';
import { unitStart } from './blocks.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { Clock } from './clock.ts';
import { type Fill, fillBytes } from './fill.ts';
import { Interruption, targetInterruption } from './interruption.ts';
import type { Samples } from './samples.ts';
import type { SourceKeeper } from './source-keeper.ts';
import type { Unflushed } from './unflushed.ts';

/** Counters of what was asked of the source. */
export interface ReadCounters {
  reads: number;
  failedReads: number;
  bytesRead: number;
  /** Sum and number of the times that failing reads took, in milliseconds. */
  failedMs: number;
  /** Reads that narrow damage down to single units, and those of them that failed. */
  narrowingReads: number;
  narrowingFailures: number;
}

/** What became of a request. */
export interface Attempt {
  readonly readable: boolean;
  /** Time that the disk spent on it: since it was asked, or since its last answer if that came later. */
  readonly serviceMs: number;
  /** Where the sector begins that the drive has named as unreadable; undefined when it has named none. */
  readonly namedBytes?: number | undefined;
  /** The disk was lost while it was asked, and is back: whether it can be read is not known. */
  readonly wasLost?: boolean;
}

/** A request that the source has not answered yet. */
export interface PendingRead extends ByteRange {
  readonly sinceMs: number;
}

/** A place that is known to be readable is asked so often before a disk that is lost each time counts as hung. */
const PROBE_TRIES = 3;
const FILL_CHUNK_BYTES = 1 << 20;

/**
 * Carries sectors from the source to the target: the only place where the source is read, and where the map learns
 * that a sector is finished.
 */
export class Saver {
  readonly counters: ReadCounters = {
    reads: 0,
    failedReads: 0,
    bytesRead: 0,
    failedMs: 0,
    narrowingReads: 0,
    narrowingFailures: 0,
  };
  /** Sector size of the markers: the volume's, when it is known and smaller than the device's. */
  markerSectorBytes: number;
  readonly #sources: SourceKeeper;
  readonly #target: Target;
  readonly #map: BlockMap;
  readonly #clock: Clock;
  readonly #fill: Fill;
  readonly #checkpointer: Checkpointer;
  readonly #unflushed: Unflushed;
  readonly #samples: Samples;
  readonly #saved: ((start: number, data: Uint8Array) => void) | undefined;
  readonly #pool: Uint8Array[] = [];
  readonly #pending = new Set<PendingRead>();
  readonly #working = new Set<Promise<void>>();
  #lastAnswerMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(
    sources: SourceKeeper,
    target: Target,
    map: BlockMap,
    clock: Clock,
    fill: Fill,
    checkpointer: Checkpointer,
    unflushed: Unflushed,
    samples: Samples,
    saved: ((start: number, data: Uint8Array) => void) | undefined,
  ) {
    this.#saved = saved;
    this.#sources = sources;
    this.#target = target;
    this.#map = map;
    this.#clock = clock;
    this.#fill = fill;
    this.#checkpointer = checkpointer;
    this.#unflushed = unflushed;
    this.#samples = samples;
    this.markerSectorBytes = sources.current.sectorBytes;
  }

  /** The request that has waited longest for the source. */
  get longestPending(): PendingRead | undefined {
    let longest: PendingRead | undefined;
    for (const read of this.#pending) if (!longest || read.sinceMs < longest.sinceMs) longest = read;
    return longest;
  }

  /** How often the source was lost and came back. */
  get returns(): number {
    return this.#sources.returns;
  }

  /**
   * Reads a stretch and saves those of its bytes that are in `wanted` and not finished yet; the map then says `+`.
   * `losses` is how often the disk was lost at this request already. Throws an `Interruption` when source or target
   * fail as a whole.
   */
  async attempt(request: ByteRange, wanted: RangeSet, losses = 0): Promise<Attempt> {
    // A map that was begun while the disk told of smaller sectors cuts through those of today.
    const whole = this.#wholeSectors(request);
    const buffer = this.#take(whole.end - whole.start);
    const attempt = await this.#read(whole, buffer, losses);
    const data = buffer.subarray(request.start - whole.start);
    if (attempt.readable) await this.#tracked(this.#save(request, data, wanted));
    this.#give(buffer);
    return attempt;
  }

  /** Whether a stretch can be read now; nothing is saved or noted. False too when the disk is lost each time. */
  async probe(request: ByteRange): Promise<boolean> {
    const buffer = this.#take(request.end - request.start);
    let attempt = await this.#read(request, buffer, 0);
    for (let losses = 1; attempt.wasLost && losses < PROBE_TRIES; losses++) {
      attempt = await this.#read(request, buffer, losses);
    }
    this.#give(buffer);
    return attempt.readable;
  }

  /** Puts the fill over a stretch of whole sectors. To be called before the map calls it bad. */
  mark(stretch: ByteRange): Promise<void> {
    return this.#tracked(this.#mark(stretch, this.#fill));
  }

  async #read(request: ByteRange, into: Uint8Array, losses: number): Promise<Attempt> {
    for (;;) {
      const source = this.#sources.current;
      const pending = { ...request, sinceMs: this.#clock.now() };
      this.#pending.add(pending);
      this.counters.reads++;
      const outcome = await source.read(request.start, request.end - request.start, into);
      this.#pending.delete(pending);
      // What comes back after the end is nobody's any more, and must not change the map.
      if (this.#closed) return new Promise(() => undefined);
      const now = this.#clock.now();
      const serviceMs = now - Math.max(pending.sinceMs, this.#lastAnswerMs);
      this.#lastAnswerMs = now;
      if (outcome.kind === 'done') {
        this.counters.bytesRead += request.end - request.start;
        return { readable: true, serviceMs };
      }
      // What a source says that was lost meanwhile says nothing about its sectors.
      if (source !== this.#sources.current) continue;
      const position = request.start;
      const { errno } = outcome;
      switch (outcome.kind) {
        case 'bad':
          this.counters.failedReads++;
          this.counters.failedMs += serviceMs;
          return { readable: false, serviceMs, namedBytes: outcome.namedBytes };
        case 'gone':
          if (await this.#sources.regain(source, errno, position, losses + 1))
            return { readable: false, serviceMs, wasLost: true };
          throw new Interruption({ kind: 'source-gone', position, errno });
        case 'broken':
          throw new Interruption({ kind: 'source-broken', position, errno, message: outcome.message });
      }
    }
  }

  /** Writes what is wanted of a request that was read. What is left of it at the end of all work stays undone. */
  async #save(request: ByteRange, buffer: Uint8Array, wanted: RangeSet): Promise<void> {
    for (const piece of this.#unfinished(request, wanted)) {
      // Markers may be on their way to what was not saved by then; data must not race them.
      if (this.#closed) return;
      const from = piece.start - request.start;
      const data = buffer.subarray(from, from + piece.end - piece.start);
      const writing = this.#write(piece.start, data);
      // While the system writes it. Of what is not saved in the end the map says so, whatever is known of it.
      this.#saved?.(piece.start, data);
      await writing;
      this.#map.set(piece.start, piece.end, '+');
      this.#unflushed.note(piece.start, piece.end, true);
      this.#samples.note(piece.start, data);
      this.#checkpointer.note(piece.end - piece.start);
    }
  }

  async #mark(stretch: ByteRange, fill: Fill): Promise<void> {
    if (fill === 'keep') return;
    for (let at = stretch.start; at < stretch.end; at += FILL_CHUNK_BYTES) {
      const length = Math.min(FILL_CHUNK_BYTES, stretch.end - at);
      await this.#write(at, fillBytes(fill, length, this.markerSectorBytes));
      this.#unflushed.note(at, at + length, false);
    }
    this.#checkpointer.note(stretch.end - stretch.start);
  }

  /** Keeps the work in the list of what `close` waits for. */
  async #tracked(work: Promise<void>): Promise<void> {
    this.#working.add(work);
    try {
      await work;
    } finally {
      this.#working.delete(work);
    }
  }

  /** Ends all work: reads that the source still holds are dropped when they come back. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#working);
  }

  #unfinished(request: ByteRange, wanted: RangeSet): ByteRange[] {
    const pieces: ByteRange[] = [];
    for (const piece of wanted.within(request.start, request.end)) {
      for (const run of this.#map.runs(piece.start, piece.end)) if (run.status !== '+') pieces.push(run);
    }
    return pieces;
  }

  async #write(offset: number, data: Uint8Array): Promise<void> {
    const outcome = await this.#target.write(offset, data);
    if (outcome.kind !== 'done') throw targetInterruption(outcome.errno, offset);
  }

  #wholeSectors({ start, end }: ByteRange): ByteRange {
    const { sectorBytes, sizeBytes } = this.#sources.current;
    return {
      start: unitStart(start, sectorBytes),
      end: Math.min(sizeBytes, unitStart(end + sectorBytes - 1, sectorBytes)),
    };
  }

  #take(bytes: number): Uint8Array {
    const found = this.#pool.findIndex((buffer) => buffer.length >= bytes);
    if (found < 0) return this.#sources.current.allocate(bytes);
    return this.#pool.splice(found, 1)[0] as Uint8Array;
  }

  #give(buffer: Uint8Array): void {
    this.#pool.push(buffer);
  }
}
