import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoName } from '../../block/errno.ts';
import { parseLoadOption } from '../../boot/load-option.ts';
import type { Firmware, FirmwareEntry } from '../../boot/supplies.ts';

/** Where the kernel shows the variables of the firmware; efibootmgr looks there as well. */
const FOLDER = '/sys/firmware/efi/efivars';
const BOOT_ENTRY = /^Boot([0-9A-F]{4})-8be4df61-93ca-11d2-aa0d-00e098032b8c$/;
/** Each variable begins with its attributes. */
const ATTRIBUTE_BYTES = 4;
const MOST_ENTRIES = 500;

/** Where the variables of the firmware are found in this process. */
export const firmwareFolder = (env: NodeJS.ProcessEnv = process.env): string => env.EFIVARFS_PATH || FOLDER;

/** The list of what the firmware of this computer starts. Never rejects. */
export async function readFirmware(env: NodeJS.ProcessEnv = process.env): Promise<Firmware> {
  const folder = firmwareFolder(env);
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return { kind: 'out-of-reach', why: 'This computer was not started by UEFI.' };
  }
  if (names.length === 0)
    return { kind: 'out-of-reach', why: 'The list in the firmware is not shown by this system.' };
  const entries: FirmwareEntry[] = [];
  for (const name of names.sort()) {
    const number = BOOT_ENTRY.exec(name)?.[1];
    if (number === undefined || entries.length >= MOST_ENTRIES) continue;
    const entry = parseLoadOption(number, await bytesOf(join(folder, name)));
    if (entry !== undefined) entries.push(entry);
  }
  return { kind: 'uefi', entries };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return (await readFile(path)).subarray(ATTRIBUTE_BYTES);
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return new Uint8Array(0);
  }
}
