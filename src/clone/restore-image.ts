import { describePath } from '../block/device-facts.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { ByteInput } from './byte-input.ts';
import { cloneEdit } from './clone-edit.ts';
import type { CloneListener } from './clone-listener.ts';
import type { ClusterSink } from './cluster-sink.ts';
import type { ImageHeader } from './image-header.ts';
import { type ImageEnd, ImageReader } from './image-reader.ts';
import { checkRoom, openRawOutput, planOutput } from './output.ts';
import type { NewSerial } from './serial-number.ts';
import { STANDARD_STREAM } from './standard-stream.ts';

/** An image that is to become a volume again. */
export interface RestoreRequest {
  /** `-` for standard input. */
  readonly image: string;
  /** `-` for standard output; `undefined` to read the image and write nothing. */
  readonly output: string | undefined;
  readonly overwrite: boolean;
  readonly newSerial?: NewSerial;
  /** Fit the boot sector to the sectors of the output device. */
  readonly adjustSectorSize?: boolean;
  /** Asked once nothing speaks against the output, before anything else: throws when it shall be left alone. */
  readonly confirm?: () => Promise<void>;
}

/** What came of it. */
export interface RestoreResult extends ImageEnd {
  readonly header: ImageHeader;
}

/**
 * Restores an image to a file, a device or standard output; a file gets the volume's full length. The header is read
 * and everything is checked before the output is opened. Rejects with a `CloneError`.
 */
export async function restoreImage(
  request: RestoreRequest,
  listener: CloneListener,
  signal: AbortSignal,
): Promise<RestoreResult> {
  const { image, newSerial } = request;
  const facts = image === STANDARD_STREAM ? undefined : await describePath(image);
  const output =
    request.output === undefined
      ? undefined
      : await planOutput(request.output, volumeFacts(facts), request.overwrite);
  await request.confirm?.();
  const input = await ByteInput.open(image);
  try {
    const reader = await ImageReader.open(input);
    const { header } = reader;
    listener.image(header);
    if (output !== undefined) await checkRoom(output, header, header.usedClusters * header.clusterBytes);
    const edit = cloneEdit(
      newSerial,
      request.adjustSectorSize ? output : undefined,
      header.clusterBytes,
      listener,
    );
    const sink = output === undefined ? NOWHERE : await openRawOutput(output, header);
    const isStream = output?.kind === 'stream';
    const total = (isStream ? header.clusterCount : header.usedClusters) + 1;
    listener.phase(output === undefined ? 'testing' : 'restoring');
    const end = await reader.replay(
      {
        take(lcn, bytes) {
          edit(lcn, bytes);
          if (isStream) listener.progress(lcn + bytes.length / header.clusterBytes, total);
          return sink.used(lcn, bytes);
        },
        onClusters: (count) => {
          if (!isStream) listener.progress(count, total);
        },
        inOrder: isStream,
      },
      signal,
    );
    if (!end.hasTail) listener.note('no alternate boot sector in image');
    if (output !== undefined) listener.phase('syncing');
    await sink.finish();
    return { header, ...end };
  } finally {
    await input.close();
  }
}

/** Facts of an image that may have to do with the output; a pipe has not. */
function volumeFacts(facts: PathFacts | undefined): PathFacts | undefined {
  return facts?.kind === 'file' || facts?.kind === 'block' ? facts : undefined;
}

const NOWHERE: ClusterSink = { used: () => Promise.resolve(), finish: () => Promise.resolve() };
