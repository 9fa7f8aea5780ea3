/** Frames that were used last, expanded, up to so many bytes. */
const CACHE_BYTES = 2 ** 25;
const FEWEST_FRAMES = 4;

/** Keeps the contents of frames that were used last; the one behind is expanded ahead when they are asked for in order. */
export class FrameCache {
  readonly #read: (frame: number) => Promise<Uint8Array | undefined>;
  readonly #count: number;
  readonly #most: number;
  /** In the order of their last use. */
  readonly #kept = new Map<number, Promise<Uint8Array | undefined>>();
  #last = -1;

  constructor(
    read: (frame: number) => Promise<Uint8Array | undefined>,
    frameCount: number,
    frameBytes: number,
  ) {
    this.#read = read;
    this.#count = frameCount;
    this.#most = Math.max(FEWEST_FRAMES, Math.floor(CACHE_BYTES / frameBytes));
  }

  /** The content of a frame; undefined when it is damaged. */
  get(frame: number): Promise<Uint8Array | undefined> {
    const wanted = this.#use(frame);
    if (frame === this.#last + 1 && frame + 1 < this.#count) this.#use(frame + 1);
    this.#last = frame;
    return wanted;
  }

  #use(frame: number): Promise<Uint8Array | undefined> {
    const kept = this.#kept.get(frame) ?? this.#read(frame);
    // Whoever waits for it hears of a failure; it is no reason to keep it.
    kept.catch(() => this.#kept.delete(frame));
    this.#kept.delete(frame);
    this.#kept.set(frame, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) break;
      this.#kept.delete(oldest);
    }
    return kept;
  }
}
