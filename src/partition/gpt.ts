import type { ByteRange } from '../block/range.ts';
import { readClamped } from '../ntfs/holes.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import {
  type EntriesPlace,
  entriesRange,
  type GptEntries,
  mergedEntries,
  partitionsOf,
  readEntries,
} from './gpt-entries.ts';
import { type GptHeader, parseGptHeader } from './gpt-header.ts';
import { type GptCopy, type GptFacts, type Partition, ProblemList } from './partition.ts';

/** A GPT that was found. */
export interface FoundGpt {
  readonly facts: Omit<GptFacts, 'hybrid'>;
  readonly sectorBytes: number;
  readonly diskId: string | undefined;
  readonly partitions: readonly Partition[];
  readonly tableRanges: readonly ByteRange[];
  /** What the partitions were read from; undefined where both headers are lost. */
  readonly copy:
    | { readonly header: GptHeader; readonly sector: Uint8Array; readonly entries: GptEntries }
    | undefined;
}

/** One of the two headers, or why it cannot be used. */
interface HeaderTry {
  readonly lba: number;
  readonly sectorBytes: number;
  readonly header: GptHeader | undefined;
  /** The sector, as far as it could be read. */
  readonly sector: Uint8Array;
  /** A clause, such as "has a wrong checksum". */
  readonly fault: string;
}

/** What is usual, and what is believed where both headers are lost. */
const USUAL = { entryCount: 128, entryBytes: 128 };

/**
 * Looks for a GPT: by its primary header, by its backup in the last sector, and, if `expected` (the MBR says that
 * there is one, or cannot be read), by the entries alone. `sectorSizes` are tried in their order. `undefined` when there
 * is none. Never rejects for damage.
 */
export async function readGpt(
  reader: VolumeReader,
  sectorSizes: readonly number[],
  expected: boolean,
  problems: ProblemList,
): Promise<FoundGpt | undefined> {
  // Two sectors are the least in which anything could stand beside an MBR.
  const sizes = sectorSizes.filter((sectorBytes) => reader.sizeBytes >= 2 * sectorBytes);
  for (const sectorBytes of sizes) {
    const primary = await tryHeader(reader, 1, sectorBytes);
    const backup = await findBackup(reader, primary);
    if (primary.header === undefined && backup.header === undefined) continue;
    return choose(reader, primary, backup, problems);
  }
  if (!expected) return undefined;
  for (const sectorBytes of sizes) {
    const found = await withoutHeaders(reader, sectorBytes, problems);
    if (found) return found;
  }
  return undefined;
}

async function tryHeader(reader: VolumeReader, lba: number, sectorBytes: number): Promise<HeaderTry> {
  const { bytes, holes } = await readClamped(reader, lba * sectorBytes, sectorBytes);
  if (holes.length > 0) {
    const inside = (lba + 1) * sectorBytes <= reader.sizeBytes;
    const fault = inside ? 'cannot be read' : 'would lie behind the end of the disk';
    return { lba, sectorBytes, header: undefined, sector: bytes, fault };
  }
  const header = parseGptHeader(bytes, lba, sectorBytes);
  const isHeader = typeof header !== 'string';
  return {
    lba,
    sectorBytes,
    header: isHeader ? header : undefined,
    sector: bytes,
    fault: isHeader ? '' : header,
  };
}

/** The backup where the primary says it is, else in the last sector. */
async function findBackup(reader: VolumeReader, primary: HeaderTry): Promise<HeaderTry> {
  const { sectorBytes } = primary;
  const last = Math.floor(reader.sizeBytes / sectorBytes) - 1;
  const named = primary.header?.alternateLba ?? last;
  const first = await tryHeader(reader, named, sectorBytes);
  if (first.header !== undefined || named === last) return first;
  const second = await tryHeader(reader, last, sectorBytes);
  return second.header === undefined ? first : second;
}

async function choose(
  reader: VolumeReader,
  primary: HeaderTry,
  backup: HeaderTry,
  problems: ProblemList,
): Promise<FoundGpt> {
  const { sectorBytes } = primary;
  tellFaults(primary, backup, problems);
  const last = Math.floor(reader.sizeBytes / sectorBytes) - 1;
  const headers = [primary.header, backup.header].filter((header) => header !== undefined);
  const header = headers[0] as GptHeader;
  if (backup.lba !== last && backup.lba < last) {
    const message =
      'The backup GPT does not lie at the end of the disk: the disk is larger than the table says.';
    problems.add('gpt-backup-misplaced', message, backup.lba * sectorBytes);
  }
  const arrays = await Promise.all(headers.map((one) => readEntries(reader, one)));
  const { entries, of, from } = pick(headers, arrays, primary.header !== undefined, problems);
  return {
    facts: {
      from,
      primaryValid: primary.header !== undefined && arrays[0]?.crcFits === true,
      backupValid: backup.header !== undefined && arrays.at(-1)?.crcFits === true,
      backupStartBytes: backup.lba * sectorBytes,
    },
    sectorBytes,
    diskId: header.diskGuid,
    partitions: partitionsOf(entries, of, problems),
    copy: { header: of, sector: of === primary.header ? primary.sector : backup.sector, entries },
    tableRanges: [
      sectorRange(1, sectorBytes),
      sectorRange(backup.lba, sectorBytes),
      ...headers.map(entriesRange),
      // Where the lost copy of the entries usually lies.
      ...(headers.length < 2
        ? [usualEntries(header, primary.header === undefined ? 2 : undefined, backup.lba)]
        : []),
    ],
  };
}

function tellFaults(primary: HeaderTry, backup: HeaderTry, problems: ProblemList): void {
  if (primary.header === undefined) {
    const message = `The primary GPT header ${primary.fault}; the backup at the end of the disk is used.`;
    problems.add('gpt-primary-damaged', message, primary.lba * primary.sectorBytes);
  }
  if (backup.header === undefined) {
    const message = `The backup GPT header ${backup.fault}.`;
    problems.add('gpt-backup-damaged', message, backup.lba * backup.sectorBytes);
  }
  const differ = primary.header && backup.header && primary.header.diskGuid !== backup.header.diskGuid;
  if (differ) {
    const message = 'The two copies of the GPT are of different disks; the primary is used.';
    problems.add('gpt-copies-differ', message, backup.lba * backup.sectorBytes);
  }
}

/** The best entries that can be had: a whole copy, both put together, or what is left of one. */
function pick(
  headers: readonly GptHeader[],
  arrays: readonly GptEntries[],
  primaryIsFirst: boolean,
  problems: ProblemList,
): { entries: GptEntries; of: GptHeader; from: GptCopy } {
  const name = (index: number): 'primary' | 'backup' =>
    index === 0 && primaryIsFirst ? 'primary' : 'backup';
  for (const [index, { crcFits, holes }] of arrays.entries()) {
    if (crcFits) continue;
    const why = holes.length > 0 ? 'cannot be read in part' : 'have a wrong checksum';
    const position = entriesRange(headers[index] as GptHeader).start;
    problems.add('gpt-entries-damaged', `The entries of the ${name(index)} GPT ${why}.`, position);
  }
  const whole = arrays.findIndex((entries) => entries.crcFits);
  if (whole >= 0) {
    const [one, other] = arrays;
    if (one?.crcFits && other?.crcFits && headers[0]?.entriesCrc !== headers[1]?.entriesCrc) {
      const position = entriesRange(headers[1] as GptHeader).start;
      problems.add('gpt-copies-differ', 'The two copies of the GPT differ; the primary is used.', position);
    }
    return { entries: arrays[whole] as GptEntries, of: headers[whole] as GptHeader, from: name(whole) };
  }
  const [one, other] = arrays as readonly [GptEntries, GptEntries | undefined];
  const header = headers[0] as GptHeader;
  const merged = other && mergedEntries(one, other, header.entriesCrc);
  if (merged) return { entries: merged, of: header, from: 'both' };
  if (one.holes.length > 0) {
    const message = 'Partitions may be missing: a part of the table can be read in neither copy.';
    problems.add('gpt-entries-damaged', message, entriesRange(header).start);
  }
  return { entries: one, of: header, from: name(0) };
}

/** The entries where they usually lie, believed without checksums when all of them make sense together. */
async function withoutHeaders(
  reader: VolumeReader,
  sectorBytes: number,
  problems: ProblemList,
): Promise<FoundGpt | undefined> {
  const last = Math.floor(reader.sizeBytes / sectorBytes) - 1;
  const places = [
    usualEntries({ ...USUAL, sectorBytes }, 2, last),
    usualEntries({ ...USUAL, sectorBytes }, undefined, last),
  ];
  for (const [index, { start }] of places.entries()) {
    const place: EntriesPlace = { ...USUAL, sectorBytes, entriesLba: start / sectorBytes };
    const entries = await readEntries(reader, place);
    const contradictions = new ProblemList();
    const partitions = partitionsOf(entries, place, contradictions);
    if (partitions.length === 0 || contradictions.list().length > 0) continue;
    if (!makeSense(partitions, (last + 1) * sectorBytes)) continue;
    const from = index === 0 ? 'primary' : 'backup';
    const message = `Both headers of the GPT are lost; the entries of the ${from} copy are used without a checksum.`;
    problems.add('gpt-entries-damaged', message, start);
    return {
      facts: { from, primaryValid: false, backupValid: false, backupStartBytes: last * sectorBytes },
      sectorBytes,
      diskId: undefined,
      partitions,
      copy: undefined,
      tableRanges: [sectorRange(1, sectorBytes), sectorRange(last, sectorBytes), ...places],
    };
  }
  return undefined;
}

function makeSense(partitions: readonly Partition[], diskBytes: number): boolean {
  const byPlace = partitions.toSorted((a, b) => a.startBytes - b.startBytes);
  return byPlace.every(({ startBytes, sizeBytes }, i) => {
    const next = byPlace[i + 1]?.startBytes ?? diskBytes;
    return startBytes + sizeBytes <= next;
  });
}

const sectorRange = (lba: number, sectorBytes: number): ByteRange => ({
  start: lba * sectorBytes,
  end: (lba + 1) * sectorBytes,
});

/** Where a copy of the entries lies as a rule: behind the primary header, or right in front of the backup's. */
function usualEntries(
  shape: Pick<EntriesPlace, 'entryCount' | 'entryBytes' | 'sectorBytes'>,
  afterPrimary: number | undefined,
  backupLba: number,
): ByteRange {
  const sectors = Math.ceil((shape.entryCount * shape.entryBytes) / shape.sectorBytes);
  return entriesRange({ ...shape, entriesLba: Math.max(2, afterPrimary ?? backupLba - sectors) });
}
