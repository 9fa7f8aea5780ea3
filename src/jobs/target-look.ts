import type { BlockFacts, FileFacts } from '../block/path-facts.ts';
import type { Source } from '../block/ports.ts';
import { RangeSet } from '../block/range-set.ts';
import { openSource } from '../block/source-device.ts';
import type { Mapfile } from '../rescue/mapfile.ts';
import { checkSamples } from '../rescue/sample-check.ts';
import { readStretch, stretchBuffer } from '../rescue/stretch.ts';
import { targetChanges } from './gpt-fix.ts';
import { Refusal } from './refusal.ts';

/**
 * Looks, only reading, whether the target holds what the map calls saved: so many sectors that tell something are the
 * same. What was changed on the target afterwards, by the map's own account, is left out. Throws a `Refusal` where they
 * differ, an `OpenError` when the target cannot be opened.
 */
export async function lookAtTarget(
  { map, comments }: Mapfile,
  mapPath: string,
  source: Source,
  facts: BlockFacts | FileFacts,
): Promise<number> {
  const target = await openSource(facts.path, facts);
  try {
    const { before, unknown } = targetChanges(comments, Math.max(target.sizeBytes, map.sizeBytes));
    const changed = before.map((piece) => ({ start: piece.start, end: piece.start + piece.before.length }));
    const finished = map.bytesWith('+').subtract(unknown.union(RangeSet.of(changed)));
    const buffer = stretchBuffer(target, source.sectorBytes);
    const { differsAt, tellingCount } = await checkSamples(finished, source, async (start, length, into) => {
      const found = await readStretch(target, start, start + length, buffer);
      if (found.kind === 'done') into.set(found.data);
      return found;
    });
    if (differsAt === undefined) return tellingCount;
    throw new Refusal(
      'not-the-same-rescue',
      `Source and target differ at byte ${differsAt}, which the map ${mapPath} calls saved.`,
      'This is another disk, or the target was changed. Name the right ones, or another map with --map.',
    );
  } finally {
    await target.close();
  }
}
