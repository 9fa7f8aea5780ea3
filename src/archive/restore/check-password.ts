import { resolve } from 'node:path';
import { ArchiveError } from '../archive-error.ts';
import type { ArchiveHead } from '../fsa/archive-head.ts';
import { runFsarchiver } from '../fsarchiver/run-fsarchiver.ts';

/** Asks FSArchiver whether the password fits, before anything is erased. */
export async function checkPassword(
  archive: string,
  { encryption }: ArchiveHead,
  password: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (encryption === 'none') return;
  if (password === undefined) throw passwordNeeded(archive);
  const end = await runFsarchiver({
    args: ['-c', '-', 'archinfo', resolve(archive)],
    password: { text: password, times: 1 },
    signal,
  });
  if (end.exitCode === 0) return;
  if (end.complaints.some((text) => text.includes('cannot decrypt the test buffer')))
    throw wrongPassword(archive);
  const last = end.complaints.at(-1) ?? `exit code ${end.exitCode}`;
  throw new ArchiveError(
    'refused',
    'fsarchiver-failed',
    `FSArchiver cannot read ${archive}: ${last}`,
    'See: lifeboat archive verify',
  );
}

export const passwordNeeded = (archive: string): ArchiveError =>
  new ArchiveError(
    'refused',
    'password-needed',
    `${archive} is encrypted.`,
    'Run this on a terminal, which asks for the password, or give it with --password-file.',
  );

export const wrongPassword = (archive: string): ArchiveError =>
  new ArchiveError('refused', 'wrong-password', `The password does not fit to ${archive}.`, 'Try again.');
