import type { OpenTarget } from '../block/target-device.ts';
import { changesToUndo, undoChanges } from './gpt-fix.ts';

/**
 * Makes a target that was found to be the right one what its map says: as long as the source, which a file of ddrescue
 * may not be, and without what was changed on it after it was saved. Throws a `Refusal` or an `OpenError`; all that
 * can be checked is checked before the first change.
 */
export async function readyTarget(
  target: OpenTarget,
  sizeBytes: number,
  mapComments: readonly string[],
): Promise<void> {
  const wholeBytes = Math.max(target.sizeBytes, sizeBytes);
  const pieces = changesToUndo(mapComments, { path: target.path, sizeBytes: wholeBytes });
  if (target.kind === 'file' && target.sizeBytes < sizeBytes) await target.grow(sizeBytes);
  await undoChanges(pieces, target);
}
