import { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { VERSION } from '../text/version.ts';
import { CloneError } from './clone-error.ts';
import type { CloneListener } from './clone-listener.ts';
import type { CommandSink } from './command-sink.ts';
import type { CompressedImage } from './compressed/compressed-image.ts';
import { compressedWriter } from './compressed/compressed-writer.ts';
import { bytesOfRun } from './compressed/frame-stream.ts';
import { frameBytesFor, type ImageInfo, partFramesFor } from './compressed/info.ts';
import { fileOutput, streamOutput } from './compressed/packed-output.ts';
import { savedLosses } from './image-access.ts';
import { describeImagePath } from './image-file.ts';
import type { ImageHeader } from './image-header.ts';
import { ImageReader } from './image-reader.ts';
import { plainCommands } from './image-writer.ts';
import { openImage } from './open-image.ts';
import { type Output, openImageOutput, openImageTarget, openStreamOutput, planOutput } from './output.ts';

/** An image that is to get another form. */
export interface ConvertRequest {
  /** `-` for standard input. */
  readonly image: string;
  /** `-` for standard output. */
  readonly output: string;
  readonly overwrite: boolean;
  /** Compress it; undefined for the special image as it is. */
  readonly level: number | undefined;
  /** Go on after damaged places, and mark what is lost. */
  readonly rescue: boolean;
  /** Asked once nothing speaks against the output, before anything else: throws when it shall be left alone. */
  readonly confirm?: () => Promise<void>;
}

/** What came of it. */
export interface ConvertResult {
  readonly header: ImageHeader;
  readonly clusters: number;
  /** What is lost by damage of the image, in bytes of the volume. */
  readonly lost: RangeSet;
}

/**
 * Gives an image another form: compressed, or not. The special image in it stays the same, byte for byte. Rejects with a
 * `CloneError`.
 */
export async function convertImage(
  request: ConvertRequest,
  listener: CloneListener,
  signal: AbortSignal,
): Promise<ConvertResult> {
  const { image, rescue, level } = request;
  const facts = await describeImagePath(image);
  const isFile = facts?.kind === 'file' || facts?.kind === 'block';
  const output = await planOutput(request.output, isFile ? facts : undefined, request.overwrite);
  await request.confirm?.();
  await using opened = await openImage(image, facts);
  const damaged = new RangeSetBuilder();
  const stream = opened.stream({ rescue, onLost: ({ start, end }) => damaged.add(start, end) });
  const reader = await ImageReader.open(stream);
  const { header } = reader;
  listener.image(header, opened.compressed);
  if (reader.headerBytes.length < header.dataOffset) {
    throw new CloneError(
      'refused',
      `The header of the image is damaged: its data would begin at byte ${header.dataOffset}.`,
      'It may still be restored; take another copy of the image.',
    );
  }
  const sink = await openSink(output, header, opened.compressed, level);
  await sink.header(reader.headerBytes);
  listener.phase('saving');
  const lostAtSave = opened.compressed === undefined ? RangeSet.EMPTY : savedLosses(opened.compressed);
  let position = 0;
  let last: Promise<void> = Promise.resolve();
  const end = await reader.replay(
    {
      take(lcn, bytes, clusters) {
        last = last.then(async () => {
          const gap = lcn - position;
          position = lcn + clusters;
          const range = clusters > 0 ? bytesOfRun(lcn, clusters, header) : { start: 0, end: 0 };
          const lost = [lostAtSave, damaged.build()].flatMap((set) => [
            ...set.within(range.start, range.end),
          ]);
          await sink.run(gap, lcn, clusters, bytes, lost);
        });
        return last;
      },
      onClusters: (count) => listener.progress(count, header.usedClusters + 1),
      inOrder: false,
    },
    signal,
  );
  await stream.settle?.();
  await last;
  listener.phase('syncing');
  await sink.finish();
  return { header, clusters: end.clusters, lost: damaged.build() };
}

async function openSink(
  output: Output,
  header: ImageHeader,
  from: CompressedImage | undefined,
  level: number | undefined,
): Promise<CommandSink> {
  const { clusterBytes, usedClusters } = header;
  if (level === undefined) return plainCommands(await openImageOutput(output), clusterBytes);
  if (output.kind === 'block') {
    throw new CloneError(
      'refused',
      `A compressed image cannot be written to the device ${output.path} itself.`,
      'Name a file.',
    );
  }
  const frameBytes = frameBytesFor(usedClusters * clusterBytes);
  const info: ImageInfo = {
    program: `lifeboat ${VERSION}`,
    level,
    frameBytes,
    partFrames: partFramesFor(frameBytes),
    ...(from?.info.volume !== undefined && { volume: from.info.volume }),
    ...(from?.info.source !== undefined && { source: from.info.source }),
  };
  const out =
    output.kind === 'stream'
      ? streamOutput(await openStreamOutput(output))
      : fileOutput(await openImageTarget(output), 0);
  return compressedWriter(out, { info, clusterBytes });
}
