import type { OpenTarget } from '../../block/target-device.ts';
import type { ByteSink } from '../cluster-sink.ts';
import { closeWritten, outputFailure } from '../output-failure.ts';
import { releaseFrame } from './zstd-codec.ts';

/** Where the frames of a compressed image go, in their order; the next call waits for the one before. */
export interface PackedOutput {
  /** Takes the next frame, and its memory. */
  frame(bytes: Uint8Array): Promise<void>;
  /**
   * Takes a frame that says that all before it is safe. In a file its place is left free until that is so; what follows
   * need not wait for it.
   */
  seal(bytes: Uint8Array): Promise<void>;
  /** Resolves when all that was sealed is on stable storage, with its seals. */
  sealed(): Promise<void>;
  /** Resolves when everything is on stable storage, or has left the process. */
  finish(): Promise<void>;
}

/** A stream has no stable storage. */
export function streamOutput(out: ByteSink): PackedOutput {
  const put = async (bytes: Uint8Array): Promise<void> => {
    await out.put(bytes);
    releaseFrame(bytes);
  };
  return { frame: put, seal: put, sealed: () => Promise.resolve(), finish: () => out.finish() };
}

/** What is being written at most, in bytes: more would only lie in memory. */
const MOST_WRITING_BYTES = 2 ** 24;

/** Parts that may wait to be sealed: what they hold is read again after a crash. */
const MOST_UNSEALED = 4;

/** Frames of a file from byte `start` on. */
export function fileOutput(target: OpenTarget, start: number): PackedOutput {
  const writer = new FileWriter(target, start);
  return {
    frame: (bytes) => writer.write(bytes),
    seal: (bytes) => writer.seal(bytes),
    sealed: () => writer.sealed(),
    finish: () => writer.finish(),
  };
}

interface Seal {
  readonly position: number;
  readonly bytes: Uint8Array;
}

class FileWriter {
  readonly #target: OpenTarget;
  #position: number;
  readonly #writing = new Map<Promise<void>, number>();
  #seals: Seal[] = [];
  /** Seals that are not written yet. */
  #unsealed = 0;
  #wake: (() => void) | undefined;
  #sealing: Promise<void> | undefined;
  #failure: unknown;

  constructor(target: OpenTarget, start: number) {
    this.#target = target;
    this.#position = start;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#start(this.#position, bytes);
    this.#position += bytes.length;
    while (this.#writingBytes > MOST_WRITING_BYTES) await Promise.race(this.#writing.keys());
    this.#check();
  }

  async seal(bytes: Uint8Array): Promise<void> {
    this.#seals.push({ position: this.#position, bytes });
    this.#position += bytes.length;
    this.#unsealed++;
    this.#sealing ??= this.#sealAll();
    while (this.#unsealed > MOST_UNSEALED && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#check();
  }

  async sealed(): Promise<void> {
    await this.#sealing;
    await Promise.all(this.#writing.keys());
    this.#check();
    await this.#flush();
  }

  async finish(): Promise<void> {
    await this.sealed();
    await closeWritten(this.#target);
  }

  get #writingBytes(): number {
    let sum = 0;
    for (const bytes of this.#writing.values()) sum += bytes;
    return sum;
  }

  #start(position: number, bytes: Uint8Array): void {
    const writing = this.#put(position, bytes)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .then(() => {
        releaseFrame(bytes);
        this.#writing.delete(writing);
      });
    this.#writing.set(writing, bytes.length);
  }

  /** Writes the seals once what they vouch for is on stable storage; those that come meanwhile wait for the next round. */
  async #sealAll(): Promise<void> {
    while (this.#seals.length > 0 && this.#failure === undefined) {
      const seals = this.#seals;
      this.#seals = [];
      await Promise.all(this.#writing.keys());
      if (this.#failure !== undefined) break;
      try {
        await this.#flush();
        for (const { position, bytes } of seals) await this.#put(position, bytes);
      } catch (error) {
        this.#failure ??= error;
      }
      this.#unsealed -= seals.length;
      this.#wake?.();
    }
    this.#wake?.();
    this.#sealing = undefined;
  }

  async #put(position: number, bytes: Uint8Array): Promise<void> {
    const outcome = await this.#target.write(position, bytes);
    if (outcome.kind !== 'done') throw outputFailure(this.#target.path, outcome.errno);
  }

  async #flush(): Promise<void> {
    const outcome = await this.#target.flush();
    if (outcome.kind !== 'done') throw outputFailure(this.#target.path, outcome.errno, 'Syncing failed');
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
