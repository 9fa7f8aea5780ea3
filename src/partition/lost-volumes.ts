import type { RangeSet } from '../block/range-set.ts';
import { parseBootSector } from '../ntfs/boot-sector.ts';
import { NtfsError } from '../ntfs/error.ts';
import { inHole, readClamped } from '../ntfs/holes.ts';
import { openNtfs } from '../ntfs/open-ntfs.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { FIRST_LOGICAL, readChain } from './extended.ts';
import { hasBootFlags, isUsed, isVolumeBootSector, mbrEntries } from './mbr.ts';
import { ProblemList } from './partition.ts';

/** A part of a disk that no readable table names. */
export interface LostVolume {
  readonly startBytes: number;
  /** Of an NTFS volume with its backup boot sector. */
  readonly sizeBytes: number;
}

/** Where and how it is searched for. */
export interface Search {
  /** Bytes of the disk. */
  readonly from: number;
  readonly to: number;
  /** Where the extended partition begins in which it is searched; undefined outside of one. */
  readonly containerStart: number | undefined;
  /** Parts that are known. */
  readonly known: RangeSet;
  readonly sectorBytes: number;
  readonly signal: AbortSignal;
}

const MIB = 2 ** 20;
const BOOT_BYTES = 512;
/** The first track of old systems, in sectors; where Windows XP and older begin their partitions. */
const TRACK_SECTORS = 63;
/**
 * Where Windows and others begin partitions, in MiB: the first one; behind a system partition of 50, 100, 200, 260,
 * 300, 350, 450, 499, 500, 529, 549 or 579 MiB, with and without 16 or 128 MiB of Microsoft's reserved partition.
 */
const USUAL_MIB = [
  1, 17, 51, 101, 117, 129, 201, 217, 229, 261, 277, 301, 317, 351, 389, 451, 500, 501, 513, 517, 530, 550,
  567, 577, 580, 596, 617, 646, 851, 867, 1025, 1041,
];
/** So many failing places end the search: behind them nothing is believed to be readable either. */
const MOST_FAILURES = 8;
const MOST_VOLUMES = 64;

/**
 * Searches for NTFS volumes where they usually begin: at the places of USUAL_MIB and the first track (both from `from`
 * on), right behind each part that is found, and so that a volume ends with the stretch. A boot sector counts when it
 * leads to an $MFT. Tables of logical partitions on the way are followed. Reads one sector at each place, none in
 * `known` parts; never rejects for damage.
 */
export async function findLostVolumes(reader: VolumeReader, search: Search): Promise<LostVolume[]> {
  const { from, to, known, sectorBytes, signal } = search;
  const found: LostVolume[] = [];
  const seen = new Set<number>();
  let failures = 0;
  const isTaken = (start: number): boolean =>
    found.some((one) => start >= one.startBytes && start < one.startBytes + one.sizeBytes);
  const look = async (start: number): Promise<LostVolume[]> => {
    if (start < from || start + BOOT_BYTES > to || seen.has(start) || found.length >= MOST_VOLUMES) return [];
    if (failures >= MOST_FAILURES || known.touches(start, start + BOOT_BYTES) || isTaken(start)) return [];
    signal.throwIfAborted();
    seen.add(start);
    const { bytes, holes } = await readClamped(reader, start, BOOT_BYTES);
    if (inHole(holes, 0, BOOT_BYTES)) {
      failures++;
      return [];
    }
    const volume = volumeAt(bytes, start);
    if (volume) return (await leadsToFiles(reader, volume)) ? [volume] : [];
    const logicals = start % sectorBytes === 0 ? await logicalsAt(reader, bytes, start, search) : [];
    return logicals.filter(
      ({ startBytes }) => !isTaken(startBytes) && !known.touches(startBytes, startBytes + 1),
    );
  };

  let next: number[] = [from + TRACK_SECTORS * sectorBytes, ...USUAL_MIB.map((mib) => from + mib * MIB)];
  while (next.length > 0) {
    const behind: number[] = [];
    for (const start of next) {
      for (const part of await look(start)) {
        found.push(part);
        const end = part.startBytes + part.sizeBytes;
        const whole = Math.ceil(end / MIB) * MIB;
        // A logical partition follows its own table: in the same track, or in the next MiB.
        behind.push(end, end + TRACK_SECTORS * sectorBytes, whole, whole + MIB, whole + 16 * MIB);
      }
    }
    next = behind;
  }
  const last = await volumeThatEndsAt(reader, to);
  if (last) found.push(...(await look(last.startBytes)));
  return found.toSorted((a, b) => a.startBytes - b.startBytes);
}

/** The logical partitions of a chain that goes on (or begins) in the sector at `start`. */
async function logicalsAt(
  reader: VolumeReader,
  bytes: Uint8Array,
  start: number,
  { to, containerStart, sectorBytes }: Search,
): Promise<LostVolume[]> {
  const entries = isVolumeBootSector(bytes) ? undefined : mbrEntries(bytes);
  if (entries === undefined || !hasBootFlags(entries) || !entries.some(isUsed)) return [];
  const base = (containerStart ?? start) / sectorBytes;
  const sectorCount = Math.floor(to / sectorBytes) - base;
  const container = { slot: 0, flag: 0, type: 5, startSector: base, sectorCount };
  const ignored = new ProblemList();
  const link = start / sectorBytes;
  const { partitions } = await readChain(reader, container, sectorBytes, FIRST_LOGICAL, ignored, link);
  return (
    partitions
      .filter(({ startBytes, sizeBytes }) => startBytes > start && startBytes + sizeBytes <= to)
      // How many were in front of them nobody knows, so their numbers mean nothing.
      .map(({ startBytes, sizeBytes }) => ({ startBytes, sizeBytes }))
  );
}

function volumeAt(bytes: Uint8Array, start: number): LostVolume | undefined {
  try {
    const boot = parseBootSector(bytes, start);
    return { startBytes: start, sizeBytes: boot.volumeBytes + boot.sectorBytes };
  } catch (error) {
    if (error instanceof NtfsError) return undefined;
    throw error;
  }
}

/** The volume whose backup boot sector is the last sector. */
async function volumeThatEndsAt(reader: VolumeReader, end: number): Promise<LostVolume | undefined> {
  const at = end - BOOT_BYTES;
  if (at < BOOT_BYTES) return undefined;
  const { bytes, holes } = await readClamped(reader, at, BOOT_BYTES);
  const volume = inHole(holes, 0, BOOT_BYTES) ? undefined : volumeAt(bytes, 0);
  return volume && { ...volume, startBytes: end - volume.sizeBytes };
}

/** Boot sectors are left behind by volumes of long ago; a living one leads to its $MFT. */
async function leadsToFiles(reader: VolumeReader, { startBytes, sizeBytes }: LostVolume): Promise<boolean> {
  const available = Math.min(sizeBytes, reader.sizeBytes - startBytes);
  const part: VolumeReader = {
    sizeBytes: available,
    read: (offset, length) => readClamped(reader, startBytes + offset, length),
  };
  return (await openNtfs(part)) !== undefined;
}
