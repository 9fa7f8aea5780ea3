import type { ByteRange } from '../block/range.ts';
import { ATTRIBUTE } from './attribute.ts';
import { dataOf, fileAttributes, type OpenVolume } from './file-attributes.ts';
import type { FileRecord } from './file-record.ts';
import { readClamped } from './holes.ts';
import { u16 } from './little-endian.ts';
import { type Run, runIndexAt } from './run-list.ts';

/** Where the content of a file is stored, byte by byte, so that it can be changed in its place. */
export interface StoredPlaces {
  /** Kept within the file's record, which the log of NTFS watches over. */
  readonly resident: boolean;
  /**
   * Places on the volume of `length` bytes of content from `offset` on, in their order; `undefined` when not every one
   * of them has a place: sparse clusters, behind what was ever written, behind the end.
   */
  places(offset: number, length: number): readonly ByteRange[] | undefined;
}

/** The last two bytes of each such stretch of a record are kept elsewhere in it. */
const STRIDE = 512;

/**
 * Finds the places of a file's own content. Gives a clause where that has none: compressed, encrypted, or in a record
 * that cannot be made out.
 */
export async function storedPlaces(volume: OpenVolume, base: FileRecord): Promise<StoredPlaces | string> {
  const attributes = await fileAttributes(
    volume,
    base,
    (type, name) => type === ATTRIBUTE.DATA && name === '',
  );
  const own = base.attributes.find((one) => one.type === ATTRIBUTE.DATA && one.name === '');
  const data = dataOf(attributes);
  if (data === undefined) return 'it has no content that can be found';
  if ('value' in data) {
    // An attribute that lies in an extension record is never small enough to be of interest.
    if (own === undefined || !own.resident) return 'its content lies in another record';
    return residentPlaces(volume, base, own.valueAt, own.value.length);
  }
  if (attributes.some((one) => (one.flags & FLAG_ENCRYPTED) !== 0)) return 'it is encrypted';
  if (data.compressionUnit > 0) return 'it is compressed';
  const { clusterBytes } = volume.boot;
  const end = Math.min(data.dataBytes, data.initializedBytes);
  return {
    resident: false,
    places: (offset, length) =>
      offset < 0 || offset + length > end ? undefined : placesInRuns(data.runs, clusterBytes, offset, length),
  };
}

const FLAG_ENCRYPTED = 0x4000;

function placesInRuns(
  runs: readonly Run[],
  clusterBytes: number,
  offset: number,
  length: number,
): readonly ByteRange[] | undefined {
  const found: { start: number; end: number }[] = [];
  for (let at = offset; at < offset + length; ) {
    const run = runs[runIndexAt(runs, Math.floor(at / clusterBytes))];
    if (run?.lcn === undefined || run.vcn * clusterBytes > at) return undefined;
    const end = Math.min(offset + length, (run.vcn + run.length) * clusterBytes);
    const start = (run.lcn - run.vcn) * clusterBytes + at;
    addPlace(found, start, start + end - at);
    at = end;
  }
  return found;
}

async function residentPlaces(
  volume: OpenVolume,
  { number }: FileRecord,
  valueAt: number,
  valueBytes: number,
): Promise<StoredPlaces | string> {
  const { recordBytes, clusterBytes } = volume.boot;
  const inRecord = (offset: number, length: number): readonly ByteRange[] | undefined =>
    placesInRuns(volume.mft.runs, clusterBytes, number * recordBytes + offset, length);
  const [header] = inRecord(0, 8) ?? [];
  if (header === undefined) return 'the place of its record is not known';
  const { bytes } = await readClamped(volume.reader, header.start, 8);
  const sequenceAt = u16(bytes, 4);
  return {
    resident: true,
    places: (offset, length) => {
      if (offset < 0 || offset + length > valueBytes) return undefined;
      const found: { start: number; end: number }[] = [];
      for (let i = offset; i < offset + length; i++) {
        const at = valueAt + i;
        const within = at % STRIDE;
        const isMoved = within >= STRIDE - 2;
        const kept = sequenceAt + 2 + 2 * Math.floor(at / STRIDE) + (within - (STRIDE - 2));
        const [place] = inRecord(isMoved ? kept : at, 1) ?? [];
        if (place === undefined) return undefined;
        addPlace(found, place.start, place.end);
      }
      return found;
    },
  };
}

/** Places that follow each other become one. */
function addPlace(found: { start: number; end: number }[], start: number, end: number): void {
  const last = found.at(-1);
  if (last?.end === start) last.end = end;
  else found.push({ start, end });
}
