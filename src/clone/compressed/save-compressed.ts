import { truncate } from 'node:fs/promises';
import { RangeSet } from '../../block/range-set.ts';
import type { OpenSource } from '../../block/source-device.ts';
import type { OpenTarget } from '../../block/target-device.ts';
import { bytesText } from '../../text/quantity.ts';
import { VERSION } from '../../text/version.ts';
import { CloneError } from '../clone-error.ts';
import type { CloneListener } from '../clone-listener.ts';
import type { ClusterSink } from '../cluster-sink.ts';
import { openImageFile } from '../image-file.ts';
import { imageWriter } from '../image-writer.ts';
import type { CloneVolume } from '../open-volume.ts';
import { type Output, openBegunTarget, openImageTarget, openStreamOutput } from '../output.ts';
import { isUnfinished, readUnfinished, type UnfinishedImage } from './begun-image.ts';
import { compressedWriter } from './compressed-writer.ts';
import { frameBytesFor, type ImageInfo, partFramesFor } from './info.ts';
import { fileOutput, streamOutput } from './packed-output.ts';

/** How an image is compressed. */
export interface Compression {
  readonly level: number;
  /** Whether the beginning of another image may be written over. */
  readonly replaceBegun: boolean;
}

/** What is saved, as far as the image tells it. */
export interface SavedVolume {
  readonly source: OpenSource;
  readonly volume: CloneVolume;
  /** Clusters to be saved, the stretch behind the last one not counted. */
  readonly clusters: number;
  readonly plan: string;
  readonly tableCrc: number | undefined;
}

/** A compressed image that takes clusters. */
export interface CompressedSink {
  readonly sink: ClusterSink;
  /** Clusters that an earlier run has saved. */
  readonly clustersBefore: number;
  /** What could not be read of those. */
  readonly lostBefore: RangeSet;
}

/**
 * Opens the output for a compressed image. One that an earlier run has begun of the same volume is gone on with. Rejects
 * with a `CloneError`.
 */
export async function openCompressedSink(
  output: Output,
  saved: SavedVolume,
  { level, replaceBegun }: Compression,
  listener: CloneListener,
): Promise<CompressedSink> {
  const { geometry } = saved.volume;
  const info = infoOf(saved, level);
  const shape = { info, clusterBytes: geometry.clusterBytes };
  const fresh = { clustersBefore: 0, lostBefore: RangeSet.EMPTY };
  if (output.kind === 'block') {
    throw new CloneError(
      'refused',
      `A compressed image cannot be written to the device ${output.path} itself.`,
      'Name a file, or save a plain image.',
    );
  }
  if (output.kind === 'stream') {
    const commands = compressedWriter(streamOutput(await openStreamOutput(output)), shape);
    return { ...fresh, sink: imageWriter(commands, geometry, saved.clusters) };
  }
  const found = output.kind === 'file' ? await openBegun(output, info, replaceBegun) : undefined;
  if (found === undefined) {
    const out = fileOutput(await openImageTarget(output), 0);
    return { ...fresh, sink: imageWriter(compressedWriter(out, shape), geometry, saved.clusters) };
  }
  const { begun, target } = found;
  // What is behind was not safe yet.
  await truncate(output.path, begun.keptBytes);
  if (begun.info.level !== level)
    listener.note(`The image was begun with level ${begun.info.level}; it goes on so.`);
  const commands = compressedWriter(
    fileOutput(target, begun.keptBytes),
    { ...shape, info: begun.info },
    begun.begun,
  );
  return {
    sink: imageWriter(commands, geometry, saved.clusters, { position: begun.position }),
    clustersBefore: begun.clusters,
    lostBefore: begun.lost,
  };
}

/** Opens what an earlier run has saved of the same; undefined when the file may be written over. */
async function openBegun(
  output: Output,
  info: ImageInfo,
  replaceBegun: boolean,
): Promise<{ begun: UnfinishedImage; target: OpenTarget } | undefined> {
  const { path } = output;
  await using file = await openImageFile(path);
  if (!(await isUnfinished(file.reader))) return undefined;
  // From now on nobody else writes to it.
  const target = await openBegunTarget(output);
  const begun = await readUnfinished(file.reader);
  if (begun !== undefined && isSame(begun.info, info)) return { begun, target };
  await target.close();
  if (begun === undefined || replaceBegun) return undefined;
  throw new CloneError(
    'refused',
    `${path} holds the beginning (${bytesText(begun.keptBytes)}) of an image of another volume, or this one has changed since.`,
    'Name another file, or say --yes to begin anew.',
  );
}

/** Whether both are of one volume that has not changed. */
function isSame(begun: ImageInfo, now: ImageInfo): boolean {
  const isKnown = begun.table !== undefined && now.table !== undefined;
  return begun.plan !== undefined && begun.plan === now.plan && (!isKnown || begun.table === now.table);
}

function infoOf({ source, volume, clusters, plan, tableCrc }: SavedVolume, level: number): ImageInfo {
  const { facts } = source;
  const disk = facts.kind === 'block' ? facts : undefined;
  const frameBytes = frameBytesFor(clusters * volume.geometry.clusterBytes);
  return {
    program: `lifeboat ${VERSION}`,
    level,
    frameBytes,
    partFrames: partFramesFor(frameBytes),
    volume: { label: volume.label, serial: volume.boot.serial, ntfsVersion: volume.version },
    source: {
      sizeBytes: source.sizeBytes,
      model: disk?.model,
      serial: disk?.serial,
      partitionStartBytes: disk?.partitionStartBytes,
    },
    plan,
    ...(tableCrc !== undefined && { table: tableCrc }),
  };
}
