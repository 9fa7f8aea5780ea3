import type { ExpectedLines } from '../compare/pair-walk.ts';
import type { DescribedStream } from '../inventory/described.ts';

/** Content of a few hundred bytes lies in the record of its file. */
const RESIDENT_BYTES = 512;
const RECORD_BYTES = 1024;
/** A name in the index of its folder. */
const NAME_BYTES = 200;
const FOLDER_BYTES = 4096;
/** ntfs-3g compresses a little less well than Windows. */
const COMPRESSED_MORE = 1.1;
const SPARE = 1.02;

/**
 * How many bytes a new NTFS volume of `volumeBytes` needs to take everything that a side file tells of: contents in whole
 * clusters, records, folders, and what mkntfs makes for itself (measured: log, bitmap, and some megabytes).
 */
export async function neededBytes(
  lines: ExpectedLines,
  clusterBytes: number,
  volumeBytes: number,
): Promise<number> {
  let contents = 0;
  let objects = 0;
  let folders = 0;
  let names = 0;
  for await (const line of lines) {
    if (line.kind === 'left-out') continue;
    names++;
    if (line.kind === 'name') continue;
    objects++;
    if (line.kind === 'folder') folders++;
    for (const stream of line.streams) contents += allocated(stream, clusterBytes);
  }
  const files = objects * Math.max(RECORD_BYTES, 0) + names * NAME_BYTES + folders * FOLDER_BYTES;
  return Math.ceil((contents + files) * SPARE) + ownBytes(clusterBytes, volumeBytes);
}

function allocated(stream: DescribedStream, clusterBytes: number): number {
  const { sizeBytes, compressed, stored } = stream;
  if (sizeBytes <= RESIDENT_BYTES) return 0;
  if (compressed && stream.clusterBytes !== undefined) return stream.clusterBytes * COMPRESSED_MORE;
  if (stored !== undefined) return stored.reduce((sum, [start, end]) => sum + end - start, 0);
  return Math.ceil(sizeBytes / clusterBytes) * clusterBytes;
}

/** What a new volume takes for itself. */
function ownBytes(clusterBytes: number, volumeBytes: number): number {
  const log = Math.min(64 * 2 ** 20, volumeBytes * 0.006);
  return Math.ceil(log + volumeBytes / clusterBytes / 8 + 2.5 * 2 ** 20 + 8 * clusterBytes);
}
