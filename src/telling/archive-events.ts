import type { Difference } from '../archive/compare/difference.ts';
import type {
  ArchivePhase,
  ArchiveProgress,
  KeptKind,
  SurveyEvent,
  TroubleEvent,
} from '../archive/events.ts';
import { bytesText, durationText, plural, rateText } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';

/** What is being done with an archive. */
export const ARCHIVE_PHASES: Readonly<Record<ArchivePhase, string>> = {
  looking: 'Looking at the sources',
  saving: 'Saving',
  checking: 'Reading back what was written',
  'side-file': 'Writing the side file',
  verifying: 'Reading the archive',
  restoring: 'Restoring',
  mending: 'Putting back what FSArchiver cannot keep',
  comparing: 'Comparing',
};

const KINDS: Readonly<Record<KeptKind, readonly [one: string, many: string]>> = {
  stream: ['alternate stream', 'alternate streams'],
  reparse: [
    'reparse point (link, junction, cloud or system-compressed file)',
    'reparse points (links, junctions, cloud and system-compressed files)',
  ],
  compression: ['file compressed otherwise than its folder', 'files compressed otherwise than their folders'],
  sparse: ['sparse file', 'sparse files'],
  encryption: ['encrypted file (EFS)', 'encrypted files (EFS)'],
  extended: ['file with extended attributes', 'files with extended attributes'],
  'object-id': ['file with an object id', 'files with object ids'],
  versions: ['folder that tells apart upper and lower case', 'folders that tell apart upper and lower case'],
};

const TOLD_LEFT_OUT = 10;

/** How far it is, in a line. */
export function archiveProgressText(progress: ArchiveProgress): string {
  const { share, bytes, bytesPerSecond, secondsLeft, archiveBytes, path, phase } = progress;
  const parts = [share === undefined ? '' : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`];
  if (phase === 'mending') parts.push(plural(bytes, 'object'));
  else parts.push(bytesText(bytes), rateText(bytesPerSecond));
  if (archiveBytes !== undefined) parts.push(`archive ${bytesText(archiveBytes)}`);
  if (secondsLeft !== undefined) parts.push(`${durationText(secondsLeft)} left`);
  const what = path === undefined || path === '' ? '' : `  ${safeText(path)}`;
  return `${parts.filter((part) => part !== '').join(', ')}${what}`;
}

/** What a volume holds that FSArchiver alone would lose, and what is left out. */
export function surveyLines(survey: SurveyEvent): string[] {
  const { source, label, objects, contentBytes, kept, leftOut, notKept } = survey;
  const lines = [
    `${safeText(source)}: NTFS "${safeText(label)}", ${plural(objects, 'object')}, ${bytesText(contentBytes)} of content`,
  ];
  if (kept.length > 0) {
    lines.push('  FSArchiver cannot keep these; they go into the side file:');
    for (const { kind, count, bytes } of kept) {
      const [one, many] = KINDS[kind];
      lines.push(`    ${plural(count, one, many)}${bytes > 0 ? `, ${bytesText(bytes)}` : ''}`);
    }
  }
  if (leftOut.length > 0) {
    lines.push('  Left out:');
    for (const { path, why, bytes } of leftOut.slice(0, TOLD_LEFT_OUT)) {
      const reason = why === 'system' ? 'Windows makes it anew' : 'you wanted it so';
      lines.push(`    ${safeText(path)} (${bytesText(bytes)}): ${reason}`);
    }
    if (leftOut.length > TOLD_LEFT_OUT) lines.push(`    and ${leftOut.length - TOLD_LEFT_OUT} more`);
  }
  if (notKept.length > 0) {
    const names = notKept.map(({ name, count }) => `${safeText(name)} (${count})`).join(', ');
    lines.push(`  Bookkeeping of Windows that is not kept: ${names}`);
  }
  return lines;
}

const TROUBLES: Readonly<Record<TroubleEvent['trouble'], string>> = {
  damaged: 'Damaged',
  lost: 'Lost',
  folder: 'Damaged folder',
  'not-restored': 'Not restored',
};

/** A file that could not be saved or restored as it is. */
export function troubleLine({ trouble, path, stream, message }: TroubleEvent): string {
  const name = `${path === '' ? '/' : path}${stream ? `:${stream}` : ''}`;
  return `${TROUBLES[trouble]}: ${safeText(name)}: ${safeText(message)}`;
}

/** A difference, as it is told to people. */
export function differenceLines({ what, path, stream, expected, found }: Difference): string[] {
  const name = what === 'volume' ? 'the volume' : `${path === '' ? '/' : path}${stream ? `:${stream}` : ''}`;
  return [`Different: ${safeText(name)}: ${what}: was ${safeText(expected)}, is ${safeText(found)}`];
}
