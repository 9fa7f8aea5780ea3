import type { Comparison } from '../archive/compare/compare.ts';
import type { RestoreResult } from '../archive/restore/restore-request.ts';
import type { SaveResult } from '../archive/save/save.ts';
import { bytesText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';

/** What is said at the end of a save. */
export function savedLines(result: SaveResult): string[] {
  const { archive, files, sideFile, archiveBytes, sideBytes, objects, troubles } = result;
  const volumes = files.length > 1 ? ` in ${plural(files.length, 'file')}` : '';
  const lines = [`Saved: ${plural(objects, 'object')} in ${archive}, ${bytesText(archiveBytes)}${volumes}.`];
  if (sideFile !== undefined) {
    lines.push(`Side file: ${sideFile}, ${bytesText(sideBytes)}. Keep it with the archive.`);
  }
  if (troubles.length > 0) {
    lines.push(`${plural(troubles.length, 'file')} could not be saved as they are; they are named above.`);
    lines.push('Everything else restores. For a disk that fails: lifeboat rescue.');
  }
  return lines;
}

/** What is said at the end of a restore. */
export function restoredLines({ restored, troubles }: RestoreResult): string[] {
  const lines: string[] = [];
  for (const { fileSystem, device, type, mended, comparison } of restored) {
    lines.push(`Restored: file system ${fileSystem} (${type}) to ${safeText(device)}.`);
    if (comparison !== undefined) lines.push(...comparisonLines(comparison));
    else if (mended) lines.push('What FSArchiver cannot keep was put back; it was not compared.');
  }
  if (troubles.length > 0)
    lines.push(`${plural(troubles.length, 'file')} could not be restored; they are named above.`);
  return lines;
}

/** What is said at the end of a comparison. */
export function comparisonLines(comparison: Comparison): string[] {
  const { objects, names, contentBytes, differences, recordTimes, unchecked, damaged, leftOut } = comparison;
  const compared = `${plural(objects, 'object')}${names > 0 ? ` and ${plural(names, 'further name')}` : ''}, ${bytesText(contentBytes)} of content`;
  const lines =
    differences === 0
      ? [`Compared: ${compared}: no difference.`]
      : [`Compared: ${compared}: ${plural(differences, 'difference')}.`];
  if (recordTimes > 0) {
    lines.push(
      `Of ${plural(recordTimes, 'object')} only the time is another at which the record itself last changed.`,
    );
  }
  if (unchecked > 0) lines.push(`${plural(unchecked, 'content')} could not be compared.`);
  if (damaged > 0) {
    lines.push(
      `${plural(damaged, 'object')} had been damaged already: parts could not be read, and are zeros.`,
    );
  }
  if (leftOut > 0) lines.push(`${plural(leftOut, 'path')} had been left out on purpose.`);
  return lines;
}
