import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { decodePart, type PartLimits, partId } from './decode-part.ts';
import { type FoundFrame, findLastOwnFrame, readOwnFrame, searchBudget } from './find-own-frame.ts';
import type { Part } from './part.ts';

/** A part, and the frame with its index. */
export interface LocatedPart extends Part {
  /** Where that frame begins, and ends, in the file. */
  readonly start: number;
  readonly end: number;
}

/**
 * All parts of an image whose index can be read, ascending, found from the last one backward: each knows where the one
 * before is. What is between two whose numbers do not follow on each other is damaged. Rejects with a `CloneError` when
 * one of them says what cannot be.
 */
export async function readPartChain(
  file: VolumeReader,
  id: Uint8Array,
  limits: PartLimits,
): Promise<LocatedPart[]> {
  const parts: LocatedPart[] = [];
  const budget = searchBudget(file);
  const take = (frame: FoundFrame): LocatedPart | undefined => locate(frame, id, limits);
  for (let end = file.sizeBytes; ; ) {
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
      part = await findLastOwnFrame(file, 'PART', { from: 0, limit: end }, budget, async (start) => {
        const frame = await readOwnFrame(file, 'PART', start, end);
        const found = frame && take(frame);
        return found !== undefined && found.number < before ? found : undefined;
      });
    }
    if (part === undefined) break;
    parts.push(part);
    end = part.fileStart;
  }
  return parts.reverse();
}

/** The part in a frame, if it is one of this image and stands where it says. */
function locate(
  { start, end, body }: FoundFrame,
  id: Uint8Array,
  limits: PartLimits,
): LocatedPart | undefined {
  if (Buffer.compare(partId(body), id) !== 0) return undefined;
  const part = decodePart(body, limits, `at byte ${start}`);
  return part.fileStart + part.packedBytes === start ? { ...part, start, end } : undefined;
}
