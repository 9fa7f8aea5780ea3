import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loopDevice } from '../../scripts/loop-device.ts';
import type { Bus, LiveDisk } from '../../scripts/machine/disk-words.ts';
import { IMAGE_FORMS } from './probe-images.ts';
import { runOrThrow } from './tools.ts';

const MIB = 2 ** 20;

/** Programs that make the bystanders. */
export const BYSTANDER_TOOLS = [
  'mkfs.ext4',
  'dumpe2fs',
  'mkswap',
  'mkntfs',
  'ntfscp',
  'vgcreate',
  'losetup',
] as const;

/**
 * Disks that a careless system writes to when it starts: an ext4 whose journal must be replayed, swap, LVM, one half of
 * a RAID, a Windows that hibernates. Needs root.
 */
export async function makeBystanders(folder: string): Promise<LiveDisk[]> {
  const made = async (
    serial: string,
    bus: Bus,
    make: (file: string) => Promise<unknown>,
  ): Promise<LiveDisk> => {
    const file = join(folder, `${serial}.img`);
    await writeFile(file, '');
    await truncate(file, 32 * MIB);
    await make(file);
    return { serial, file, bus };
  };
  return [
    await made('EXT4', 'virtio', dirtyExt4),
    await made('SWAP', 'virtio', (file) => runOrThrow('mkswap', [file])),
    await made('LVM', 'ahci', volumeGroup),
    await made('RAID', 'usb', (file) => halfOfRaid(file)),
    await made('HIBER', 'nvme', (file) => hibernatedWindows(file, folder)),
  ];
}

/** As a power cut leaves it: with a transaction in its journal that is not in its place yet. */
async function dirtyExt4(file: string): Promise<void> {
  await runOrThrow('mkfs.ext4', ['-q', file]);
  const commands = `${file}.debugfs`;
  await writeFile(commands, 'jo\njw -b 333 /dev/zero\njc\n');
  await runOrThrow('debugfs', ['-w', '-f', commands, file]);
  const features = await runOrThrow('dumpe2fs', ['-h', file]);
  if (!features.includes('needs_recovery')) throw new Error(`${file} has no journal that must be replayed`);
}

async function volumeGroup(file: string): Promise<void> {
  await using disk = await loopDevice(file);
  const only = ['--devices', disk.device, '-qq'];
  await runOrThrow('pvcreate', [...only, '-ff', '--yes', disk.device]);
  await runOrThrow('vgcreate', [...only, 'bystander', disk.device]);
}

async function halfOfRaid(file: string): Promise<void> {
  const form = IMAGE_FORMS.find(({ name }) => name === 'md 1.2');
  if (!form) throw new Error('there is no form of RAID');
  await form.make(file);
}

async function hibernatedWindows(file: string, folder: string): Promise<void> {
  await runOrThrow('mkntfs', ['-F', '-q', '-Q', '-L', 'Hibernated', file]);
  const content = join(folder, 'hiberfil.sys');
  await writeFile(content, Buffer.concat([Buffer.from('hibr'), Buffer.alloc(8192)]));
  await runOrThrow('ntfscp', ['-f', file, content, 'hiberfil.sys']);
}
