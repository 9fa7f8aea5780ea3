import type { CloneDoneEvent, MetadataFacts } from '../jobs/clone-events.ts';
import { bytesText, plural } from '../text/quantity.ts';
import { damageLines } from './damage-lines.ts';

/** How a clone, an image or a restore has ended, in lines for people; nothing for what ended early. */
export function cloneSummary(event: CloneDoneEvent): string[] {
  const { task, copiedBytes, failure, lostBytes, lostAreas, damage, metadata } = event;
  const lines: string[] = [];
  if (failure === undefined && metadata !== undefined) lines.push(...metadataLines(metadata));
  else if (failure === undefined && copiedBytes !== undefined) {
    if (task === 'verify') lines.push(verifyLine(event, copiedBytes));
    else lines.push(`Finished: ${bytesText(copiedBytes)} are ${task === 'restore' ? 'restored' : 'copied'}.`);
  }
  if (lostBytes > 0) {
    lines.push(`${bytesText(lostBytes)} in ${plural(lostAreas, 'place')} could not be read and are marked.`);
  }
  if (damage !== undefined) lines.push(...damageLines(damage, damage.items.length).filter(Boolean));
  return lines;
}

function verifyLine({ isOrdered, hasBackup, image }: CloneDoneEvent, copiedBytes: number): string {
  const clusters = copiedBytes / (image?.clusterBytes ?? 1);
  const all = isOrdered
    ? `all ${clusters} clusters are there`
    : `it ends where it should, with ${clusters} clusters in no order (metadata, or a damaged volume)`;
  return `Sound: ${all}${hasBackup ? '' : ', but no backup boot sector'}.`;
}

function metadataLines(facts: MetadataFacts): string[] {
  const { usedRecords, contentBytes, deletedBytes, timeBytes, damagedBlocks, isStrict } = facts;
  const lines = [
    `Finished: the structures of ${plural(usedRecords, 'file')} are copied.`,
    `Cleared: ${bytesText(contentBytes)} of contents, ${bytesText(deletedBytes)} of deleted records, ${bytesText(timeBytes)} of times.`,
  ];
  if (damagedBlocks > 0) {
    const what = plural(damagedBlocks, 'record or index block', 'records and index blocks');
    lines.push(
      `${what} of it ${damagedBlocks === 1 ? 'was' : 'were'} damaged and cleared instead of copied.`,
    );
  }
  lines.push(
    isStrict
      ? 'In it are the names of files and folders, and the numbers of users.'
      : 'In it are names, also of deleted files, extended attributes and targets of links; --strict-privacy leaves only the names of today.',
  );
  return lines;
}
