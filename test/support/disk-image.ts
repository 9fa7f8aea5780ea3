import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loopDevice } from '../../scripts/loop-device.ts';
import type { ByteRange } from '../../src/block/range.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { parseMapfile } from '../../src/rescue/mapfile.ts';
import { layOutHfsPlus } from './hfs-plus.ts';
import { writeTable } from './partition-tables.ts';
import { seededRandom } from './random.ts';
import { runOrThrow } from './tools.ts';
import { makeVolume } from './volume.ts';
import { everyKind } from './volume-populations.ts';
import { usedRanges } from './volume-used.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const STEP = MIB;

export type PartKind = 'ntfs' | 'ext4' | 'fat' | 'exfat' | 'xfs' | 'btrfs' | 'hfsplus' | 'noise';

/** Programs that the parts are made and judged with. */
export const DISK_TOOLS = [
  ...[
    'sfdisk',
    'sgdisk',
    'mkntfs',
    'ntfs-3g',
    'ntfsclone',
    'ntfsfix',
    'mkfs.ext4',
    'e2fsck',
    'mkfs.vfat',
    'fsck.fat',
  ],
  ...[
    'mcopy',
    'mkfs.exfat',
    'mount.exfat-fuse',
    'fsck.exfat',
    'mkfs.xfs',
    'xfs_repair',
    'mkfs.btrfs',
    'btrfs',
  ],
  ...['partclone.extfs', 'nbdfuse', 'fusermount3'],
];

/** One part of a disk image, and what of it is in use. */
export interface DiskPart {
  readonly kind: PartKind;
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** In bytes of the disk, by programs that have no part in ours: ntfsclone and partclone. */
  readonly used: RangeSet;
}

/** A disk in a sparse image file. */
export interface DiskImage {
  readonly image: string;
  readonly sizeBytes: number;
  /** By place, as they were asked for. */
  readonly parts: readonly DiskPart[];
}

/** Where a part goes on the disk. */
export interface PartOrder {
  readonly kind: PartKind;
  readonly startMib: number;
  readonly sizeMib: number;
}

/**
 * Makes a disk in `folder`: the table by sfdisk from `script`, noise all over what is not in use (so that a sector
 * that should not have been left out is noticed), and a volume with files in each part.
 */
export async function makeDisk(
  folder: string,
  script: string,
  sizeMib: number,
  orders: readonly PartOrder[],
): Promise<DiskImage> {
  const image = join(folder, 'disk.img');
  writeFileSync(image, '');
  writeTable(image, script, sizeMib * MIB);
  const parts: DiskPart[] = [];
  const disk = await open(image, 'r+');
  for (const [index, { kind, startMib, sizeMib }] of orders.entries()) {
    const volume = join(folder, `part-${index}.img`);
    const used = await makePart(folder, volume, kind, sizeMib * MIB, index + 1);
    const startBytes = startMib * MIB;
    await copyInto(disk, startBytes, volume);
    rmSync(volume);
    const shifted = [...used].map(({ start, end }) => ({ start: start + startBytes, end: end + startBytes }));
    parts.push({ kind, startBytes, sizeBytes: sizeMib * MIB, used: RangeSet.of(shifted) });
  }
  await disk.close();
  return { image, sizeBytes: sizeMib * MIB, parts };
}

async function makePart(
  folder: string,
  path: string,
  kind: PartKind,
  sizeBytes: number,
  seed: number,
): Promise<RangeSet> {
  if (kind === 'ntfs') {
    await makeVolume({
      image: path,
      sizeBytes,
      seed,
      label: `Volume ${seed}`,
      populate: everyKind(8),
      junk: true,
    });
    return RangeSet.of((await usedRanges(path)).ranges);
  }
  await writeNoise(path, sizeBytes, seed, kind === 'noise' ? sizeBytes : 8 * MIB);
  if (kind === 'noise') return RangeSet.single(0, sizeBytes);
  const files = join(folder, `files-${seed}`);
  writeFiles(files, seed);
  const run = (tool: string, ...args: string[]) => execFileSync(tool, args, { stdio: 'ignore' });
  switch (kind) {
    case 'ext4':
      run('mkfs.ext4', '-q', '-F', '-L', 'Linux', '-d', files, path);
      break;
    case 'fat':
      run('mkfs.vfat', '-n', 'FAT', path);
      run('mcopy', '-s', '-i', path, join(files, 'sub'), '::');
      break;
    case 'exfat': {
      run('mkfs.exfat', '-L', 'Stick', path);
      const mounted = join(folder, `mounted-${seed}`);
      mkdirSync(mounted);
      await using device = await loopDevice(path);
      run('mount.exfat-fuse', device.device, mounted);
      run('cp', '-r', join(files, 'sub'), mounted);
      run('umount', mounted);
      break;
    }
    case 'hfsplus':
      await layOutHfsPlus(path, sizeBytes, seed, 30);
      break;
    case 'xfs':
      writeFileSync(join(folder, 'proto'), protoOf(files));
      run('mkfs.xfs', '-q', '-f', '-L', 'Xfs', '-p', join(folder, 'proto'), path);
      break;
    case 'btrfs':
      run('mkfs.btrfs', '-q', '-f', '-L', 'Butter', '--rootdir', files, path);
      break;
  }
  rmSync(files, { recursive: true });
  return partcloneDomain(path, kind);
}

/** The first megabytes in noise: more than that is as sparse as the file system leaves it. */
async function writeNoise(path: string, sizeBytes: number, seed: number, noiseBytes: number): Promise<void> {
  const file = await open(path, 'w');
  await file.truncate(sizeBytes);
  const noise = seededRandom(seed).fill(new Uint8Array(STEP));
  for (let at = 0; at < Math.min(sizeBytes, noiseBytes); at += STEP) await file.write(noise, 0, STEP, at);
  await file.close();
}

function writeFiles(folder: string, seed: number): void {
  mkdirSync(join(folder, 'sub'), { recursive: true });
  const random = seededRandom(seed + 100);
  for (let i = 0; i < 20; i++) {
    writeFileSync(
      join(folder, 'sub', `file ${i}.bin`.replace(' ', '-')),
      random.fill(new Uint8Array(20_000 * (i + 1))),
    );
  }
}

function protoOf(folder: string): string {
  const files = Array.from(
    { length: 20 },
    (_, i) => `file-${i}.bin ---644 0 0 ${join(folder, 'sub', `file-${i}.bin`)}`,
  );
  return `/dev/null\n0 0\nd--755 0 0\n${files.join('\n')}\n$\n`;
}

const PARTCLONE: Partial<Record<PartKind, string>> = {
  ext4: 'partclone.extfs',
  fat: 'partclone.fat',
  exfat: 'partclone.exfat',
  hfsplus: 'partclone.hfsp',
  xfs: 'partclone.xfs',
  btrfs: 'partclone.btrfs',
};

async function partcloneDomain(path: string, kind: PartKind): Promise<RangeSet> {
  const domain = `${path}.domain`;
  await runOrThrow(PARTCLONE[kind] ?? '', [
    '-D',
    '-q',
    '-B',
    '-f',
    '1',
    '-s',
    path,
    '-o',
    domain,
    '-L',
    `${path}.log`,
  ]);
  const { map } = parseMapfile(await readFile(domain, 'utf8'));
  rmSync(domain);
  rmSync(`${path}.log`, { force: true });
  return map.bytesWith('+');
}

async function copyInto(disk: Awaited<ReturnType<typeof open>>, at: number, path: string): Promise<void> {
  const file = await open(path);
  const bytes = Buffer.alloc(STEP);
  for (let offset = 0; ; offset += STEP) {
    const { bytesRead } = await file.read(bytes, 0, STEP, offset);
    if (bytesRead === 0) break;
    const piece = bytes.subarray(0, bytesRead);
    if (!piece.every((byte) => byte === 0)) await disk.write(piece, 0, bytesRead, at + offset);
  }
  await file.close();
}

const MARKER = Buffer.concat([Buffer.from('BadSectoR\0'), Buffer.alloc(SECTOR - 10, '?')]);
const ZEROS = Buffer.alloc(SECTOR);

/**
 * Holds a rescued disk against the truth: used sectors are the same, bad ones of them marked; others are the same, or
 * were never written. Names the first few that are not.
 */
export async function wrongSectors(
  disk: DiskImage,
  target: string,
  used: RangeSet,
  bad: Iterable<ByteRange> = [],
): Promise<string[]> {
  const marked = RangeSet.of(bad);
  const wrong: string[] = [];
  const [left, right] = [await open(disk.image), await open(target)];
  const [before, after] = [Buffer.alloc(STEP), Buffer.alloc(STEP)];
  for (let offset = 0; offset < disk.sizeBytes && wrong.length < 5; offset += STEP) {
    const { bytesRead } = await left.read(before, 0, STEP, offset);
    await right.read(after, 0, STEP, offset);
    if (before.equals(after) && !marked.touches(offset, offset + bytesRead)) continue;
    for (let at = 0; at < bytesRead; at += SECTOR) {
      const position = offset + at;
      const found = after.subarray(at, at + SECTOR);
      const isUsed = used.touches(position, position + SECTOR);
      const isBad = marked.touches(position, position + SECTOR);
      const fits = isBad
        ? found.equals(MARKER) || (!isUsed && found.equals(ZEROS))
        : found.equals(before.subarray(at, at + SECTOR)) || (!isUsed && found.equals(ZEROS));
      if (!fits)
        wrong.push(`sector ${position / SECTOR} (${isUsed ? 'used' : 'free'}${isBad ? ', bad' : ''})`);
    }
  }
  await left.close();
  await right.close();
  return wrong.slice(0, 5);
}

/** What in front of, between and behind the parts has to be saved: all of it but gaps of more than 1 MiB. */
export function smallGaps({ parts, sizeBytes }: DiskImage): RangeSet {
  const covered = RangeSet.of(
    parts.map(({ startBytes: start, sizeBytes: size }) => ({ start, end: start + size })),
  );
  const gaps = [...RangeSet.single(0, sizeBytes).subtract(covered)];
  return RangeSet.of(gaps.filter(({ start, end }) => start === 0 || end - start <= MIB));
}

/** Cuts a part out of a disk and lets the checker of its file system judge it; returns what it says, '' when well. */
export async function judgePart(target: string, part: DiskPart, scratch: string): Promise<string> {
  const [source, copy] = [await open(target), await open(scratch, 'w')];
  const bytes = Buffer.alloc(STEP);
  await copy.truncate(part.sizeBytes);
  for (let at = 0; at < part.sizeBytes; at += STEP) {
    const { bytesRead } = await source.read(
      bytes,
      0,
      Math.min(STEP, part.sizeBytes - at),
      part.startBytes + at,
    );
    const piece = bytes.subarray(0, bytesRead);
    if (!piece.every((byte) => byte === 0)) await copy.write(piece, 0, bytesRead, at);
  }
  await source.close();
  await copy.close();
  const judge: Partial<Record<PartKind, string[]>> = {
    ntfs: ['ntfsfix', '-n', scratch],
    ext4: ['e2fsck', '-fn', scratch],
    fat: ['fsck.fat', '-n', scratch],
    exfat: ['fsck.exfat', '-n', scratch],
    xfs: ['xfs_repair', '-n', '-f', scratch],
    btrfs: ['btrfs', 'check', '--readonly', '--check-data-csum', scratch],
  };
  const [tool, ...args] = judge[part.kind] ?? [];
  if (tool === undefined) return '';
  try {
    await runOrThrow(tool, args);
    return '';
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(scratch);
  }
}
