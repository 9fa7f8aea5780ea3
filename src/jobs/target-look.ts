import type { BlockFacts, FileFacts } from '../block/path-facts.ts';
import type { Source } from '../block/ports.ts';
import { RangeSet } from '../block/range-set.ts';
import { openSource } from '../block/source-device.ts';
import type { Mapfile } from '../rescue/mapfile.ts';
import { checkSamples } from '../rescue/sample-check.ts';
import { readStretch, stretchBuffer } from '../rescue/stretch.ts';
import { targetChanges } from './gpt-fix.ts';
import type { JobClaim } from './job-claim.ts';
import { differencesText, type JobEnd } from './job-identity.ts';
import type { JobSpec } from './job-spec.ts';
import { Refusal } from './refusal.ts';

/**
 * How the target of a rescue that goes on stands to the runs before: `known` as theirs by what the job remembers or by
 * what it holds; `taken over` by something else since; `doubtful` where nothing can be told of a target that is said to
 * hold something; `other` where nothing that is known was saved to it.
 */
export type Standing = 'known' | 'taken over' | 'doubtful' | 'other';

/**
 * Finds out, only reading, how the target stands to the runs before. Throws a `Refusal` when it is another one than the
 * one that the map tells of, an `OpenError` when it cannot be opened.
 */
export async function standingOf(
  spec: JobSpec,
  earlier: Mapfile,
  claim: JobClaim | undefined,
  source: Source,
  facts: BlockFacts | FileFacts,
  now: JobEnd,
): Promise<Standing> {
  const hasSaved = !earlier.map.bytesWith('+').isEmpty;
  const known = claim?.compareTarget(now);
  if (typeof known === 'object') {
    if (!hasSaved) return 'other';
    throw new Refusal(
      'wrong-target',
      `${spec.target} is not the target of the job in ${spec.job?.folder}. ${differencesText(known)}.`,
      'Name its own target. To go on with the map alone, on a copy of that target, name a new folder with --job.',
    );
  }
  const tellingCount = await lookAtTarget(earlier, spec.map, source, facts);
  if (claim?.isTakenOver) return 'taken over';
  if (known === 'same' || tellingCount > 0) return 'known';
  return hasSaved ? 'doubtful' : 'other';
}

/**
 * Looks, only reading, whether the target holds what the map calls saved: so many sectors that tell something are the
 * same. What was changed on the target afterwards, by the map's own account, is left out. Throws a `Refusal` where they
 * differ, an `OpenError` when the target cannot be opened.
 */
async function lookAtTarget(
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
