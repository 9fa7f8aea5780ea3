import { DONE, type Outcome } from '../../src/block/outcome.ts';
import type { Source, Target } from '../../src/block/ports.ts';

/** Faults of a simulated disk, in bytes from its start. */
export interface SimulatedFaults {
  /** Whether a read over this stretch fails now. */
  fails(start: number, end: number): boolean;
}

/** A disk in memory with faults, which counts what it is asked. */
export class SimulatedDisk implements Source {
  readonly sizeBytes: number;
  readonly sectorBytes: number;
  readonly physicalSectorBytes: number;
  readonly requests: { start: number; end: number; failed: boolean }[] = [];
  readonly #image: Uint8Array;
  readonly #faults: SimulatedFaults;
  /** Read before each request: may make the disk vanish. */
  gone: () => boolean = () => false;

  constructor(
    image: Uint8Array,
    faults: SimulatedFaults,
    sectorBytes = 512,
    physicalSectorBytes = sectorBytes,
  ) {
    this.#image = image;
    this.#faults = faults;
    this.sizeBytes = image.length;
    this.sectorBytes = sectorBytes;
    this.physicalSectorBytes = physicalSectorBytes;
  }

  get failedReads(): number {
    return this.requests.filter((request) => request.failed).length;
  }

  allocate(bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }

  async read(offset: number, length: number, into: Uint8Array): Promise<Outcome> {
    const end = offset + length;
    if (offset % this.sectorBytes !== 0 || (end % this.sectorBytes !== 0 && end !== this.sizeBytes)) {
      return { kind: 'broken', errno: 'EINVAL', message: `unaligned ${offset}+${length}` };
    }
    if (end > this.sizeBytes) {
      return { kind: 'broken', errno: 'EINVAL', message: `${offset}+${length} is behind the end` };
    }
    if (this.gone()) return { kind: 'gone', errno: 'ENODEV' };
    const failed = this.#faults.fails(offset, end);
    this.requests.push({ start: offset, end, failed });
    if (failed) return { kind: 'bad', errno: 'EIO' };
    into.set(this.#image.subarray(offset, end));
    return DONE;
  }
}

/** A target in memory that knows which of its bytes would survive a power cut. */
export class SimulatedTarget implements Target {
  readonly bytes: Uint8Array;
  /** What was on stable storage after the last flush. */
  stable: Uint8Array;
  /** Outcome of the next writes and flushes; `done` unless a test says otherwise. */
  onWrite: (offset: number, length: number) => Outcome = () => DONE;
  onFlush: () => Outcome = () => DONE;

  constructor(sizeBytes: number, content = 0) {
    this.bytes = new Uint8Array(sizeBytes).fill(content);
    this.stable = this.bytes.slice();
  }

  async write(offset: number, data: Uint8Array): Promise<Outcome> {
    const outcome = this.onWrite(offset, data.length);
    if (outcome.kind === 'done') this.bytes.set(data, offset);
    return outcome;
  }

  async read(offset: number, length: number, into: Uint8Array): Promise<Outcome> {
    into.set(this.bytes.subarray(offset, offset + length));
    return DONE;
  }

  readBack(offset: number, length: number, into: Uint8Array): Promise<Outcome> {
    return this.read(offset, length, into);
  }

  async flush(): Promise<Outcome> {
    const outcome = this.onFlush();
    if (outcome.kind === 'done') this.stable = this.bytes.slice();
    return outcome;
  }
}

/** Faults from a list of bad stretches of bytes. */
export function badStretches(
  stretches: readonly (readonly [start: number, length: number])[],
): SimulatedFaults {
  return {
    fails: (start, end) => stretches.some(([at, length]) => at < end && start < at + length),
  };
}
