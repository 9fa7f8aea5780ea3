import { ATTRIBUTE, attributeTypeName } from './attribute.ts';
import { SYSTEM_RECORD } from './attribute-role.ts';
import type { FileName } from './file-name.ts';
import type { LostPiece } from './lost-pieces.ts';
import type { LostRecords } from './lost-records.ts';
import type { LostHolder } from './owner-report.ts';
import type { Trace } from './owner-trace.ts';
import { type FilePlace, isSystemFile, namelessPath, pathFinder, recordNames } from './paths.ts';
import { type Run, runIndexAt } from './run-list.ts';

/** What stands for the attribute when a file's own record is lost. */
const RECORD_LOST = 'FILE record';

/** Turns the counts into holders with paths, and adds one for each lost record. */
export async function nameHolders(
  trace: Trace,
  records: LostRecords,
  signal: AbortSignal | undefined,
): Promise<LostHolder[]> {
  const { volume } = trace;
  const finder = pathFinder(volume, records.names);
  const files: LostHolder[] = [];
  for (const holder of trace.holders.values()) {
    signal?.throwIfAborted();
    const { record, type, tally } = holder;
    const state = await volume.mft.record(record);
    const base =
      state.state === 'in-use' ? state.record : state.state === 'unreadable' ? state.partial : undefined;
    const told = base === undefined ? [] : await recordNames(volume, base);
    const place = await finder.placeOf(record, told.length > 0 ? told : (records.names.get(record) ?? []));
    const isFolder = base?.isDirectory ?? type === ATTRIBUTE.INDEX_ALLOCATION;
    const path = record === SYSTEM_RECORD.MFT ? '$MFT' : place.path;
    files.push({
      record,
      path,
      otherPaths: place.otherPaths,
      stream: type === ATTRIBUTE.DATA ? holder.stream : '',
      attribute: attributeTypeName(type),
      kind: isSystemFile(record, place.inExtend)
        ? 'system'
        : isFolder && type !== ATTRIBUTE.DATA
          ? 'directory'
          : 'file',
      sizeBytes: holder.shape.sizeBytes,
      lostBytes: tally.lostBytes,
      slackBytes: tally.slackBytes,
      diskBytes: tally.diskBytes,
      pieces: tally.pieces,
      pieceCount: tally.pieceCount,
      ...(holder.recordLost ? { recordLost: true } : {}),
    });
  }
  for (const number of records.numbers()) {
    if (records.extensions.has(number)) continue;
    signal?.throwIfAborted();
    const names = records.names.get(number) ?? [];
    const place = await finder.placeOf(number, names);
    files.push(lostRecord(trace, number, names, place));
  }
  return files;
}

/** The holder for a file whose record is lost. */
function lostRecord(trace: Trace, record: number, names: readonly FileName[], place: FilePlace): LostHolder {
  const { boot, mft } = trace.volume;
  const entry = names[0];
  // A value that fits into a record and was not allocated in clusters lay in the record itself.
  const isResident =
    entry !== undefined &&
    !entry.isDirectory &&
    entry.dataBytes < boot.recordBytes &&
    (entry.allocatedBytes === 0 || entry.allocatedBytes % boot.clusterBytes !== 0);
  const [start, end] = [record * boot.recordBytes, (record + 1) * boot.recordBytes];
  const pieces: LostPiece[] = [];
  for (let i = runIndexAt(mft.runs, Math.floor(start / boot.clusterBytes)); i < mft.runs.length; i++) {
    const run = mft.runs[i] as Run;
    if (run.vcn * boot.clusterBytes >= end) break;
    if (run.lcn === undefined) continue;
    const shift = (run.lcn - run.vcn) * boot.clusterBytes;
    const from = Math.max(start, run.vcn * boot.clusterBytes);
    const to = Math.min(end, (run.vcn + run.length) * boot.clusterBytes);
    if (from >= to) continue;
    for (const range of trace.lost.within(from + shift, to + shift)) {
      pieces.push({ volumeOffset: range.start, fileOffset: undefined, length: range.end - range.start });
    }
  }
  return {
    record,
    path: names.length === 0 ? namelessPath(record) : place.path,
    otherPaths: place.otherPaths,
    stream: '',
    attribute: RECORD_LOST,
    kind: isSystemFile(record, place.inExtend) ? 'system' : entry?.isDirectory ? 'directory' : 'file',
    sizeBytes: entry?.dataBytes ?? 0,
    lostBytes: isResident ? entry.dataBytes : 0,
    slackBytes: 0,
    diskBytes: 0,
    pieces,
    pieceCount: pieces.length,
    recordLost: true,
  };
}
