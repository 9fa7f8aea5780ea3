import { resolve } from 'node:path';
import { execa } from 'execa';
import { readMounts } from '../../block/mounts.ts';
import { writeLocks } from '../../block/write-locks.ts';
import type { FirmwareChange } from '../../boot/fix.ts';
import { Refusal } from '../refusal.ts';
import { firmwareFolder } from './efi-variables.ts';

const LIMIT_MS = 30_000;

/**
 * One call of efibootmgr while its place is writable. A shell of its own, which Ctrl-C does not end, so that it is put back
 * whatever becomes of this program.
 */
const WHILE_WRITABLE = `trap '' INT TERM HUP
place=$1; shift
mount -o remount,rw "$place" || exit
timeout ${LIMIT_MS / 1000} efibootmgr "$@"
code=$?
mount -o remount,ro "$place"
exit $code`;

/** Adds an entry to the list of the firmware; gives its number. Throws a `Refusal`. */
export async function addFirmwareEntry(disk: string, change: FirmwareChange): Promise<string> {
  const { partitionNumber, loader, label } = change;
  const before = await entryNumbers();
  await alter('-q', '-c', '-d', disk, '-p', String(partitionNumber), '-L', label, '-l', loader);
  const added = (await entryNumbers()).find((number) => !before.includes(number));
  if (added !== undefined) return added;
  throw new Refusal(
    'firmware',
    'The firmware has not kept the new entry.',
    'See E2: its loader of last resort does without.',
  );
}

/** Takes an entry out of the list again. Throws a `Refusal`. */
export async function removeFirmwareEntry(number: string): Promise<void> {
  if (!(await entryNumbers()).includes(number)) return;
  await alter('-q', '-B', '-b', number);
}

async function entryNumbers(): Promise<string[]> {
  const text = await run();
  return [...text.matchAll(/^Boot([0-9A-F]{4})[* ]/gm)].map(([, number = '']) => number);
}

/** Where disks are kept locked, the variables of the firmware are mounted for reading only, too. */
async function alter(...words: string[]): Promise<void> {
  const place = resolve(firmwareFolder());
  const mount = (await readMounts()).findLast(({ mountPoint }) => mountPoint === place);
  if (writeLocks() === undefined || !mount?.readOnly) await run(...words);
  else await runProgram('sh', ['-c', WHILE_WRITABLE, 'sh', place, ...words], 2 * LIMIT_MS);
}

const run = (...words: string[]): Promise<string> => runProgram('efibootmgr', words, LIMIT_MS);

async function runProgram(program: string, words: readonly string[], timeout: number): Promise<string> {
  const result = await execa(program, words, { reject: false, stdin: 'ignore', timeout });
  if (!result.failed) return result.stdout;
  const why =
    result.code === 'ENOENT'
      ? 'it is not installed'
      : result.stderr.trim().split('\n')[0] || result.shortMessage;
  throw new Refusal(
    'firmware',
    `The firmware cannot be changed with efibootmgr: ${why}.`,
    'See E2: its loader of last resort does without.',
  );
}
