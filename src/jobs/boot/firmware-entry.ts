import { execa } from 'execa';
import type { FirmwareChange } from '../../boot/fix.ts';
import { Refusal } from '../refusal.ts';

const LIMIT_MS = 30_000;

/** Adds an entry to the list of the firmware; gives its number. Throws a `Refusal`. */
export async function addFirmwareEntry(disk: string, change: FirmwareChange): Promise<string> {
  const { partitionNumber, loader, label } = change;
  const before = await entryNumbers();
  await run('-q', '-c', '-d', disk, '-p', String(partitionNumber), '-L', label, '-l', loader);
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
  await run('-q', '-B', '-b', number);
}

async function entryNumbers(): Promise<string[]> {
  const text = await run();
  return [...text.matchAll(/^Boot([0-9A-F]{4})[* ]/gm)].map(([, number = '']) => number);
}

async function run(...words: string[]): Promise<string> {
  const result = await execa('efibootmgr', words, { reject: false, stdin: 'ignore', timeout: LIMIT_MS });
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
