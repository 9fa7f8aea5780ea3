import type { Piece } from '../../boot/fix.ts';
import { inHole, readClamped } from '../../ntfs/holes.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';

const BLOCK_BYTES = 4096;
const SECTOR_BYTES = 512;
/** The log of NTFS, 64 MiB at most, is the largest thing that a driver writes without being asked. */
const MOST_BLOCKS = 2 ** 28 / BLOCK_BYTES;

/** A volume on which a driver may write what it likes: the writes are kept in memory, the volume stays as it is. */
export class Overlay {
  readonly reader: VolumeReader;
  readonly #under: VolumeReader;
  readonly #blocks = new Map<number, Uint8Array>();
  #isFull = false;

  constructor(under: VolumeReader) {
    this.#under = under;
    this.reader = {
      sizeBytes: under.sizeBytes,
      read: async (offset, length) => {
        const chunk = await readClamped(under, offset, length);
        for (const number of blocksOf(offset, length)) {
          const block = this.#blocks.get(number);
          if (block === undefined) continue;
          const [start, end] = cut(number, offset, length);
          chunk.bytes.set(
            block.subarray(start - number * BLOCK_BYTES, end - number * BLOCK_BYTES),
            start - offset,
          );
        }
        return chunk;
      },
    };
  }

  /** More was written than is kept: nothing of it can be used. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Keeps what is written; resolves to whether there was room, and what lies under it could be read. */
  write = async (offset: number, bytes: Uint8Array): Promise<boolean> => {
    for (const number of blocksOf(offset, bytes.length)) {
      const block = this.#blocks.get(number) ?? (await this.#underneath(number));
      if (block === undefined) return false;
      const [start, end] = cut(number, offset, bytes.length);
      block.set(bytes.subarray(start - offset, end - offset), start - number * BLOCK_BYTES);
      this.#blocks.set(number, block);
    }
    return true;
  };

  /** Stretches of sectors that have changed, ascending; `startBytes` is where the volume lies on its disk. */
  async pieces(startBytes: number, what: string): Promise<Piece[]> {
    const runs: { start: number; end: number }[] = [];
    for (const number of [...this.#blocks.keys()].sort((a, b) => a - b)) {
      const after = this.#blocks.get(number) as Uint8Array;
      const { bytes: before } = await readClamped(this.#under, number * BLOCK_BYTES, after.length);
      for (let at = 0; at < after.length; at += SECTOR_BYTES) {
        const end = Math.min(after.length, at + SECTOR_BYTES);
        if (after.subarray(at, end).every((byte, i) => byte === before[at + i])) continue;
        const start = number * BLOCK_BYTES + at;
        const last = runs.at(-1);
        if (last?.end === start) last.end += end - at;
        else runs.push({ start, end: start + end - at });
      }
    }
    const pieces: Piece[] = [];
    for (const { start, end } of runs) {
      const { bytes: before } = await readClamped(this.#under, start, end - start);
      const { bytes: after } = await this.reader.read(start, end - start);
      pieces.push({ start: startBytes + start, before, after, what });
    }
    return pieces;
  }

  async #underneath(number: number): Promise<Uint8Array | undefined> {
    if (this.#blocks.size >= MOST_BLOCKS) {
      this.#isFull = true;
      return undefined;
    }
    const start = number * BLOCK_BYTES;
    const length = Math.min(BLOCK_BYTES, this.#under.sizeBytes - start);
    const { bytes, holes } = await readClamped(this.#under, start, length);
    return inHole(holes, 0, length) ? undefined : bytes.slice();
  }
}

function* blocksOf(offset: number, length: number): Generator<number> {
  for (let number = Math.floor(offset / BLOCK_BYTES); number * BLOCK_BYTES < offset + length; number++)
    yield number;
}

/** The part of a block that a request is about. */
const cut = (number: number, offset: number, length: number): [start: number, end: number] => [
  Math.max(offset, number * BLOCK_BYTES),
  Math.min(offset + length, (number + 1) * BLOCK_BYTES),
];
