import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { debianKernel, moduleFiles } from '../../scripts/machine/debian-kernel.ts';
import { buildInitrd } from '../../scripts/machine/initrd.ts';
import { Machine, type MachineDisk } from '../../scripts/machine/machine.ts';
import { buildToolsDisk } from '../../scripts/machine/tools-disk.ts';
import { VolatileDisk } from '../../scripts/machine/volatile-disk.ts';
import { serveWritable } from './e2e-writable-nbd.ts';
import { LIFEBOAT } from './lifeboat.ts';
import { seededRandom } from './random.ts';
import { runOrThrow } from './tools.ts';
import { makeVolume, type Volume } from './volume.ts';
import { everyKind } from './volume-populations.ts';
import { usedRanges } from './volume-used.ts';

/** What a power cut needs: programs, and root for mounts. */
export const POWER_CUT_NEEDS = {
  tools: [
    ...[
      'qemu-system-x86_64',
      'busybox',
      'mkfs.ext4',
      'mkfs.vfat',
      'fsck.fat',
      'mcopy',
      'losetup',
      'ddrescuelog',
    ],
    ...['mkntfs', 'ntfs-3g', 'ntfsclone', 'nbdfuse', 'fusermount3', 'blkid', 'flock'],
  ],
  root: true,
} as const;

const MIB = 2 ** 20;
const SECTOR = 512;
/** Enough of them for some seconds of trying, each of a fifth of a second. */
const BAD_SECTORS = 14;
const TIMESCALE = '0.2';
const TARGET_DISK_BYTES = 96 * MIB;
const MAP_DISK_BYTES = 16 * MIB;

/** The machine whose power is cut, with the failing disk that it rescues from. */
export interface PowerRig extends AsyncDisposable {
  readonly folder: string;
  readonly volume: Volume;
  /** Rules of the failing disk. */
  readonly faults: readonly string[];
  /** Puts both disks back to what is in their images: after a cut, or with new images. */
  insertDisks(): Promise<{ readonly target: VolatileDisk; readonly map: VolatileDisk }>;
  readonly targetImage: string;
  readonly mapImage: string;
  /** Switches the machine on: source /dev/vdb, target /dev/vdc, disk for the map /dev/vdd. */
  switchOn(): Promise<Machine>;
}

/** Makes everything and boots the machine once; each `switchOn` goes on from there, in a second. */
export async function powerRig(seed: number): Promise<PowerRig> {
  if (!existsSync(LIFEBOAT)) throw new Error(`${LIFEBOAT} is missing: run make build first`);
  const stack = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'lifeboat-power-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const at = (name: string): string => join(folder, name);
    const volume = stack.use(await makeVolume({ sizeBytes: 48 * MIB, populate: everyKind(8), seed }));
    const faults = await scatteredFaults(volume, seed);
    stack.defer(await serveSource(volume.image, faults, at));

    const kernel = await debianKernel();
    const modules = await moduleFiles(kernel, ['virtio_pci', 'virtio_blk', 'vfat', 'nls_ascii', 'nls_cp437']);
    await buildInitrd(at('initrd'), modules);
    await buildToolsDisk(at('tools'), [LIFEBOAT, '/usr/sbin/blkid', '/usr/bin/flock']);
    const [targetImage, mapImage] = [at('target.img'), at('map.img')];
    for (const [image, bytes] of [
      [targetImage, TARGET_DISK_BYTES],
      [mapImage, MAP_DISK_BYTES],
    ] as const) {
      await writeFile(image, '');
      await truncate(image, bytes);
    }
    const slots = {
      target: await slot(targetImage, at('target.sock')),
      map: await slot(mapImage, at('map.sock')),
    };
    stack.defer(() => slots.target.close());
    stack.defer(() => slots.map.close());
    const disks: MachineDisk[] = [
      { file: at('tools'), readOnly: true, serial: 'tools' },
      { nbd: at('source.sock'), readOnly: true, serial: 'source' },
      { nbd: at('target.sock'), serial: 'target' },
      { nbd: at('map.sock'), serial: 'map' },
    ];
    const machine = { kernel: kernel.image, initrd: at('initrd'), disks };
    {
      await using first = await Machine.start(machine);
      // What is read now is in the machine's memory each time.
      await first.run('lifeboat --version && lifeboat help engine; blkid --version; mkdir -p /t /m');
      await first.saveState(at('state'));
    }
    const owned = stack.move();
    return {
      folder,
      volume,
      faults,
      targetImage,
      mapImage,
      insertDisks: async () => ({ target: await slots.target.insert(), map: await slots.map.insert() }),
      switchOn: () => Machine.start({ ...machine, state: at('state') }),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Bad sectors among those in use, single ones and pairs. */
async function scatteredFaults(volume: Volume, seed: number): Promise<string[]> {
  const random = seededRandom(seed);
  const { ranges } = await usedRanges(volume.image);
  return Array.from({ length: BAD_SECTORS }, () => {
    const range = ranges[random.integer(ranges.length)];
    if (range === undefined) throw new Error('the volume has nothing in use');
    const sectors = (range.end - range.start) / SECTOR;
    return `bad ${range.start / SECTOR + random.integer(sectors)} ${1 + random.integer(2)}`;
  });
}

/** Serves the volume as a disk that fails, in a process of its own; returns how to end that. */
async function serveSource(
  image: string,
  faults: readonly string[],
  at: (name: string) => string,
): Promise<() => Promise<void>> {
  await writeFile(at('faults'), faults.map((fault) => `${fault}\n`).join(''));
  await writeFile(at('source.log'), '');
  const server: ChildProcess = spawn(
    process.execPath,
    [
      resolve(import.meta.dirname, '../../scripts/failing-disk/server.ts'),
      ...['--image', image, '--faults', at('faults'), '--log', at('source.log')],
      ...['--socket', at('source.sock'), '--timescale', TIMESCALE],
    ],
    { stdio: 'inherit' },
  );
  while (!existsSync(at('source.sock'))) {
    if (server.exitCode !== null) throw new Error('the failing disk has ended');
    await sleep(10);
  }
  return async () => void server.kill('SIGKILL');
}

/** A place for a disk that can be taken out and put in again while its server stays. */
async function slot(image: string, socketPath: string) {
  let disk = await VolatileDisk.open(image);
  const server: Server = serveWritable(() => disk, socketPath);
  return {
    insert: async (): Promise<VolatileDisk> => {
      await disk.close();
      disk = await VolatileDisk.open(image);
      return disk;
    },
    close: async (): Promise<void> => {
      server.close();
      await disk.close();
    },
  };
}

/** Makes the file system of a disk image anew. */
export async function format(image: string, kind: 'ext4' | 'vfat'): Promise<void> {
  if (kind === 'ext4') await runOrThrow('mkfs.ext4', ['-q', '-F', image]);
  else await runOrThrow('mkfs.vfat', [image]);
}
