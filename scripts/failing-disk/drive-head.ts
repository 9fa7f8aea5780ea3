/** The figures of the disk that is played; times in milliseconds. */
export interface CostParameters {
  /** Of every request, however short. */
  readonly commandMs: number;
  /** Of a long seek: this, and `seekFullStrokeMs` times the root of its share of the disk, and half a turn. */
  readonly seekMs: number;
  readonly seekFullStrokeMs: number;
  readonly halfTurnMs: number;
  /** Of a step back: the platter has to come round again. */
  readonly turnMs: number;
  /** Of a short skip forward, beside the time in which the skipped sectors pass under the head. */
  readonly shortSkipMs: number;
  /** Up to this distance a skip or a step back is a short one. */
  readonly shortBytes: number;
  readonly bytesPerMs: number;
  /** Of a read that fails: the tries of the drive itself. */
  readonly failureMs: number;
  /** Of a request while the disk is away. */
  readonly vanishedMs: number;
}

/** A 7200 rpm desktop disk that gives up on a sector after one second. */
export const DESKTOP_DISK: CostParameters = {
  commandMs: 0.1,
  seekMs: 1,
  seekFullStrokeMs: 15,
  halfTurnMs: 4.2,
  turnMs: 8.33,
  shortSkipMs: 0.3,
  shortBytes: 2 ** 20,
  bytesPerMs: 150_000,
  failureMs: 1000,
  vanishedMs: 50,
};

/** The head of a disk: where it stands, and what it costs to have it somewhere else. */
export class DriveHead {
  readonly #parameters: CostParameters;
  readonly #sizeBytes: number;
  #position = 0;

  constructor(parameters: CostParameters, sizeBytes: number) {
    this.#parameters = parameters;
    this.#sizeBytes = sizeBytes;
  }

  /** Takes the head to `offset`; returns the milliseconds it took. */
  seek(offset: number): number {
    const p = this.#parameters;
    const distance = offset - this.#position;
    this.#position = offset;
    if (distance === 0) return 0;
    if (distance > 0 && distance <= p.shortBytes) return p.shortSkipMs + distance / p.bytesPerMs;
    if (distance < 0 && -distance <= p.shortBytes) return p.turnMs;
    return p.seekMs + p.seekFullStrokeMs * Math.sqrt(Math.abs(distance) / this.#sizeBytes) + p.halfTurnMs;
  }

  /** Lets `bytes` pass under the head, at a `factor`-th of the speed; returns the milliseconds it took. */
  transfer(bytes: number, factor = 1): number {
    this.#position += bytes;
    return (bytes / this.#parameters.bytesPerMs) * factor;
  }
}
