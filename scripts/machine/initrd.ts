import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type ArchiveEntry, cpioArchive, FOLDER, PLAIN_FILE, PROGRAM } from './cpio.ts';

const BUSYBOX = '/bin/busybox';

/** Said on the serial console when the shell takes commands. */
export const READY = '::ready::';

/**
 * The first program of the machine: loads drivers, mounts the disk with programs at /tools, and lets a shell carry out
 * the lines of the serial console. The shell must not read the console itself: an interactive one takes the end of a
 * background process, while it waits for a line, for the end of its input (measured, busybox 1.35).
 */
const INIT = `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tools /tmp /run /var/tmp /etc /root /mnt
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
for module in $(cat /modules/order); do insmod /modules/$module; done
for i in $(seq 200); do [ -b /dev/vda ] && break; usleep 50000; done
mount -o ro /dev/vda /tools
ln -s /tools/lib /lib
ln -s /tools/lib /lib64
export PATH=/tools/bin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb
echo 1 > /proc/sys/kernel/printk
cd /root
mkfifo /lines
exec < /dev/null > /dev/ttyS0 2>&1
sh /lines &
exec 3> /lines 4< /dev/ttyS0
stty -echo < /dev/ttyS0
echo ${READY}
while :; do IFS= read -r line <&4 && echo "$line" >&3; done
`;

/**
 * Builds the initial RAM disk with busybox and these modules, in the order of loading. Those that are to be loaded
 * `later`, by hand, lie in `/modules` too.
 */
export async function buildInitrd(
  path: string,
  modules: readonly string[],
  later: readonly string[] = [],
): Promise<void> {
  const folder = (name: string): ArchiveEntry => ({ path: name, mode: FOLDER });
  const text = (name: string, mode: number, content: string): ArchiveEntry => ({
    path: name,
    mode,
    content: Buffer.from(content),
  });
  const entries: ArchiveEntry[] = [
    ...['bin', 'modules', 'dev', 'proc', 'sys'].map(folder),
    { path: 'bin/busybox', mode: PROGRAM, content: await readFile(BUSYBOX) },
    text('init', PROGRAM, INIT),
    text('modules/order', PLAIN_FILE, modules.map((file) => basename(file)).join('\n')),
  ];
  for (const file of [...modules, ...later]) {
    entries.push({ path: `modules/${basename(file)}`, mode: PLAIN_FILE, content: await readFile(file) });
  }
  await writeFile(path, gzipSync(cpioArchive(entries), { level: 1 }));
}
