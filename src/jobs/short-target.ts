import type { PathFacts } from '../block/path-facts.ts';
import { RangeSet } from '../block/range-set.ts';
import { sizeText } from '../block/size-text.ts';
import type { BlockMap } from '../rescue/block-map.ts';
import { Refusal } from './refusal.ts';
import type { Standing } from './target-look.ts';

/**
 * What a map calls saved and a target file does not hold any more, because it ends before that: somebody has cut it, or
 * a copy of it was not finished. What a file is made longer by reads as zeros, and proves nothing. Throws a `Refusal`
 * where the file may not be the copy of this rescue, or holds nothing of it.
 */
export function cutOff(
  map: BlockMap,
  mapPath: string,
  facts: PathFacts,
  standing: Standing | undefined,
  sectorBytes: number,
): RangeSet {
  if (facts.kind !== 'file' || facts.sizeBytes >= map.sizeBytes) return RangeSet.EMPTY;
  const saved = map.bytesWith('+');
  const lastBytes = facts.sizeBytes % sectorBytes;
  const cut = saved.intersect(RangeSet.single(facts.sizeBytes - lastBytes, map.sizeBytes));
  if (cut.isEmpty) return cut;
  if (standing !== 'doubtful' && cut.totalBytes < saved.totalBytes) return cut;
  throw new Refusal(
    'target-short',
    `The target ${facts.path} ends at byte ${facts.sizeBytes}, but the map ${mapPath} calls ${sizeText(cut.totalBytes)} behind that saved.`,
    'Name the copy of this rescue as it was, or another map with --map to start anew.',
  );
}
