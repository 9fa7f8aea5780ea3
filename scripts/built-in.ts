import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Whether a disk is part of the computer, or does not say that it can be taken out: anything but USB, SD cards, and what
 * says so. Flash memory that is soldered in (eMMC) hangs on the same bus as cards, of type `MMC` instead of `SD`.
 */
export async function isBuiltIn(name: string, sys = '/sys'): Promise<boolean> {
  const at = join(sys, 'class/block', name);
  const way = await realpath(at);
  if (/\/usb\d/.test(way)) return false;
  if (way.includes('/mmc')) return (await readFile(join(at, 'device/type'), 'utf8')).trim() !== 'SD';
  return (await readFile(join(at, 'removable'), 'utf8')).trim() !== '1';
}
