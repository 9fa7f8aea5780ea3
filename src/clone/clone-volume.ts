import { describePath } from '../block/device-facts.ts';
import { checkSource } from '../block/guards.ts';
import { OpenError } from '../block/open-error.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { type OpenSource, openSource } from '../block/source-device.ts';
import { readLogState } from '../ntfs/log-state.ts';
import { type OwnerReport, traceOwners } from '../ntfs/owners.ts';
import { SourceFailure, sourceReader } from '../ntfs/source-reader.ts';
import { accountClusters } from './accounting.ts';
import { cloneEdit } from './clone-edit.ts';
import { CloneError, sourceError } from './clone-error.ts';
import type { CloneListener } from './clone-listener.ts';
import type { ClusterRun } from './cluster-bitmap.ts';
import { ClusterReader } from './cluster-reader.ts';
import type { CloneGeometry, ClusterSink } from './cluster-sink.ts';
import { type Compression, openCompressedSink } from './compressed/save-compressed.ts';
import { copyClusters } from './copy-clusters.ts';
import { imageBytes, imageWriter, plainCommands } from './image-writer.ts';
import { type CloneVolume, checkDeviceSize, openCloneVolume } from './open-volume.ts';
import {
  checkRoom,
  checkRoomForClone,
  type Output,
  openImageOutput,
  openRawOutput,
  planOutput,
  tellRoom,
} from './output.ts';
import { imageRuns, planDigest, rawRuns, withoutFirst } from './save-plan.ts';
import type { ClusterEdit, NewSerial } from './serial-number.ts';
import { STANDARD_STREAM } from './standard-stream.ts';
import { type WalkedClusters, walkClusters } from './volume-walk.ts';

/** A copy of a volume's used clusters that is to be made. */
export interface CloneRequest {
  readonly source: string;
  /** `-` for standard output. */
  readonly output: string;
  readonly overwrite: boolean;
  /** `raw`: each cluster in its place; `image`: the special image format, compressed with `compression`. */
  readonly form: 'raw' | 'image';
  readonly compression?: Compression;
  /** Go on after sectors that cannot be read. */
  readonly rescue: boolean;
  /** Go on although files and $Bitmap do not agree. */
  readonly ignoreFsCheck: boolean;
  /** Go on although the volume asks for a check. */
  readonly force: boolean;
  readonly newSerial?: NewSerial;
  /** Fit the boot sector to the sectors of the output device. */
  readonly adjustSectorSize?: boolean;
  /** Asked once nothing speaks against the output, before anything else: throws when it shall be left alone. */
  readonly confirm?: () => Promise<void>;
}

/** What came of it. */
export interface CloneResult {
  readonly geometry: CloneGeometry;
  /** Clusters that were copied, the stretch behind the last one not counted. */
  readonly clusters: number;
  /** Sectors that could not be read, in bytes of the volume. */
  readonly lost: RangeSet;
  /** Whose those were; undefined when nothing is lost. */
  readonly owners: OwnerReport | undefined;
}

/**
 * Clones a volume or saves it to an image. Everything is checked before the output is opened. Rejects with a
 * `CloneError`; what was written by then is incomplete and stays.
 */
export async function cloneVolume(
  request: CloneRequest,
  listener: CloneListener,
  signal: AbortSignal,
): Promise<CloneResult> {
  return withSource(request, (source, output) => copy(source, request, output, listener, signal));
}

/** Checks both ends of a copy, opens the source, and closes it when `work` has ended. Rejects with a `CloneError`. */
export async function withSource<Result>(
  request: Pick<CloneRequest, 'source' | 'output' | 'overwrite' | 'rescue' | 'confirm'>,
  work: (source: OpenSource, output: Output) => Promise<Result>,
): Promise<Result> {
  const facts = await describePath(request.source);
  const refusal = await checkSource(facts);
  if (refusal !== undefined) throw new CloneError('refused', refusal.message, refusal.advice);
  const output = await planOutput(request.output, facts, request.overwrite);
  await request.confirm?.();
  const source = await openChecked(request.source, facts, request.rescue);
  try {
    return await work(source, output);
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    throw sourceError(error);
  } finally {
    await source.close();
  }
}

async function openChecked(path: string, facts: PathFacts, rescue: boolean): Promise<OpenSource> {
  try {
    // The first bad sector ends a clone without --rescue: the page cache, which may hold the image, costs nothing then.
    return await openSource(path, facts, undefined, { cached: !rescue });
  } catch (error) {
    if (error instanceof OpenError) throw new CloneError('source', error.message, error.advice);
    throw error;
  }
}

async function copy(
  source: OpenSource,
  request: CloneRequest,
  output: Output,
  listener: CloneListener,
  signal: AbortSignal,
): Promise<CloneResult> {
  const { rescue, ignoreFsCheck, force, form } = request;
  const volume = await openCloneVolume(sourceReader(source), { path: request.source, force, rescue, signal });
  const { geometry } = volume;
  listener.volume(geometry, volume.version);
  checkDeviceSize(geometry);
  for (const note of volume.notes) listener.note(note);
  if (form === 'raw') checkRoomForClone(output, geometry, 0);
  const walked = await walkClusters(volume, ignoreFsCheck, listener, signal);
  const extra = await accountClusters(volume, walked.owned, ignoreFsCheck, listener);
  listener.space(walked.usedClusters, geometry);
  await tellState(volume, walked, listener);
  const clusters = leaveOutBad(walked, listener);
  const runs = (): Iterable<ClusterRun> =>
    form === 'image' ? imageRuns(walked.owned, extra, geometry) : rawRuns(walked.owned, extra, geometry);
  const dataBytes = clusters * geometry.clusterBytes;
  if (form === 'raw') checkRoomForClone(output, geometry, dataBytes);
  else if (request.compression === undefined) checkRoom(output, imageBytes(runs(), geometry));
  else tellRoom(output, dataBytes, listener);
  signal.throwIfAborted();

  const lost = new RangeSetBuilder();
  const edit = editsOf(request, output, geometry, listener);
  const { sink, clustersBefore, lostBefore } =
    form === 'image' && request.compression !== undefined
      ? await openCompressedSink(
          output,
          {
            source,
            volume,
            clusters,
            plan: planDigest(geometry, clusters, runs()),
            tableCrc: walked.tableCrc,
          },
          request.compression,
          listener,
        )
      : {
          sink: await openSink(form, output, geometry, clusters),
          clustersBefore: 0,
          lostBefore: RangeSet.EMPTY,
        };
  for (const { start, end } of lostBefore) lost.add(start, end);
  if (clustersBefore > 0) listener.goesOn(clustersBefore, geometry);
  const isStream = form === 'raw' && request.output === STANDARD_STREAM;
  listener.phase(form === 'image' ? 'saving' : 'cloning');
  // A stream is as long as the volume: its free clusters count too.
  const total = isStream ? geometry.clusterCount + 1 : clusters + 1;
  // Or what an earlier run has saved would count as the work of the first second.
  if (clustersBefore > 0) listener.progress(clustersBefore, total);
  try {
    await copyClusters(withoutFirst(runs(), clustersBefore), {
      reader: new ClusterReader(source, { rescue, sectorBytes: volume.boot.sectorBytes }),
      geometry,
      sink,
      sparing: rescue,
      signal,
      edit,
      onCopied: (copied, nextLcn) => listener.progress(isStream ? nextLcn : clustersBefore + copied, total),
      onLost: ({ start, end }) => {
        lost.add(start, end);
        listener.lost(start, end, Math.min(volume.boot.sectorBytes, source.physicalSectorBytes));
      },
    });
  } catch (error) {
    if (sink.leave !== undefined) {
      listener.phase('syncing');
      // Why it has ended is more worth telling than what fails now.
      await sink.leave().catch(() => undefined);
    }
    throw error;
  }
  listener.phase('syncing');
  await sink.finish();
  const lostSet = lost.build();
  const owners = lostSet.isEmpty ? undefined : await traceOwners(volume.reader, lostSet, { signal });
  return { geometry, clusters, lost: lostSet, owners };
}

/** Opens the output; what was there is lost from now on. */
async function openSink(
  form: CloneRequest['form'],
  output: Output,
  geometry: CloneGeometry,
  clusters: number,
): Promise<ClusterSink> {
  if (form === 'raw') return openRawOutput(output, geometry);
  const commands = plainCommands(await openImageOutput(output), geometry.clusterBytes);
  return imageWriter(commands, geometry, clusters);
}

/** What is changed in the clusters of a raw clone; an image is always the volume as it is. */
function editsOf(
  request: CloneRequest,
  output: Output,
  { clusterBytes }: CloneGeometry,
  listener: CloneListener,
): ClusterEdit {
  const { newSerial, adjustSectorSize = false, form } = request;
  const ignored =
    newSerial !== undefined ? '--new-serial' : adjustSectorSize ? '--adjust-sector-size' : undefined;
  if (form === 'image') {
    if (ignored !== undefined)
      listener.note(`${ignored} has no effect on an image: use it when the image is restored.`);
    return () => undefined;
  }
  return cloneEdit(newSerial, adjustSectorSize ? output : undefined, clusterBytes, listener);
}

/** Names what a copy of such a volume means; ntfsclone copies it without a word. */
async function tellState(
  volume: CloneVolume,
  walked: WalkedClusters,
  listener: CloneListener,
): Promise<void> {
  if (walked.hibernated) {
    listener.note(
      'Windows sleeps on this volume (hibernated, or shut down with fast start): changes that it holds in memory are not in the copy, and waking it after the copy was changed destroys files.',
    );
  }
  if ((await readLogState(volume)) === 'unclean') {
    listener.note(
      'The log of this volume is not empty: it was not unmounted properly. The copy is as the volume is; Windows makes the waiting changes when it mounts the copy.',
    );
  }
}

/** Takes out the clusters that NTFS has marked bad; returns how many are left. */
function leaveOutBad(walked: WalkedClusters, listener: CloneListener): number {
  let removed = 0;
  for (const run of walked.bad) removed += walked.owned.remove(run);
  if (removed > 0) listener.badClusters(removed);
  return walked.usedClusters - removed;
}
