import { markBadSectors } from '../../block/bad-sector.ts';
import type { ByteRange } from '../../block/range.ts';
import type { ByteStream } from '../byte-input.ts';
import { CloneError } from '../clone-error.ts';
import { ClusterIndex } from '../cluster-index.ts';
import { type CloneGeometry, tailBytes } from '../cluster-sink.ts';
import { COMMAND, gapCommand } from '../image-writer.ts';
import type { CompressedImage } from './compressed-image.ts';
import { type DataFrame, dataFrames, indexFrame, readFrame } from './frame-list.ts';
import { orderedWork } from './ordered-work.ts';
import { workersFor } from './workers.ts';

/** What the clusters of a damaged frame become is cut in sectors of this size. */
const SECTOR_BYTES = 512;

export interface FrameStreamOptions {
  /** Go on after damaged frames: their clusters become marked ones. */
  readonly rescue: boolean;
  /** Told what is lost by that, in bytes of the volume. */
  readonly onLost: (range: ByteRange) => void;
}

/** The special image in a compressed one, as a stream; its frames are expanded several at a time. */
export function frameStream(image: CompressedImage, options: FrameStreamOptions): ByteStream {
  refuseGaps(image);
  const pieces = orderedWork(dataFrames(image), workersFor(image.info.frameBytes) + 1, (frame) =>
    plainBytesOf(image, frame, options),
  );
  let isHeader = true;
  return {
    async next() {
      if (isHeader) {
        isHeader = false;
        return image.headerBytes;
      }
      const { done, value } = await pieces.next();
      return done ? new Uint8Array(0) : value;
    },
    async close() {
      await pieces.return(undefined);
    },
  };
}

/** Throws a `CloneError` when not all of an image is there, or where it is cannot be told. */
function refuseGaps({ parts, totals, file }: CompressedImage): void {
  if (totals === undefined) {
    throw new CloneError(
      'refused',
      'The image has no end: its save was interrupted, or it was cut',
      'The command that saved it goes on with it; lifeboat cp copies files out of what is there.',
    );
  }
  const last = parts.at(-1);
  if (last === undefined || last.end <= file.sizeBytes) return;
  throw new CloneError('refused', 'The image is cut', 'Take another copy of the image.');
}

async function plainBytesOf(
  image: CompressedImage,
  frame: DataFrame,
  { rescue, onLost }: FrameStreamOptions,
): Promise<Uint8Array> {
  const content = await readFrame(image, frame);
  if (content.state === 'sound') return content.bytes;
  const what = content.state === 'unreadable' ? 'cannot be read' : 'is damaged';
  if (!rescue) {
    throw new CloneError(
      'source',
      `The image ${what} at byte ${frame.start} (${frame.packedBytes} bytes)`,
      'lifeboat image verify names the files that are hit; --rescue goes on without them.',
    );
  }
  const marked = markedFrame(image, frame, onLost);
  if (marked !== undefined) return marked;
  throw new CloneError(
    'source',
    `The image ${what} at byte ${frame.start}, and its index makes no sense there`,
    'Take another copy of the image.',
  );
}

/** The commands of a damaged frame with marked clusters; undefined when its index makes no sense. */
function markedFrame(
  image: CompressedImage,
  frame: DataFrame,
  onLost: (range: ByteRange) => void,
): Uint8Array | undefined {
  const { header } = image;
  if (!indexFrame(frame, 0, new ClusterIndex(header), image)) return undefined;
  const bytes = new Uint8Array(frame.plainBytes);
  let at = 0;
  let position = frame.position;
  for (const { lcn, length } of frame.runs) {
    if (lcn !== position) {
      const gap = gapCommand(lcn - position);
      bytes.set(gap, at);
      at += gap.length;
    }
    for (let cluster = lcn; cluster < lcn + length; cluster++) {
      const size = clusterSize(cluster, header);
      bytes[at] = COMMAND.NEXT;
      markBadSectors(bytes.subarray(at + 1, at + 1 + size), SECTOR_BYTES);
      at += 1 + size;
    }
    position = lcn + length;
    if (length > 0) onLost(bytesOfRun(lcn, length, header));
  }
  return bytes;
}

function clusterSize(cluster: number, geometry: CloneGeometry): number {
  return cluster < geometry.clusterCount ? geometry.clusterBytes : tailBytes(geometry);
}

/** The bytes of the volume that clusters have. */
export function bytesOfRun(lcn: number, length: number, geometry: CloneGeometry): ByteRange {
  const { clusterBytes } = geometry;
  const last = lcn + length - 1;
  return { start: lcn * clusterBytes, end: last * clusterBytes + clusterSize(last, geometry) };
}
