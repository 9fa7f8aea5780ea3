import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { type FoundFrame, findLastOwnFrame, readOwnFrame, searchBudget } from './find-own-frame.ts';
import { decodePart, type Part } from './part.ts';

/** A part, and the frame with its index. */
export interface LocatedPart extends Part {
  /** Where that frame begins, and ends, in the file. */
  readonly start: number;
  readonly end: number;
  readonly body: Uint8Array;
}

/**
 * All parts of an image whose index can be read, ascending, found from the last one backward: each knows where the one
 * before is. What is between two whose numbers do not follow on each other is damaged.
 */
export async function readPartChain(
  file: VolumeReader,
  id: Uint8Array,
  limit: number,
): Promise<LocatedPart[]> {
  const parts: LocatedPart[] = [];
  const budget = searchBudget(file);
  const take = (frame: FoundFrame): LocatedPart | undefined => locate(frame, id);
  for (let end = limit; ; ) {
    const later = parts.at(-1);
    if (later?.number === 0) break;
    let part: LocatedPart | undefined;
    if (later !== undefined) {
      const frame = await readOwnFrame(file, 'PART', later.previousStart, later.fileStart);
      const near = frame && take(frame);
      if (near?.number === later.number - 1) part = near;
    }
    if (part === undefined) {
      const before = later?.number ?? Number.POSITIVE_INFINITY;
      const isBefore = (found: FoundFrame): boolean => (take(found)?.number ?? before) < before;
      const frame = await findLastOwnFrame(file, 'PART', end, isBefore, budget);
      part = frame && take(frame);
    }
    if (part === undefined) break;
    parts.push(part);
    end = part.fileStart;
  }
  return parts.reverse();
}

/** The part in a frame, if it is one of this image and stands where it says. */
function locate({ start, end, body }: FoundFrame, id: Uint8Array): LocatedPart | undefined {
  const part = decodePart(body);
  if (part === undefined || Buffer.compare(part.id, id) !== 0) return undefined;
  const packed = part.frames.reduce((sum, { packedBytes }) => sum + packedBytes, 0);
  return part.fileStart + packed === start ? { ...part, start, end, body } : undefined;
}
