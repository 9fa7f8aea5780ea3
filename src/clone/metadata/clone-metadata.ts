import { type RangeSet, RangeSetBuilder } from '../../block/range-set.ts';
import type { OpenSource } from '../../block/source-device.ts';
import { sourceReader } from '../../ntfs/source-reader.ts';
import { accountClusters } from '../accounting.ts';
import { CloneError } from '../clone-error.ts';
import type { CloneListener } from '../clone-listener.ts';
import { withSource } from '../clone-volume.ts';
import { ClusterReader } from '../cluster-reader.ts';
import { type CloneGeometry, type ClusterSink, cloneBytes } from '../cluster-sink.ts';
import { imageWriter, plainCommands } from '../image-writer.ts';
import { checkDeviceSize, openCloneVolume } from '../open-volume.ts';
import { checkRoomForClone, type Output, openImageOutput, openRawOutput } from '../output.ts';
import { type ClusterEdit, type NewSerial, serialEdit } from '../serial-number.ts';
import { walkClusters } from '../volume-walk.ts';
import { clearBootSector } from './boot-stretch.ts';
import type { ClusterSupply } from './cluster-supply.ts';
import { copyMetadata, countMetadataClusters, type MetadataTally } from './metadata-copy.ts';
import type { WipeRules } from './wipe-rules.ts';

/** A copy of a volume's metadata that is to be made. */
export interface MetadataRequest extends WipeRules {
  readonly source: string;
  /** `-` for standard output, for an image. */
  readonly output: string;
  readonly overwrite: boolean;
  /** `raw`: each cluster in its place; `image`: the special image format. */
  readonly form: 'raw' | 'image';
  /** Keep the whole log, with all that is in it. Not together with `strict`. */
  readonly fullLog: boolean;
  readonly rescue: boolean;
  readonly ignoreFsCheck: boolean;
  readonly force: boolean;
  readonly newSerial?: NewSerial;
  /** Asked before an output is opened that may hold something; rejects when it must not be. */
  readonly confirm?: () => Promise<void>;
}

/** What came of it. */
export interface MetadataResult {
  readonly geometry: CloneGeometry;
  /** Records of $MFT, used or not. */
  readonly records: number;
  readonly tally: MetadataTally;
  /** Sectors that could not be read, in bytes of the volume. */
  readonly lost: RangeSet;
  readonly output: Output;
}

/** Hears what a metadata copy is doing. */
export interface MetadataListener extends CloneListener {
  /** The checks are done, and records are taken one after the other from now on. */
  wiping(geometry: CloneGeometry, version: string, form: 'raw' | 'image'): void;
  /** All records are done; the output is not yet on stable storage. */
  wiped(result: MetadataResult, form: 'raw' | 'image'): void;
}

/** The most that is read at once: a cluster or an index block may be as large. */
const READ_BYTES = 2 ** 21;

/**
 * Copies the metadata of a volume. Contents of files are cleared on the way: no byte that is not wanted is ever written.
 * Everything is checked before the output is opened. Rejects with a `CloneError`; what was written by then is incomplete
 * and stays.
 */
export async function cloneMetadata(
  request: MetadataRequest,
  listener: MetadataListener,
  signal: AbortSignal,
): Promise<MetadataResult> {
  return withSource(request, (source, output) => {
    if (output.kind === 'block' && !request.force) throw metadataOntoDevice();
    return copy(source, output, request, listener, signal);
  });
}

/** Why metadata do not go to a device unasked. */
export function metadataOntoDevice(): CloneError {
  return new CloneError(
    'refused',
    'Cloning only metadata to a block device does not usually make sense, aborting...',
    'If you were instructed to do this by a developer and/or are sure that this is what you want to do, run it again with --force.',
  );
}

async function copy(
  source: OpenSource,
  output: Output,
  request: MetadataRequest,
  listener: MetadataListener,
  signal: AbortSignal,
): Promise<MetadataResult> {
  const { rescue, ignoreFsCheck, force, form } = request;
  const volume = await openCloneVolume(sourceReader(source), { path: request.source, force, rescue, signal });
  const { geometry, boot } = volume;
  listener.volume(geometry, volume.version);
  checkDeviceSize(geometry);
  for (const note of volume.notes) listener.note(note);
  if (form === 'raw') checkRoomForClone(output, geometry, 0);
  const walked = await walkClusters(volume, ignoreFsCheck, listener, signal);
  await accountClusters(volume, walked.owned, ignoreFsCheck, listener);
  if (walked.hibernated)
    listener.note('Windows sleeps on this volume: what it holds in memory is not in the copy.');
  const options = { ...request, resetLog: form === 'raw', renewMirror: form === 'raw' };
  const counted = form === 'image' ? await countMetadataClusters(volume, options, signal) : 0;
  // Measured: what ntfsclone tells here is the number in the image's header, or all clusters in use and the last one.
  listener.space(form === 'image' ? counted : walked.usedClusters + 1, geometry);
  signal.throwIfAborted();

  const opened =
    form === 'image'
      ? imageWriter(plainCommands(await openImageOutput(output), geometry.clusterBytes), geometry, counted)
      : await openRawOutput(output, geometry);
  const sink = editedSink(opened, bootEdit(request, geometry, listener));
  const lost = new RangeSetBuilder();
  const supply = clusterSupply(source, volume.boot.sectorBytes, geometry, rescue, (start, end) => {
    lost.add(start, end);
    listener.lost(start, end, Math.min(boot.sectorBytes, source.physicalSectorBytes));
  });
  listener.wiping(geometry, volume.version, form);
  listener.phase('scanning');
  const last = volume.mft.recordCount - 1;
  const tally = await copyMetadata({
    volume,
    supply,
    sink,
    options,
    shared: walked.shared,
    signal,
    onRecord: (record) => listener.progress(record, last),
  });
  listener.progress(last, last);
  // Measured: ntfsclone goes back to the start here for clusters without an owner, which are left out.
  if (ignoreFsCheck) await sink.used(0, new Uint8Array(0));
  const backup = (await supply.read(geometry.clusterCount, 1)).bytes;
  if (request.strict) clearBackup(backup, boot.volumeBytes - geometry.clusterCount * geometry.clusterBytes);
  await sink.used(geometry.clusterCount, backup);
  const result = { geometry, records: volume.mft.recordCount, tally, lost: lost.build(), output };
  listener.wiped(result, form);
  if (form === 'raw') listener.phase('syncing');
  await sink.finish();
  return result;
}

function clusterSupply(
  source: OpenSource,
  sectorBytes: number,
  geometry: CloneGeometry,
  rescue: boolean,
  onLost: (start: number, end: number) => void,
): ClusterSupply {
  const reader = new ClusterReader(source, { rescue, sectorBytes });
  const { clusterBytes } = geometry;
  const most = Math.max(1, Math.floor(READ_BYTES / clusterBytes));
  const memory = reader.allocate(most * clusterBytes);
  const volumeEnd = cloneBytes(geometry);
  const told = new Set<number>();
  return {
    async read(lcn, length) {
      const start = Math.min(volumeEnd, lcn * clusterBytes);
      const end = Math.min(volumeEnd, (lcn + Math.min(most, length)) * clusterBytes);
      const { lost, bytesOf } = await reader.read([{ start, end }], memory);
      for (const range of lost) {
        // The log's clusters are read twice.
        if (!told.has(range.start)) onLost(range.start, range.end);
        told.add(range.start);
      }
      return {
        bytes: bytesOf({ start, end }),
        lost: lost.map((range) => ({ start: range.start - start, end: range.end - start })),
      };
    },
  };
}

function bootEdit(
  request: MetadataRequest,
  { clusterBytes }: CloneGeometry,
  listener: MetadataListener,
): ClusterEdit | undefined {
  if (request.newSerial === undefined || request.form !== 'raw') return undefined;
  return serialEdit(request.newSerial, clusterBytes, (serial) => listener.newSerial(serial));
}

function editedSink(sink: ClusterSink, edit: ClusterEdit | undefined): ClusterSink {
  if (edit === undefined) return sink;
  return {
    used(lcn, bytes) {
      edit(lcn, bytes);
      return sink.used(lcn, bytes);
    },
    finish: () => sink.finish(),
  };
}

/** Clears everything behind the last cluster but the backup boot sector, which begins `at` bytes behind it. */
function clearBackup(tail: Uint8Array, at: number): void {
  tail.fill(0, 0, Math.min(at, tail.length));
  clearBootSector(tail.subarray(Math.min(at, tail.length)));
}
