import type { DescribedStream } from '../inventory/described.ts';
import type { SideFile } from '../side/side-reader.ts';
import { ContentWriter } from './content-writer.ts';

/** A stream whose content is to be written. */
export interface ContentPlace {
  /** Of the object, in the volume. */
  readonly path: string;
  readonly stream: DescribedStream;
  /** Where to write it, for the system. */
  readonly file: Buffer;
}

/**
 * One pass over the side file: every content that is wanted goes to its place. What cannot be written is told to
 * `onProblem`, and the others go on. Rejects with the signal's reason, and when the side file is damaged.
 */
export async function writeContents(
  places: readonly ContentPlace[],
  side: SideFile,
  signal: AbortSignal | undefined,
  onProgress: (path: string) => void,
  onProblem: (path: string, stream: string, message: string) => void,
): Promise<void> {
  const trying = async <T>(place: ContentPlace, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) throw error;
      onProblem(place.path, place.stream.name, (error as Error).message);
      return undefined;
    }
  };
  const open = ({ file, stream }: ContentPlace): Promise<ContentWriter> =>
    ContentWriter.open(file, rawSize(stream), stream.sparse);
  const wanted = new Map<number, ContentPlace>();
  for (const place of places) {
    const { content, sizeBytes, sparse } = place.stream;
    if (content !== undefined) wanted.set(content, place);
    // A content that is nothing but zeros has no piece in the side file.
    if (content === undefined || sizeBytes === 0 || sparse) {
      await trying(place, async () => (await open(place)).end());
    }
  }
  if (wanted.size === 0) return;
  let content: number | undefined;
  let place: ContentPlace | undefined;
  let writer: ContentWriter | undefined;
  const finish = async (): Promise<void> => {
    const [done, at] = [writer, place];
    writer = undefined;
    if (done !== undefined && at !== undefined) await trying(at, () => done.end());
  };
  for await (const part of side.parts({ withData: true, signal })) {
    if (part.kind !== 'data') continue;
    if (part.content !== content) {
      await finish();
      content = part.content;
      place = wanted.get(content);
      const next = place;
      if (next === undefined) continue;
      onProgress(next.path);
      writer = await trying(next, () => open(next));
    }
    const [into, at] = [writer, place];
    if (into === undefined || at === undefined) continue;
    const isWritten = await trying(at, async () => {
      await into.write(part.offset, part.bytes);
      return true;
    });
    if (isWritten) continue;
    writer = undefined;
    await trying(at, () => into.abandon());
  }
  await finish();
}

/** Encrypted content is written as whole units and a trailer; ntfs-3g cuts it when it is told who may decrypt it. */
function rawSize({ encrypted, sizeBytes }: DescribedStream): number {
  return encrypted && sizeBytes > 0 ? Math.ceil(sizeBytes / 512) * 512 + 2 : sizeBytes;
}
