import { bytesText } from '../text/quantity.ts';
import { changesToUndo, undoChanges } from './gpt-fix.ts';
import { keepAside } from './map-aside.ts';
import type { Prepared } from './prepare.ts';
import { Refusal } from './refusal.ts';

/**
 * Makes a target that was found to be the right one, and its map, say the same: the target as long as the source, which
 * a file of ddrescue may not be, and without what was changed on it after it was saved; and in the map nothing saved
 * that a file that was cut does not hold. Resolves to what should be known of it, a sentence each. Throws a `Refusal`
 * or an `OpenError`; all that can be checked is checked before the first change.
 */
export async function readyTarget(
  { source, target, map, mapComments, keepsTarget, cut }: Prepared,
  mapPath: string,
): Promise<string[]> {
  const endBytes = target.sizeBytes;
  const wholeBytes = Math.max(endBytes, source.sizeBytes);
  const pieces = changesToUndo(keepsTarget ? mapComments : [], { path: target.path, sizeBytes: wholeBytes });
  const notes: string[] = [];
  if (map && cut) {
    const aside = await asideOf(mapPath, cut.mapText);
    for (const { start, end } of cut.ranges) map.set(start, end, '?');
    notes.push(
      `The target ends at byte ${endBytes}: ${bytesText(cut.ranges.totalBytes)} that the map calls saved are not in it, ` +
        `and are read again. The map as it was is kept as ${aside}.`,
    );
  }
  if (target.kind === 'file' && endBytes < source.sizeBytes) await target.grow(source.sizeBytes);
  await undoChanges(pieces, target);
  return notes;
}

async function asideOf(mapPath: string, text: string): Promise<string> {
  try {
    return await keepAside(mapPath, text);
  } catch (error) {
    throw new Refusal(
      'map-aside',
      `The target was cut, and the map ${mapPath} cannot be kept as it is: ${(error as Error).message}.`,
      'Make room beside the map, or copy it to another disk and name it with --map.',
    );
  }
}
