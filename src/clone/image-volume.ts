import type { ByteRange } from '../block/range.ts';
import { mergeHoles } from '../ntfs/holes.ts';
import type { Chunk, VolumeReader } from '../ntfs/volume-reader.ts';
import type { ClusterIndex } from './cluster-index.ts';
import { type CloneGeometry, cloneBytes } from './cluster-sink.ts';
import { COMMAND } from './image-writer.ts';

/** So much is asked of an image at once. */
const LARGEST_READ_BYTES = 2 ** 20;

/** Reads clusters out of an image. */
export interface ClusterSource {
  readonly index: ClusterIndex;
  /**
   * The data of `count` clusters, the first of whose commands begins at `offset` of a frame; `undefined` when the frame
   * is damaged. What alone cannot be read of it comes back as holes.
   */
  clusters(frame: number, offset: number, count: number): Promise<Chunk | undefined>;
}

/** The volume in an image, without restoring it: what is not in the image, or damaged there, is a hole. */
export function imageVolume(geometry: CloneGeometry, source: ClusterSource): VolumeReader {
  const { clusterBytes, deviceBytes } = geometry;
  const end = cloneBytes(geometry);
  const most = Math.max(1, Math.floor(LARGEST_READ_BYTES / clusterBytes));

  return {
    sizeBytes: Math.max(deviceBytes, end),
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      const holes: ByteRange[] = [];
      const stop = offset + length;
      const miss = (from: number, to: number): void => {
        const range = { start: Math.max(0, from - offset), end: Math.min(length, to - offset) };
        if (range.start < range.end) holes.push(range);
      };
      for (let at = offset; at < stop; ) {
        const lcn = Math.floor(at / clusterBytes);
        const place = at < end ? source.index.find(lcn) : undefined;
        if (place === undefined) {
          const next = Math.min(stop, at < end ? source.index.next(lcn) * clusterBytes : stop);
          miss(at, next);
          at = next;
          continue;
        }
        const wanted = Math.ceil((Math.min(stop, end) - lcn * clusterBytes) / clusterBytes);
        const count = Math.min(place.length, wanted, most);
        const until = Math.min(stop, end, (lcn + count) * clusterBytes);
        const chunk = await source.clusters(place.frame, place.offset, count);
        if (chunk === undefined) miss(at, until);
        else {
          const base = lcn * clusterBytes;
          bytes.set(chunk.bytes.subarray(at - base, until - base), at - offset);
          for (const hole of chunk.holes) miss(base + hole.start, base + hole.end);
        }
        at = until;
      }
      return { bytes, holes: mergeHoles(holes) };
    },
  };
}

/** Takes the data out of commands that lie one behind the other; undefined when one of them is none. */
export function dataOf(commands: Uint8Array, clusterBytes: number): Uint8Array | undefined {
  const stride = 1 + clusterBytes;
  const count = Math.ceil(commands.length / stride);
  const data = new Uint8Array(commands.length - count);
  for (let i = 0; i < count; i++) {
    if (commands[i * stride] !== COMMAND.NEXT) return undefined;
    data.set(commands.subarray(i * stride + 1, (i + 1) * stride), i * clusterBytes);
  }
  return data;
}
