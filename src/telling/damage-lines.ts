import type { DamagedItem, DamageSummary } from '../rescue/damage.ts';
import { partitionTitle } from '../rescue/partition-facts.ts';
import { bytesText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';

/** Files named one by one at the end; the report has them all. */
const NAMED = 20;

/** What was lost, in files, for people; no more than `named` of them one by one. `rest`: who lists the others. */
export function damageLines(
  damage: DamageSummary,
  named = NAMED,
  rest = 'lifeboat report lists them all',
): string[] {
  if (!damage.traced) {
    if (damage.partitions) return [...partitionLines(damage), ''];
    return damage.unknownBytes > 0
      ? ['Which files were hit cannot be told: no NTFS structure could be read.']
      : [];
  }
  const lines = partitionLines(damage);
  const counts = [
    damage.lostFiles > 0 ? `${plural(damage.lostFiles, 'file')} lost with its record` : '',
    damage.damagedFiles > 0 ? `${plural(damage.damagedFiles, 'file')} damaged` : '',
    damage.damagedDirectories > 0 ? `${plural(damage.damagedDirectories, 'folder')} damaged` : '',
    damage.damagedSystemFiles > 0 ? `${plural(damage.damagedSystemFiles, 'system file')} damaged` : '',
    damage.freeBytes > 0 ? `${bytesText(damage.freeBytes)} in free space` : '',
    damage.unknownBytes > 0 ? `${bytesText(damage.unknownBytes)} of unknown owner` : '',
  ].filter(Boolean);
  if (counts.length === 0 && damage.unhurtFiles === 0) return lines;
  if (counts.length > 0) lines.push(`Hit: ${counts.join(', ')}.`);
  if (damage.unhurtFiles > 0) {
    lines.push(
      `${plural(damage.unhurtFiles, 'file')} lost only bytes behind the end: nothing is missing there.`,
    );
  }
  for (const item of damage.items.slice(0, named)) lines.push(itemLine(item));
  if (damage.items.length > named) lines.push(`  and more: ${rest}`);
  for (const note of damage.notes) lines.push(`Note: ${safeText(note)}`);
  lines.push('');
  return lines;
}

/** What each partition of a disk has lost. */
function partitionLines({ partitions = [], outsideBytes = 0 }: DamageSummary): string[] {
  const lines = partitions.map(
    (one) => `Lost in ${safeText(partitionTitle(one))}: ${bytesText(one.lostBytes)}`,
  );
  if (outsideBytes > 0)
    lines.push(`Lost in the partition table or between partitions: ${bytesText(outsideBytes)}`);
  return lines;
}

function itemLine(item: DamagedItem): string {
  const volume = item.partition === undefined ? '' : `partition ${item.partition}: `;
  const name = volume + safeText(item.stream ? `${item.path}:${item.stream}` : item.path);
  const kind = item.kind === 'file' ? '' : item.kind === 'directory' ? ' (folder)' : ' (system)';
  if (item.recordLost) return `  record lost   ${name}${kind}`;
  const where =
    item.firstOffset === undefined
      ? ''
      : `, first at byte ${item.firstOffset} of ${bytesText(item.sizeBytes)}`;
  const part = item.attribute === '$DATA' ? '' : `, in its ${item.attribute}`;
  return `  ${bytesText(item.lostBytes).padEnd(12)}  ${name}${kind}: ${plural(item.pieceCount, 'hole')}${where}${part}`;
}
