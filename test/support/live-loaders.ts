import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LiveDisk } from '../../scripts/machine/disk-words.ts';
import { WORK } from './live-image.ts';
import { runOrThrow } from './tools.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const DISK_BYTES = 32 * MIB;
const START_BYTES = MIB;
/** The code of a boot record; behind it are the partitions. */
const CODE_BYTES = 440;

/** Where the recipe unpacks the loaders of Debian, and the tools that make some of them. */
const [LOADERS, TOOLS] = [join(WORK, 'boot/usr/lib/grub'), join(WORK, 'tools/usr')];

/** A disk that a BIOS starts; it says `words` over the first serial line if it is, or was made, the first disk. */
export async function biosDisk(folder: string, words: string): Promise<LiveDisk> {
  const file = join(folder, 'own-bios.img');
  const source = resolve(import.meta.dirname, 'boot/first-disk.asm');
  await runOrThrow('nasm', ['-f', 'bin', '-o', file, source]);
  await truncate(file, DISK_BYTES);
  await writeAt(file, SECTOR, Buffer.from(`${words}\0`));
  return { serial: 'OWN', file, bus: 'ahci', isBootable: true };
}

/** A disk that UEFI starts by the loader at `path`, a GRUB that says `words` over the first serial line. */
export async function efiDisk(folder: string, path: string, words: string): Promise<LiveDisk> {
  const [file, loader] = [join(folder, 'own-efi.img'), join(folder, 'own.efi')];
  const menu = `serial --unit=0 --speed=115200\nterminal_output serial\necho ${words}\nsleep 600\n`;
  await makeGrub(folder, 'x86_64-efi', loader, menu, ['serial', 'terminal', 'echo', 'sleep']);
  await fatDisk(folder, file, DISK_BYTES, [[loader, path]]);
  return { serial: 'OWN', file, bus: 'ahci', isBootable: true };
}

const FILE_MENU = `serial --unit=0 --speed=115200
terminal_input --append serial
terminal_output --append serial
menuentry "An image in a file" --hotkey=i {
  loopback loop ($root)/lifeboat.iso
  set root=(loop)
  configfile /boot/grub/loopback.cfg
}
`;
/** What such a GRUB finds its menu with. */
const FILE_EARLY =
  'search --file --set=root /lifeboat.iso\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n';
/** For both kinds of firmware. */
const FILE_MODULES = [
  ...[
    'part_msdos',
    'part_gpt',
    'fat',
    'iso9660',
    'normal',
    'configfile',
    'loopback',
    'linux',
    'echo',
    'test',
  ],
  ...['true', 'regexp', 'gfxterm', 'font', 'all_video', 'serial', 'terminal', 'search', 'search_fs_file'],
  ...['chain', 'halt', 'sleep', 'progress', 'minicmd', 'play'],
];

/**
 * A stick with a GRUB of its own, for BIOS and for UEFI, whose menu starts the image, which lies on it as a file, in the
 * way of all GRUBs: by the image's own loopback.cfg.
 */
export async function stickWithFile(folder: string, image: string): Promise<string> {
  const [file, loader, core, menu] = ['with-file.img', 'file.efi', 'core.img', 'file.cfg'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  await writeFile(menu, FILE_MENU);
  await makeGrub(folder, 'x86_64-efi', loader, FILE_EARLY, FILE_MODULES);
  await makeGrub(folder, 'i386-pc', core, FILE_EARLY, ['biosdisk', 'linux16', 'drivemap', ...FILE_MODULES]);
  await fatDisk(folder, file, 256 * MIB, [
    [image, 'lifeboat.iso'],
    [loader, 'EFI/BOOT/BOOTX64.EFI'],
    [menu, 'boot/grub/grub.cfg'],
  ]);
  // As grub-install does for a BIOS: its first sector, and behind it, before the first partition, the rest.
  const code = await readFile(join(LOADERS, 'i386-pc/boot.img'));
  await writeAt(file, 0, code.subarray(0, CODE_BYTES));
  await writeAt(file, SECTOR, await readFile(core));
  return file;
}

/** A GRUB that begins with the lines of `early`. */
async function makeGrub(
  folder: string,
  format: string,
  output: string,
  early: string,
  modules: readonly string[],
): Promise<void> {
  const config = join(folder, 'early.cfg');
  await writeFile(config, early);
  await runOrThrow(join(TOOLS, 'lib64/ld-linux-x86-64.so.2'), [
    ...['--library-path', join(TOOLS, 'lib/x86_64-linux-gnu'), join(TOOLS, 'bin/grub-mkimage')],
    ...[`--format=${format}`, `--output=${output}`, `--config=${config}`, '--prefix=/boot/grub'],
    ...[`--directory=${join(LOADERS, format)}`, ...modules],
  ]);
}

/** A disk with one FAT partition, which holds each of these files at its path. */
async function fatDisk(
  folder: string,
  file: string,
  sizeBytes: number,
  files: readonly (readonly [from: string, path: string])[],
): Promise<void> {
  const volume = join(folder, 'volume-of-files.img');
  await writeFile(volume, '');
  await truncate(volume, sizeBytes - START_BYTES);
  await runOrThrow('mkfs.vfat', ['-n', 'FILES', volume]);
  const folders = new Set(files.flatMap(([, path]) => foldersOf(path)));
  for (const each of folders) await runOrThrow('mmd', ['-i', volume, `::${each}`]);
  for (const [from, path] of files) await runOrThrow('mcopy', ['-i', volume, from, `::${path}`]);
  await writeFile(file, '');
  await truncate(file, sizeBytes);
  const script = join(folder, 'table.sfdisk');
  await writeFile(script, `label: dos\nstart=${START_BYTES / SECTOR}, type=c, bootable\n`);
  await runOrThrow('sh', ['-c', 'sfdisk --quiet "$1" < "$2"', 'sh', file, script]);
  await runOrThrow('dd', [
    `if=${volume}`,
    `of=${file}`,
    'bs=1M',
    'seek=1',
    'conv=notrunc,sparse',
    'status=none',
  ]);
}

const foldersOf = (path: string): string[] => {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
};

async function writeAt(path: string, atBytes: number, bytes: Buffer): Promise<void> {
  await using file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, atBytes);
}
