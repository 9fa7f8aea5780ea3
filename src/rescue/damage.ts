import type { RangeSet } from '../block/range-set.ts';
import { type LostHolder, type OwnerReport, traceOwners } from '../ntfs/owners.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';

/** One hurt file (or folder, or system file) in a line. */
export interface DamagedItem {
  readonly path: string;
  /** Name of the alternate stream; empty for the file's main content. */
  readonly stream: string;
  readonly attribute: string;
  readonly kind: LostHolder['kind'];
  readonly sizeBytes: number;
  readonly lostBytes: number;
  readonly pieceCount: number;
  /** Offset of the first lost stretch in the file; undefined when its place in the file is not known. */
  readonly firstOffset: number | undefined;
  /** The file's own record is lost, and with it the way to its content. */
  readonly recordLost: boolean;
}

/** What was lost, in numbers and in its worst examples. */
export interface DamageSummary {
  /** Whether the lost sectors could be traced: not without a readable NTFS structure. */
  readonly traced: boolean;
  readonly damagedFiles: number;
  readonly lostFiles: number;
  readonly damagedDirectories: number;
  readonly damagedSystemFiles: number;
  /** Files that only lost bytes behind their end, where nothing was. */
  readonly unhurtFiles: number;
  readonly freeBytes: number;
  readonly unknownBytes: number;
  /** The worst first; not more than `MAX_ITEMS`. */
  readonly items: readonly DamagedItem[];
  readonly notes: readonly string[];
}

/** What was lost, whole, for the report, and in short. */
export interface Damage {
  readonly summary: DamageSummary;
  readonly owners: OwnerReport;
}

const MAX_ITEMS = 100;

/**
 * Traces every lost byte to the file that held it. `reader` gives the volume as far as it is saved; `traceable` says
 * whether it is an NTFS volume at all.
 */
export async function describeDamage(
  reader: VolumeReader,
  lost: RangeSet,
  traceable: boolean,
): Promise<Damage> {
  const owners: OwnerReport =
    traceable && !lost.isEmpty
      ? await traceOwners(reader, lost)
      : {
          files: [],
          omittedFiles: 0,
          omittedBytes: 0,
          freeBytes: 0,
          unknownBytes: lost.totalBytes,
          notes: [],
        };
  return { owners, summary: summarise(owners, traceable) };
}

/** All that is hurt, the worst first. */
export function worstItems(holders: readonly LostHolder[]): DamagedItem[] {
  return holders.filter(isHurt).sort(worstFirst).map(itemOf);
}

const isHurt = (holder: LostHolder): boolean => holder.lostBytes > 0 || holder.recordLost === true;

function summarise(owners: OwnerReport, traced: boolean): DamageSummary {
  const hurt = owners.files.filter(isHurt);
  const recordsOf = (holders: readonly LostHolder[]): number =>
    new Set(holders.map((each) => each.record)).size;
  const lostFiles = hurt.filter((holder) => holder.kind === 'file' && holder.recordLost);
  return {
    traced,
    damagedFiles: recordsOf(hurt.filter((holder) => holder.kind === 'file' && !holder.recordLost)),
    lostFiles: recordsOf(lostFiles),
    damagedDirectories: recordsOf(hurt.filter((holder) => holder.kind === 'directory')),
    damagedSystemFiles: recordsOf(hurt.filter((holder) => holder.kind === 'system')),
    unhurtFiles: recordsOf(owners.files.filter((holder) => !isHurt(holder))),
    freeBytes: owners.freeBytes,
    unknownBytes: owners.unknownBytes,
    items: worstItems(owners.files).slice(0, MAX_ITEMS),
    notes: owners.notes.map((note) => note.message),
  };
}

/** People's files before folders and system files; whole losses first, then by bytes lost. */
function worstFirst(a: LostHolder, b: LostHolder): number {
  const rank = (holder: LostHolder): number =>
    ['file', 'directory', 'system'].indexOf(holder.kind) * 2 + (holder.recordLost ? 0 : 1);
  return rank(a) - rank(b) || b.lostBytes - a.lostBytes || (a.path < b.path ? -1 : 1);
}

const itemOf = (holder: LostHolder): DamagedItem => ({
  path: holder.path,
  stream: holder.stream,
  attribute: holder.attribute,
  kind: holder.kind,
  sizeBytes: holder.sizeBytes,
  lostBytes: holder.lostBytes,
  pieceCount: holder.pieceCount,
  firstOffset: holder.pieces[0]?.fileOffset,
  recordLost: holder.recordLost === true,
});
