import { execa } from 'execa';

/** Labels of these signs may go through FSArchiver. */
const PLAIN_LABEL = /^[A-Za-z0-9_-]+$/;

/** Programs that give a file system its label, by type; the label is a word of their own, never part of a command. */
const PROGRAMS: Readonly<Record<string, (device: string, label: string) => readonly string[]>> = {
  ext2: (device, label) => ['e2label', device, label],
  ext3: (device, label) => ['e2label', device, label],
  ext4: (device, label) => ['e2label', device, label],
  // xfs_admin is a shell program that runs commands in a label (measured); what it calls does not, but takes no blanks.
  xfs: (device, label) => [
    'xfs_db',
    ...['-x', '-p', 'xfs_admin', '-c', `label ${label.replaceAll(/\s/g, '_')}`, device],
  ],
  btrfs: (device, label) => ['btrfs', 'filesystem', 'label', device, label],
  jfs: (device, label) => ['jfs_tune', '-L', label, device],
  reiserfs: (device, label) => ['reiserfstune', '--label', label, device],
  vfat: (device, label) => ['fatlabel', device, label],
};

/**
 * The `label=` with which FSArchiver makes a file system. The label in the archive is never left to it: it goes through a
 * parser that runs commands in it (measured). An empty label is no danger.
 */
export function labelKey(label: string): string {
  if (label === '') return '';
  return `,label=${PLAIN_LABEL.test(label) ? label : 'lifeboat'}`;
}

/** Sets a label that could not go through FSArchiver; what went wrong in words, if anything. */
export async function setLabel(type: string, device: string, label: string): Promise<string | undefined> {
  if (label === '' || PLAIN_LABEL.test(label)) return undefined;
  const words = PROGRAMS[type]?.(device, label);
  const [program, ...args] = words ?? [];
  if (program === undefined) return `no program sets the label of ${type}`;
  const done = await execa(program, args, { reject: false, stdin: 'ignore' });
  if (done.failed) return done.stderr.trim() || done.shortMessage;
  if (type !== 'xfs') return undefined;
  // It ends with 0 whatever it says.
  if (!done.stdout.includes('new label')) return done.stdout.trim() || done.stderr.trim();
  return /\s/.test(label) ? 'the programs of XFS take no blanks: it has _ in their place' : undefined;
}
