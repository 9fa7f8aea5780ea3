import { BlockMap } from '../rescue/block-map.ts';
import type { Status } from '../rescue/status.ts';
import { safeText } from '../text/safe.ts';

/** A list of sectors that cannot be understood: one sentence with the line. */
export class SectorListError extends Error {}

/** Numbers of the sectors that hold bytes of one of these statuses, ascending. */
export function* sectorsWith(
  map: BlockMap,
  statuses: readonly Status[],
  sectorBytes: number,
): IterableIterator<number> {
  let next = 0;
  for (const { start, end } of map.bytesWith(...statuses)) {
    const last = Math.ceil(end / sectorBytes);
    for (let sector = Math.max(next, Math.floor(start / sectorBytes)); sector < last; sector++) yield sector;
    next = Math.max(next, last);
  }
}

/** What a map is to be made of. */
export interface SectorList {
  readonly sizeBytes: number;
  readonly sectorBytes: number;
  /** Status of the sectors in the list, and of all others. */
  readonly listed: Status;
  readonly others: Status;
}

/**
 * A map from numbers of sectors, one a line, decimal or hexadecimal with `0x`, in any order (badblocks and ddrescuelog
 * write such lists); blank lines and lines with `#` are passed over. Throws `SectorListError`.
 */
export async function mapFromSectors(lines: AsyncIterable<string>, list: SectorList): Promise<BlockMap> {
  const { sizeBytes, sectorBytes, listed, others } = list;
  const map = new BlockMap(sizeBytes);
  map.set(0, sizeBytes, others);
  let line = 0;
  for await (const raw of lines) {
    line++;
    const word = raw.trim();
    if (word === '' || word.startsWith('#')) continue;
    const sector = /^(\d+|0[xX][0-9a-fA-F]+)$/.test(word) ? Number(word) : Number.NaN;
    if (!Number.isSafeInteger(sector)) {
      throw new SectorListError(
        `line ${line}: expected the number of a sector, found "${safeText(word).slice(0, 40)}"`,
      );
    }
    const start = sector * sectorBytes;
    if (start >= sizeBytes) {
      const last = Math.ceil(sizeBytes / sectorBytes) - 1;
      throw new SectorListError(`line ${line}: sector ${sector} is behind the last one, ${last}`);
    }
    map.set(start, Math.min(sizeBytes, start + sectorBytes), listed);
  }
  return map;
}
