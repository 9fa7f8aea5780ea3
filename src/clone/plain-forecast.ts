import { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { ATTRIBUTE } from '../ntfs/attribute.ts';
import { isBadClusterMap, SYSTEM_RECORD } from '../ntfs/attribute-role.ts';
import { readBitmap } from '../ntfs/bitmap.ts';
import { bootSectorCandidates } from '../ntfs/boot-sector.ts';
import { fileAttribute, fileAttributes, type OpenVolume } from '../ntfs/file-attributes.ts';
import { openMft } from '../ntfs/mft.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import type { ClusterRun } from './cluster-bitmap.ts';
import { tailBytes } from './cluster-sink.ts';
import type { ImageHeader } from './image-header.ts';
import { imageVolume } from './image-volume.ts';
import { COMMAND, GAP_BYTES, gapCommand } from './image-writer.ts';
import { type PlainImage, PlainWalk, plainClusters } from './plain-image.ts';

/** So many of the places that were worked out are compared with what the image has there. */
const COMPARED = 512;

/**
 * Works out where the clusters of a special image lie, without going through all of it: up to the end of $Bitmap, which
 * then tells the rest. `undefined` unless everything fits: the number of clusters, the length of the file, and the
 * commands at many places. Images of metadata and of damaged volumes do not.
 */
export async function forecastPlainImage(
  file: VolumeReader,
  header: ImageHeader,
): Promise<PlainImage | undefined> {
  const walk = new PlainWalk(file, header);
  const volume = await openAlong(file, header, walk);
  if (volume === undefined) return undefined;
  const used = await usedClusters(volume);
  if (used === undefined) return undefined;
  const places = placesOf(used, header, walk);
  const { clusterCount, usedClusters: expected } = header;
  const total = walk.clusters + places.clusters;
  if (total !== expected + 1 || places.end !== file.sizeBytes) return undefined;
  if (!(await fits(file, places.runs))) return undefined;
  for (const { lcn, length, offset } of places.runs) walk.index.add(lcn, length, 0, offset);
  if (!walk.index.isAscending || !walk.index.finish()) return undefined;
  return {
    header,
    index: walk.index,
    clusters: expected,
    hasTail: true,
    unreadable: RangeSet.EMPTY,
    failure: undefined,
    position: clusterCount + 1,
  };
}

/** Follows the image as far as it is needed to open the volume in it and to read $Bitmap. */
async function openAlong(
  file: VolumeReader,
  header: ImageHeader,
  walk: PlainWalk,
): Promise<OpenVolume | undefined> {
  const reader = imageVolume(header, plainClusters(file, { header, index: walk.index }));
  if (!(await walk.upTo(1))) return undefined;
  const boot = (await bootSectorCandidates(reader)).find(({ from }) => from === 'primary')?.boot;
  if (boot === undefined || boot.clusterBytes !== header.clusterBytes) return undefined;
  // The records of $MFT, $Bitmap and $BadClus are among the first.
  const first = Math.ceil((16 * boot.recordBytes) / boot.clusterBytes);
  if (!(await walk.upTo(boot.mftLcn + first))) return undefined;
  const mft = await openMft(reader, boot);
  if (mft === undefined) return undefined;
  const volume = { reader, boot, mft };
  const state = await mft.record(SYSTEM_RECORD.BITMAP);
  const bitmap =
    state.state === 'in-use' ? await fileAttribute(volume, state.record, ATTRIBUTE.DATA, '') : undefined;
  if (bitmap === undefined || !('runs' in bitmap)) return undefined;
  const end = Math.max(0, ...bitmap.runs.map(({ lcn, length }) => (lcn === undefined ? 0 : lcn + length)));
  return (await walk.upTo(end)) ? volume : undefined;
}

/** The clusters in use by $Bitmap, without those that NTFS has marked bad; undefined when not all of it is known. */
async function usedClusters(volume: OpenVolume): Promise<RangeSet | undefined> {
  const { used, unknown, notes } = await readBitmap(volume);
  if (!unknown.isEmpty || notes.length > 0) return undefined;
  const state = await volume.mft.record(SYSTEM_RECORD.BAD_CLUS);
  if (state.state !== 'in-use') return undefined;
  const bad = new RangeSetBuilder();
  const { clusterBytes } = volume.boot;
  const maps = await fileAttributes(volume, state.record, (type, name) =>
    isBadClusterMap(SYSTEM_RECORD.BAD_CLUS, type, name),
  );
  for (const map of maps) {
    if (map.resident || map.runList.damage !== undefined) return undefined;
    for (const { lcn, length } of map.runList.runs) {
      if (lcn !== undefined) bad.add(lcn * clusterBytes, (lcn + length) * clusterBytes);
    }
  }
  return used.subtract(bad.build());
}

/** A run, where its first command lies, and by how much the image goes on before it. */
interface Place extends ClusterRun {
  readonly offset: number;
  readonly gap: number;
}

/** Where the clusters lie that the walk has not reached. */
function placesOf(
  used: RangeSet,
  header: ImageHeader,
  walk: PlainWalk,
): { runs: Place[]; clusters: number; end: number } {
  const { clusterBytes, clusterCount } = header;
  const runs: Place[] = [];
  let [offset, position, clusters] = [walk.offset, walk.position, 0];
  const take = (lcn: number, length: number): void => {
    const gap = lcn - position;
    if (gap > 0) offset += GAP_BYTES;
    runs.push({ lcn, length, offset, gap });
    offset += length * (1 + clusterBytes);
    clusters += length;
    position = lcn + length;
  };
  const from = position * clusterBytes;
  for (const { start, end } of used.within(from, clusterCount * clusterBytes)) {
    take(start / clusterBytes, (end - start) / clusterBytes);
  }
  take(clusterCount, 1);
  return { runs, clusters, end: offset - clusterBytes + tailBytes(header) };
}

/** Whether the image has the commands that were worked out, at places spread over all of it. */
async function fits(file: VolumeReader, runs: readonly Place[]): Promise<boolean> {
  const step = Math.max(1, Math.floor(runs.length / COMPARED));
  for (let i = 0; i < runs.length; i += step) {
    const { offset, gap } = runs[Math.min(runs.length - 1, i)] as Place;
    const due = Buffer.concat([gap > 0 ? gapCommand(gap) : Buffer.alloc(0), Buffer.of(COMMAND.NEXT)]);
    const { bytes, holes } = await file.read(offset + 1 - due.length, due.length);
    if (holes.length > 0 || !due.equals(bytes)) return false;
  }
  return true;
}
