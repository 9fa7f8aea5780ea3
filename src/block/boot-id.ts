import { readFile } from 'node:fs/promises';

/** Names this start of the system: process numbers and attachments of disks mean something only within one. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
