import type { ByteRange } from '../../src/block/range.ts';
import { runOrThrow } from './tools.ts';

/** A stretch of an attribute and where it lies on the volume. */
export interface Extent {
  /** Byte of the attribute at which it begins. */
  readonly offset: number;
  readonly place: ByteRange;
}

/**
 * Clusters of every non-resident attribute of a file, by type in hexadecimal, as ntfscluster sees them. The file is
 * named by its record or by its path.
 */
export async function extentsOf(
  image: string,
  clusterBytes: number,
  file: number | string,
): Promise<Map<string, Extent[]>> {
  const which = typeof file === 'number' ? '-I' : '-F';
  const text = await runOrThrow('ntfscluster', ['-f', which, String(file), image]);
  const found = new Map<string, Extent[]>();
  let current: Extent[] = [];
  for (const line of text.split('\n')) {
    const type = /^\s+0x([0-9a-f]+) - (?:non-)?resident/.exec(line)?.[1];
    if (type !== undefined) {
      current = found.get(type) ?? [];
      found.set(type, current);
    }
    const [, vcn, lcn, length] = /^\s+(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(line) ?? [];
    if (vcn === undefined) continue;
    const start = Number(lcn) * clusterBytes;
    current.push({
      offset: Number(vcn) * clusterBytes,
      place: { start, end: start + Number(length) * clusterBytes },
    });
  }
  return found;
}

/** Records that ntfs-3g needs to mount a volume: the system files, and those in $Extend. */
const SYSTEM_RECORDS = 12;
/** Files of people come behind these. */
const FIRST_USER_RECORD = 64;

/**
 * What has to be whole for ntfs-3g to mount the volume: everything of the system files but the records of people's
 * files in $MFT.
 */
export async function neededToMount(image: string, clusterBytes: number): Promise<ByteRange[]> {
  const needed: ByteRange[] = [{ start: 0, end: 8192 }];
  const recordBytes = Math.max(1024, await sectorBytesOf(image));
  for (let record = 0; record < SYSTEM_RECORDS; record++) {
    // $BadClus spans the whole volume, as one hole.
    if (record === 8) continue;
    for (const [type, extents] of await extentsOf(image, clusterBytes, record)) {
      for (const { offset, place } of extents) {
        const last =
          record === 0 && type === '80'
            ? Math.min(place.end, place.start + FIRST_USER_RECORD * recordBytes - offset)
            : place.end;
        if (last > place.start) needed.push({ start: place.start, end: last });
      }
    }
  }
  return needed;
}

async function sectorBytesOf(image: string): Promise<number> {
  const text = await runOrThrow('ntfscluster', ['-f', '-i', image]);
  return Number(/^bytes per sector\s*: (\d+)$/m.exec(text)?.[1] ?? 512);
}

/** The longest stretch of a file's content on the volume. */
export async function longestExtent(image: string, clusterBytes: number, path: string): Promise<ByteRange> {
  const extents = (await extentsOf(image, clusterBytes, path)).get('80') ?? [];
  const [longest] = extents.map(({ place }) => place).toSorted((a, b) => b.end - b.start - (a.end - a.start));
  if (!longest) throw new Error(`${path} has no clusters`);
  return longest;
}
