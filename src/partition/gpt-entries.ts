import type { ByteRange } from '../block/range.ts';
import { inHole, readClamped } from '../ntfs/holes.ts';
import { u16, u32, u64 } from '../ntfs/little-endian.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { crc32 } from './crc32.ts';
import type { GptHeader } from './gpt-header.ts';
import { guidText, NO_GUID } from './guid.ts';
import type { Partition, ProblemList } from './partition.ts';
import { typeName } from './type-names.ts';

/** The array of entries that a header names. */
export interface GptEntries {
  readonly bytes: Uint8Array;
  /** What of it could not be read. */
  readonly holes: readonly ByteRange[];
  /** Whether the checksum of the header fits. */
  readonly crcFits: boolean;
}

/** What is needed to read entries: a header, or what is usual where headers are lost. */
export type EntriesPlace = Pick<GptHeader, 'entriesLba' | 'entryCount' | 'entryBytes' | 'sectorBytes'>;

/** Bytes of the disk in which the entries lie, whole sectors. */
export function entriesRange({ entriesLba, entryCount, entryBytes, sectorBytes }: EntriesPlace): ByteRange {
  const sectors = Math.ceil((entryCount * entryBytes) / sectorBytes);
  return { start: entriesLba * sectorBytes, end: (entriesLba + sectors) * sectorBytes };
}

export async function readEntries(
  reader: VolumeReader,
  place: EntriesPlace & { readonly entriesCrc?: number },
): Promise<GptEntries> {
  const { start } = entriesRange(place);
  const { bytes, holes } = await readClamped(reader, start, place.entryCount * place.entryBytes);
  return { bytes, holes, crcFits: holes.length === 0 && crc32(bytes) === place.entriesCrc };
}

/**
 * The array with its holes filled from the other copy, where that was read; `undefined` when the checksum `crc` does
 * not fit to what comes out.
 */
export function mergedEntries(one: GptEntries, other: GptEntries, crc: number): GptEntries | undefined {
  if (one.bytes.length !== other.bytes.length) return undefined;
  const bytes = one.bytes.slice();
  for (const { start, end } of one.holes) {
    if (inHole(other.holes, start, end)) return undefined;
    bytes.set(other.bytes.subarray(start, end), start);
  }
  return crc32(bytes) === crc ? { bytes, holes: [], crcFits: true } : undefined;
}

/** The flags of UEFI, and those that Microsoft gives its basic data partitions. */
const FLAGS: Readonly<Record<number, string>> = {
  0: 'required',
  1: 'no block device',
  2: 'legacy boot',
  60: 'read-only',
  61: 'shadow copy',
  62: 'hidden',
  63: 'no drive letter',
};

const NAME_UNITS = 36;

/** The partitions in an array of entries; those that cannot be read or contradict themselves are left out and told. */
export function partitionsOf(
  { bytes, holes }: GptEntries,
  place: EntriesPlace,
  problems: ProblemList,
): Partition[] {
  const { entryBytes, entryCount, sectorBytes } = place;
  const arrayStart = entriesRange(place).start;
  const partitions: Partition[] = [];
  for (let slot = 0; slot < entryCount; slot++) {
    const at = slot * entryBytes;
    if (inHole(holes, at, at + entryBytes)) continue;
    const type = guidText(bytes, at);
    if (type === NO_GUID) continue;
    const first = u64(bytes, at + 32);
    const last = u64(bytes, at + 40);
    const fits = first !== undefined && last !== undefined && first > 0 && first <= last;
    if (!fits || !Number.isSafeInteger((last + 1) * sectorBytes)) {
      const message = `Partition ${slot + 1} of the table has an impossible place.`;
      problems.add('gpt-entries-damaged', message, arrayStart + at);
      continue;
    }
    partitions.push({
      number: slot + 1,
      kind: 'gpt',
      startBytes: first * sectorBytes,
      sizeBytes: (last - first + 1) * sectorBytes,
      type,
      typeName: typeName(type),
      name: nameOf(bytes, at + 56),
      flags: flagsOf(bytes, at + 48),
      guid: guidText(bytes, at + 16),
    });
  }
  return partitions;
}

function nameOf(bytes: Uint8Array, offset: number): string {
  let name = '';
  for (let i = 0; i < NAME_UNITS; i++) {
    const unit = u16(bytes, offset + 2 * i);
    if (unit === 0) break;
    name += String.fromCharCode(unit);
  }
  return name;
}

function flagsOf(bytes: Uint8Array, offset: number): string[] {
  const halves = [u32(bytes, offset), u32(bytes, offset + 4)];
  return Array.from({ length: 64 }, (_, bit) => bit)
    .filter((bit) => ((halves[bit >> 5] as number) >>> (bit & 31)) & 1)
    .map((bit) => FLAGS[bit] ?? `bit ${bit}`);
}
