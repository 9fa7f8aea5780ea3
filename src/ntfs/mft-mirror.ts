import type { BootSector } from './boot-sector.ts';
import { type FileRecord, ownRecordNumber, parseFileRecord, type RecordState } from './file-record.ts';
import { readClamped } from './holes.ts';
import type { VolumeReader } from './volume-reader.ts';

/** $MFTMirr holds four records, or a cluster of them; libntfs uses up to 24. The first four are kept current. */
const MIRROR_RECORDS = 4;
const MAX_MIRROR_RECORDS = 24;

/** Number of records that $MFTMirr holds on a volume of this geometry. */
export function mirrorRecordCount(boot: BootSector): number {
  const perCluster = Math.floor(boot.clusterBytes / boot.recordBytes);
  return Math.min(MAX_MIRROR_RECORDS, Math.max(MIRROR_RECORDS, perCluster));
}

/**
 * The first records have copies in $MFTMirr. Where the original cannot be used the copy is. One of the first four
 * is never free; behind them copies may be stale (measured: 2 MiB clusters), so only a lost original is replaced.
 */
export async function orFromMirror(
  reader: VolumeReader,
  boot: BootSector,
  number: number,
  state: RecordState,
): Promise<RecordState> {
  if (number >= mirrorRecordCount(boot)) return state;
  const good = state.state === 'in-use' && state.record.damage === undefined;
  if (good || (state.state === 'free' && number >= MIRROR_RECORDS)) return state;
  const copy = await readMirrorRecord(reader, boot, number);
  return copy === undefined ? state : { state: 'in-use', record: copy };
}

/** An undamaged record in use from $MFTMirr, or `undefined`. */
export async function readMirrorRecord(
  reader: VolumeReader,
  boot: BootSector,
  number: number,
): Promise<FileRecord | undefined> {
  const position = boot.mftMirrLcn * boot.clusterBytes + number * boot.recordBytes;
  const chunk = await readClamped(reader, position, boot.recordBytes);
  const bytes = chunk.bytes.slice();
  const state = parseFileRecord(bytes, chunk.holes, number, boot, position);
  if (state.state !== 'in-use' || (ownRecordNumber(bytes) ?? number) !== number) return undefined;
  return state.record.damage === undefined && state.record.base === undefined ? state.record : undefined;
}
