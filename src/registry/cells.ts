import { cachedReader } from '../ntfs/cached-reader.ts';
import { inHole, readClamped } from '../ntfs/holes.ts';
import { shown, u32 } from '../ntfs/little-endian.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { BASE_BLOCK_BYTES, type BaseBlock, parseBaseBlock } from './base-block.ts';
import { HiveError, HiveUnreadable } from './error.ts';

/** The content of a hive file: that of a file on NTFS or FAT will do, or bytes in memory. */
export type HiveBytes = VolumeReader;

/** An allocated cell of a hive. */
export interface Cell {
  /** Byte of the hive file at which its content begins, behind the four bytes of its size. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** "There is none", where a cell's offset is expected. */
export const NO_CELL = 0xffffffff;

/** No cell is larger: what has more data is cut in segments. Some old writers did not, up to 1 MiB. */
const MOST_CELL_BYTES = 2 ** 20 + 8;

/** The cells of a hive, by their offsets. */
export interface Cells {
  readonly base: BaseBlock;
  /** Reads a cell of at least `leastBytes`. Rejects with a `HiveError`. */
  cell(offset: number, leastBytes: number): Promise<Cell>;
}

/** Opens a hive. Rejects with a `HiveError` when it is none; one that was not closed properly is opened as well. */
export async function openCells(source: HiveBytes): Promise<Cells> {
  const reader = cachedReader(source);
  const read = async (position: number, length: number): Promise<Uint8Array> => {
    const { bytes, holes } = await readClamped(reader, position, length);
    if (inHole(holes, 0, length)) throw new HiveUnreadable(position);
    return bytes;
  };
  const base = parseBaseBlock(await read(0, 512));
  const end = Math.min(source.sizeBytes, BASE_BLOCK_BYTES + base.binsBytes);
  return {
    base,
    async cell(offset, leastBytes) {
      const position = BASE_BLOCK_BYTES + offset;
      if (offset % 8 !== 0 || position + 8 > end) {
        throw new HiveError(position, 'a cell inside the hive', `offset ${offset}`);
      }
      // The size of a cell in use is negative.
      const size = 2 ** 32 - u32(await read(position, 4), 0);
      if (size < leastBytes + 4 || size > MOST_CELL_BYTES || position + size > end) {
        throw new HiveError(position, `a cell in use of at least ${leastBytes} bytes`, `size ${size}`);
      }
      return { position: position + 4, bytes: await read(position + 4, size - 4) };
    },
  };
}

/** Demands the two letters that begin a structure. */
export function demandMark(cell: Cell, ...marks: readonly string[]): string {
  const found = String.fromCharCode(...cell.bytes.subarray(0, 2));
  if (marks.includes(found)) return found;
  throw new HiveError(cell.position, `"${marks.join('" or "')}"`, shown(cell.bytes, 0, 2));
}
