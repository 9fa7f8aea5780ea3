import type { ByteRange } from '../../block/range.ts';
import type { ClusterRun } from '../cluster-bitmap.ts';
import { COMMAND, GAP_BYTES, gapCommand } from '../image-writer.ts';

/** Whole commands of a special image that make one frame. */
export interface PlainFrame {
  readonly bytes: Uint8Array;
  readonly runs: readonly ClusterRun[];
  readonly lost: readonly ByteRange[];
}

/**
 * Puts commands of a special image together to frames of at most `frameBytes` (more only where a single cluster has
 * more), always cut at the same places. A command that goes on stays with the cluster to which it goes.
 */
export class FrameBuilder {
  readonly #clusterBytes: number;
  readonly #frameBytes: number;
  /** Gives memory for a frame. */
  readonly #allocate: () => Promise<Buffer>;
  readonly #submit: (frame: PlainFrame, memory: Buffer) => Promise<void>;
  #memory: Buffer | undefined;
  #filled = 0;
  #runs: { lcn: number; length: number }[] = [];
  #lost: ByteRange[] = [];

  /** Bytes of memory that a frame needs. */
  static memoryBytes(clusterBytes: number, frameBytes: number): number {
    return Math.max(frameBytes, GAP_BYTES + 1 + clusterBytes);
  }

  constructor(
    clusterBytes: number,
    frameBytes: number,
    allocate: () => Promise<Buffer>,
    submit: (frame: PlainFrame, memory: Buffer) => Promise<void>,
  ) {
    this.#clusterBytes = clusterBytes;
    this.#frameBytes = frameBytes;
    this.#allocate = allocate;
    this.#submit = submit;
  }

  /** Takes commands as `CommandSink.run` has them. */
  async run(
    gap: number,
    lcn: number,
    clusters: number,
    bytes: Uint8Array,
    lost: readonly ByteRange[],
  ): Promise<void> {
    if (clusters === 0) {
      if (gap === 0) return;
      const memory = await this.#room(GAP_BYTES);
      this.#putGap(memory, gap, lcn);
      return;
    }
    const size = this.#clusterBytes;
    for (let i = 0; i < clusters; i++) {
      const isFirst = i === 0;
      const length = Math.min(size, bytes.length - i * size);
      const needed = (isFirst && gap !== 0 ? GAP_BYTES : 0) + 1 + length;
      const isThere = this.#memory !== undefined && this.#filled + needed <= this.#frameBytes;
      const memory = isThere ? (this.#memory as Buffer) : await this.#room(needed);
      if (isFirst && gap !== 0) this.#putGap(memory, gap, lcn);
      memory[this.#filled] = COMMAND.NEXT;
      memory.set(bytes.subarray(i * size, i * size + length), this.#filled + 1);
      this.#filled += 1 + length;
      this.#count(lcn + i);
      if (lost.length > 0) this.#noteLost(lcn + i, lost);
    }
  }

  /** Ends the frame at hand, if there is one. */
  async flush(): Promise<void> {
    if (this.#memory === undefined) return;
    const memory = this.#memory;
    const frame = { bytes: memory.subarray(0, this.#filled), runs: this.#runs, lost: this.#lost };
    this.#memory = undefined;
    this.#filled = 0;
    this.#runs = [];
    this.#lost = [];
    await this.#submit(frame, memory);
  }

  async #room(needed: number): Promise<Buffer> {
    if (this.#filled > 0 && this.#filled + needed > this.#frameBytes) await this.flush();
    this.#memory ??= await this.#allocate();
    return this.#memory;
  }

  #putGap(memory: Buffer, gap: number, lcn: number): void {
    memory.set(gapCommand(gap), this.#filled);
    this.#filled += GAP_BYTES;
    this.#runs.push({ lcn, length: 0 });
  }

  #count(lcn: number): void {
    const last = this.#runs.at(-1);
    if (last !== undefined && last.lcn + last.length === lcn) last.length++;
    else this.#runs.push({ lcn, length: 1 });
  }

  #noteLost(lcn: number, lost: readonly ByteRange[]): void {
    const [from, to] = [lcn * this.#clusterBytes, (lcn + 1) * this.#clusterBytes];
    for (const range of lost) {
      const part = { start: Math.max(range.start, from), end: Math.min(range.end, to) };
      if (part.start >= part.end) continue;
      const last = this.#lost.at(-1);
      if (last?.end === part.start) this.#lost[this.#lost.length - 1] = { start: last.start, end: part.end };
      else this.#lost.push(part);
    }
  }
}
