import type { VolumeInventory, VolumeObject } from '../inventory/describe-volume.ts';
import type { DescribedObject, DescribedStream } from '../inventory/described.ts';
import { readStream, streamView } from '../inventory/stream-view.ts';
import { compareObjects, RECORD_CHANGED } from './compare-objects.ts';
import type { Difference } from './difference.ts';
import { type ExpectedLines, walkPairs } from './pair-walk.ts';

/** What is to be compared with a volume. */
export interface Expected {
  readonly lines: ExpectedLines;
  /** MD5 of a content; undefined when nobody knows it. */
  sumOf(object: DescribedObject, stream: DescribedStream): Promise<string | undefined>;
}

export interface CompareOptions {
  readonly signal?: AbortSignal | undefined;
  /** Compare the contents too, which reads all of them. */
  readonly contents: boolean;
  /** Told objects and bytes of content that were compared so far. */
  readonly onProgress?: (objects: number, bytes: number, path: string) => void;
}

/** How a comparison went. */
export interface Comparison {
  readonly objects: number;
  readonly names: number;
  readonly contentBytes: number;
  readonly differences: number;
  /** Objects whose record has another time of its last change. */
  readonly recordTimes: number;
  /** Contents of which nothing is known to compare with. */
  readonly unchecked: number;
  /** Objects that were damaged already when they were described: parts of them could not be read. */
  readonly damaged: number;
  /** Paths that were left out when the archive was made. */
  readonly leftOut: number;
}

/** Compares a volume with what is expected of it, object by object, and tells each difference. */
export async function compare(
  expected: Expected,
  actual: VolumeInventory,
  options: CompareOptions,
  onDifference: (difference: Difference) => void,
): Promise<Comparison> {
  let objects = 0;
  let names = 0;
  let contentBytes = 0;
  let differences = 0;
  let recordTimes = 0;
  let unchecked = 0;
  let damaged = 0;
  let leftOut = 0;
  const tell = (difference: Difference): void => {
    differences++;
    onDifference(difference);
  };

  const compareContents = async (object: DescribedObject, found: VolumeObject): Promise<void> => {
    for (const stream of object.streams) {
      const there = found.object.streams.find(({ name }) => name === stream.name);
      if (there === undefined || there.content.sizeBytes !== stream.sizeBytes) continue;
      const sum = await expected.sumOf(object, stream);
      if (sum === undefined) {
        if (stream.sizeBytes > 0) unchecked++;
        continue;
      }
      const view = streamView(actual.tree.volume, there);
      const reading = await readStream(view, options.signal, undefined, (bytes) => {
        contentBytes += bytes;
        options.onProgress?.(objects, contentBytes, object.path);
      });
      const { path } = object;
      if (reading.lost.length > 0) {
        const found = `bytes from ${reading.lost[0]?.start} on cannot be read`;
        tell({ what: 'content', path, stream: stream.name, expected: `MD5 ${sum}`, found });
      } else if (reading.sum !== sum) {
        const found = `MD5 ${reading.sum}`;
        tell({ what: 'content', path, stream: stream.name, expected: `MD5 ${sum}`, found });
      }
    }
  };

  for await (const pair of walkPairs(expected.lines, actual, options.signal)) {
    switch (pair.kind) {
      case 'both': {
        objects++;
        options.onProgress?.(objects, contentBytes, pair.expected.path);
        const { described } = pair.found;
        if (isDamaged(pair.expected)) damaged++;
        for (const difference of compareObjects(pair.expected, described)) tell(difference);
        const times = pair.expected.times;
        if (times !== undefined && times[RECORD_CHANGED] !== described.times?.[RECORD_CHANGED]) recordTimes++;
        if (options.contents) await compareContents(pair.expected, pair.found);
        break;
      }
      case 'missing':
        objects++;
        tell({ what: 'missing', path: pair.expected.path, expected: pair.expected.kind, found: 'nothing' });
        break;
      case 'name':
        names++;
        if (pair.state === 'right') {
          const [before, after] = [pair.expected.dosName ?? 'none', pair.dosName ?? 'none'];
          if (before !== after) {
            tell({ what: 'dos-name', path: pair.expected.path, expected: before, found: after });
          }
          break;
        }
        tell({
          what: 'links',
          path: pair.expected.path,
          expected: 'another name of an object that was told before',
          found: pair.state === 'missing' ? 'nothing' : 'an object of its own',
        });
        break;
      case 'merged':
        tell({
          what: 'links',
          path: pair.expected.path,
          expected: 'an object of its own',
          found: 'another name of an object that was told before',
        });
        break;
      case 'extra':
        tell({
          what: 'extra',
          path: pair.path,
          expected: 'nothing',
          found: pair.isFolder ? 'folder' : 'file',
        });
        break;
      case 'left-out':
        leftOut++;
        break;
    }
  }
  return { objects, names, contentBytes, differences, recordTimes, unchecked, damaged, leftOut };
}

const isDamaged = ({ problem, streams }: DescribedObject): boolean =>
  problem !== undefined || streams.some(({ lost }) => lost !== undefined);
