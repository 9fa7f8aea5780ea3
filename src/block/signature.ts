import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { safeText } from '../text/safe.ts';

/** What blkid recognised at the start of a device or file. */
export type Signature =
  /** Something is there; `description` names it with an article: `an NTFS filesystem "Backup"`. */
  | { readonly kind: 'found'; readonly description: string }
  /** blkid knows nothing of what is there. */
  | { readonly kind: 'none' }
  /** blkid is missing, failed, or did not answer in time: `reason` is a clause without a full stop. */
  | { readonly kind: 'unknown'; readonly reason: string };

const TIME_LIMIT_MS = 10_000;

/** How long after its kill a process may still hang in the kernel before we go on without it. */
const GRACE_MS = 1_000;

/** Exit codes of `blkid -p` (man 8 blkid). */
const NOTHING_FOUND = 2;
const SEVERAL_FOUND = 8;

/** blkid's names that do not read well in a sentence. */
const FILE_SYSTEM_NAMES: Readonly<Record<string, string>> = {
  ntfs: 'an NTFS filesystem',
  vfat: 'a FAT filesystem',
  exfat: 'an exFAT filesystem',
  xfs: 'an XFS filesystem',
  hfsplus: 'an HFS+ filesystem',
  BitLocker: 'a BitLocker volume',
  crypto_LUKS: 'an encrypted volume (LUKS)',
  LVM2_member: 'a part of an LVM volume group',
  linux_raid_member: 'a part of a Linux RAID',
  swap: 'swap space',
};

/** Asks blkid (low-level probing, no cache) what is on a device or in a file. Reads it; never writes. */
export async function readSignature(path: string): Promise<Signature> {
  const probe = execa('blkid', ['-p', '-o', 'export', '--', path], {
    reject: false,
    timeout: TIME_LIMIT_MS,
    killSignal: 'SIGKILL',
    stdin: 'ignore',
  });
  const giveUp = new AbortController();
  const silence = delay(TIME_LIMIT_MS + GRACE_MS, undefined, { signal: giveUp.signal });
  // A process that waits for a dead device cannot even be killed: we go on without it.
  const result = await Promise.race([probe, silence]).finally(() => giveUp.abort());
  if (result === undefined || result.timedOut) {
    return { kind: 'unknown', reason: `it did not answer within ${TIME_LIMIT_MS / 1000} seconds` };
  }
  if (result.exitCode === NOTHING_FOUND) return { kind: 'none' };
  if (result.exitCode === SEVERAL_FOUND) return { kind: 'found', description: 'several filesystems at once' };
  if (result.exitCode !== 0) {
    return {
      kind: 'unknown',
      reason: `blkid failed (${safeText(result.stderr || (result.shortMessage ?? ''))})`,
    };
  }
  const description = describeSignature(result.stdout);
  return description === undefined ? { kind: 'none' } : { kind: 'found', description };
}

/** The words for blkid's `KEY=value` lines; undefined when they name neither a filesystem nor a table. */
export function describeSignature(output: string): string | undefined {
  const lines = output.matchAll(/^([A-Z0-9_]+)=(.*)$/gm);
  // In this format blkid puts a backslash before spaces and other characters that a shell would take.
  const values = new Map([...lines].map(([, key = '', value = '']) => [key, value.replace(/\\(.)/g, '$1')]));
  const type = values.get('TYPE');
  const table = values.get('PTTYPE');
  if (type === undefined) return table === undefined ? undefined : `a partition table (${safeText(table)})`;
  const label = values.get('LABEL');
  const name = FILE_SYSTEM_NAMES[type] ?? `${article(type)} ${safeText(type)} ${noun(values.get('USAGE'))}`;
  return label === undefined ? name : `${name} "${safeText(label)}"`;
}

const article = (type: string): string => (/^[aeiou]/i.test(type) ? 'an' : 'a');

const noun = (usage: string | undefined): string => (usage === 'filesystem' ? 'filesystem' : 'volume');
