import type { CloneDoneEvent, MetadataFacts } from '../jobs/clone-events.ts';
import { bytesText, percentText, plural } from '../text/quantity.ts';
import { damageLines } from './damage-lines.ts';

/** Files that are named one by one. */
const NAMED = 20;

/** How a clone, an image or a restore has ended, in lines for people; nothing for what ended early. */
export function cloneSummary(event: CloneDoneEvent): string[] {
  const { task, copiedBytes, failure, lostBytes, lostAreas, lostAtSaveBytes, damage, metadata } = event;
  const lines: string[] = [];
  if (failure === undefined && metadata !== undefined) lines.push(...metadataLines(metadata));
  else if (failure === undefined && copiedBytes !== undefined) {
    lines.push(task === 'verify' ? verifyLine(event, copiedBytes) : finishedLine(event, copiedBytes));
  }
  if (lostBytes > 0 && task === 'verify') lines.push('Lost by the damage:');
  else if (lostBytes > 0) {
    const why =
      task === 'restore' || task === 'convert' ? 'are lost by damage of the image' : 'could not be read';
    lines.push(`${bytesText(lostBytes)} in ${plural(lostAreas, 'place')} ${why} and are marked.`);
  }
  if (damage !== undefined)
    lines.push(...damageLines(damage, NAMED, '--json names more of them').filter(Boolean));
  if (lostAtSaveBytes > 0) {
    lines.push(`${bytesText(lostAtSaveBytes)} of it could not be read when it was saved, and are marked.`);
  }
  return lines;
}

function finishedLine({ task, writtenBytes }: CloneDoneEvent, copiedBytes: number): string {
  const what = task === 'restore' ? 'restored' : task === 'save' || task === 'convert' ? 'saved' : 'copied';
  const size =
    writtenBytes === undefined
      ? ''
      : ` in ${bytesText(writtenBytes)} (${percentText(writtenBytes, Math.max(writtenBytes, copiedBytes))})`;
  return `Finished: ${bytesText(copiedBytes)} are ${what}${size}.`;
}

function verifyLine({ isOrdered, hasBackup, image }: CloneDoneEvent, copiedBytes: number): string {
  const clusters = copiedBytes / (image?.clusterBytes ?? 1);
  const all = isOrdered
    ? `all ${clusters} clusters are there`
    : `it ends where it should, with ${clusters} clusters in no order (metadata, or a damaged volume)`;
  const sums = image?.form === 'zstd' ? ' and all checksums are right' : '';
  return `Sound: ${all}${sums}${hasBackup ? '' : ', but no backup boot sector'}.`;
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
