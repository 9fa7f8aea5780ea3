import { describePath } from '../block/device-facts.ts';
import { OpenError } from '../block/open-error.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { openSource } from '../block/source-device.ts';
import { describeStandardStream } from '../block/standard-stream-facts.ts';
import { sourceReader } from '../ntfs/source-reader.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { CloneError } from './clone-error.ts';
import { STANDARD_STREAM } from './standard-stream.ts';

/** An image that is open for reading at any place; what cannot be read of it comes back as holes. */
export interface ImageFile extends AsyncDisposable {
  readonly path: string;
  readonly reader: VolumeReader;
}

/** What an image lies in, also when it is standard input (`-`); undefined when that is a pipe. Nothing is opened. */
export async function describeImagePath(path: string): Promise<PathFacts | undefined> {
  return path === STANDARD_STREAM ? describeStandardStream(0) : describePath(path);
}

/** Opens a file or device with an image. Rejects with a `CloneError`. */
export async function openImageFile(path: string, facts?: PathFacts): Promise<ImageFile> {
  try {
    const source = await openSource(path, facts ?? (await describePath(path)), undefined, { cached: true });
    return { path, reader: sourceReader(source), [Symbol.asyncDispose]: () => source.close() };
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    const { message, advice, code } = error;
    throw new CloneError('refused', message, advice, /^E[A-Z]/.test(code) ? code : undefined);
  }
}
