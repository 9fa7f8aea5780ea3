import { execFile } from 'node:child_process';
import { mkdir, open, truncate, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MIB = 2 ** 20;

/** One form of content, and how an image of it is made. */
export interface ImageForm {
  readonly name: string;
  /** The kind that the prober shall find. */
  readonly kind: string;
  /** What blkid calls it. */
  readonly blkid: string;
  readonly tools: readonly string[];
  readonly make: (path: string) => Promise<void>;
}

async function sparse(path: string, bytes: number): Promise<void> {
  await writeFile(path, '');
  await truncate(path, bytes);
}

/** An image that a program formats; `IMAGE` among its words stands for the path. */
function made(
  name: string,
  kind: string,
  blkid: string,
  megabytes: number,
  ...[tool = '', ...words]: string[]
): ImageForm {
  return {
    name,
    kind,
    blkid,
    tools: [tool],
    make: async (path) => {
      await sparse(path, megabytes * MIB);
      await run(tool, [...words.map((word) => (word === 'IMAGE' ? path : word))]);
    },
  };
}

/** An image into which bytes are written at places, for forms that no program at hand can make. */
function written(
  name: string,
  kind: string,
  blkid: string,
  megabytes: number,
  pieces: (sizeBytes: number) => readonly (readonly [offset: number, bytes: Uint8Array])[],
): ImageForm {
  return {
    name,
    kind,
    blkid,
    tools: [],
    make: async (path) => {
      await sparse(path, megabytes * MIB);
      await using file = await open(path, 'r+');
      for (const [offset, bytes] of pieces(megabytes * MIB)) await file.write(bytes, 0, bytes.length, offset);
    },
  };
}

const UUID = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

/** mdp_superblock_1 of a mirror of two. */
function mdVersion1(superSector: number): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.writeUInt32LE(0xa92b4efc, 0);
  bytes.writeUInt32LE(1, 4);
  UUID.copy(bytes, 16);
  bytes.write('host:mirror', 32);
  bytes.writeInt32LE(1, 72);
  bytes.writeUInt32LE(2, 92);
  bytes.writeBigUInt64LE(BigInt(superSector), 144);
  return bytes;
}

/** mdp_super_t, version 0.90. */
function mdVersion0(): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.writeUInt32LE(0xa92b4efc, 0);
  bytes.writeUInt32LE(90, 8);
  for (const [index, offset] of [20, 52, 56, 60].entries()) {
    bytes.writeUInt32LE(UUID.readUInt32BE(index * 4), offset);
  }
  bytes.writeUInt32LE(1, 28);
  bytes.writeUInt32LE(2, 40);
  return bytes;
}

/** A name and a value of an XDR list; `value` with its length or alone, as the type has it. */
function xdrPair(name: string, type: number, value: Buffer): Buffer {
  const padded = Buffer.alloc(Math.ceil(name.length / 4) * 4);
  padded.write(name);
  const bytes = Buffer.alloc(12 + padded.length + 8 + value.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(bytes.length, 4);
  bytes.writeUInt32BE(name.length, 8);
  padded.copy(bytes, 12);
  bytes.writeUInt32BE(type, 12 + padded.length);
  bytes.writeUInt32BE(1, 16 + padded.length);
  value.copy(bytes, 20 + padded.length);
  return bytes;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function xdrText(text: string): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(text.length / 4) * 4);
  bytes.writeUInt32BE(text.length, 0);
  bytes.write(text, 4);
  return bytes;
}

/** The first label of a pool: list and uberblocks, of which blkid wants four. */
function zfsPieces(): (readonly [number, Uint8Array])[] {
  const list = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    xdrPair('version', 8, uint64(5000n)),
    xdrPair('name', 9, xdrText('tank')),
    xdrPair('pool_guid', 8, uint64(0xfedcba9876543210n)),
    xdrPair('guid', 8, uint64(77n)),
    Buffer.alloc(8),
  ]);
  const uber = Buffer.alloc(1024);
  uber.writeBigUInt64LE(0x00bab10cn, 0);
  const ubers = Array.from({ length: 8 }, (_, i) => [131072 + i * 1024, uber] as const);
  return [[16384, list], ...ubers];
}

/** An HFS+ volume with a catalog that holds the thread of the root folder, named "Macintosh HD". */
function hfsplusPieces(sizeBytes: number): (readonly [number, Uint8Array])[] {
  const BLOCK = 4096;
  const header = Buffer.alloc(512);
  header.write('H+');
  header.writeUInt16BE(4, 2);
  header.writeUInt32BE(0x100, 4);
  header.writeUInt32BE(BLOCK, 40);
  header.writeUInt32BE(sizeBytes / BLOCK, 44);
  header.writeUInt32BE(100, 48);
  UUID.copy(header, 104, 0, 8);
  header.writeUInt32BE(2, 284);
  header.writeUInt32BE(8, 288);
  header.writeUInt32BE(2, 292);
  const node = Buffer.alloc(512);
  node.writeInt8(1, 8);
  node.writeUInt16BE(1, 14);
  node.writeUInt32BE(1, 16);
  node.writeUInt32BE(1, 20);
  node.writeUInt32BE(1, 24);
  node.writeUInt32BE(1, 28);
  node.writeUInt16BE(BLOCK, 32);
  const name = Buffer.from('Macintosh HD', 'utf16le').swap16();
  const leaf = Buffer.alloc(512);
  leaf.writeInt8(-1, 8);
  leaf.writeUInt8(1, 9);
  leaf.writeUInt16BE(1, 10);
  leaf.writeUInt16BE(6 + name.length, 14);
  leaf.writeUInt32BE(1, 16);
  leaf.writeUInt16BE(name.length / 2, 20);
  name.copy(leaf, 22);
  leaf.writeUInt16BE(1, 22 + name.length);
  return [
    [1024, header],
    [8 * BLOCK, node],
    [9 * BLOCK, leaf],
  ];
}

/** A boot sector of BitLocker as Windows 7 and later write it. */
function bitlockerBoot(): Buffer {
  const boot = Buffer.alloc(512);
  boot.set([0xeb, 0x58, 0x90]);
  boot.write('-FVE-FS-', 3);
  boot.writeUInt16LE(512, 0x0b);
  boot.writeUInt8(8, 0x0d);
  boot.writeUInt8(0xf8, 0x15);
  Buffer.from('3bd66749292ed84a8399f6a339e3d001', 'hex').copy(boot, 0xa0);
  boot.writeBigUInt64LE(65536n, 0xb0);
  boot.writeUInt16LE(0xaa55, 510);
  return boot;
}

/** The block that begins an APFS container. */
function apfsBlock(sizeBytes: number): Buffer {
  const block = Buffer.alloc(4096);
  block.writeBigUInt64LE(1n, 8);
  block.writeUInt32LE(1, 24);
  block.write('NXSB', 32);
  block.writeUInt32LE(4096, 36);
  block.writeBigUInt64LE(BigInt(sizeBytes / 4096), 40);
  UUID.copy(block, 72);
  return block;
}

function intelRaid(): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write('Intel Raid ISM Cfg Sig. 1.1.00');
  return bytes;
}

const disc = (name: string, blkid: string, ...more: string[]): ImageForm => ({
  name,
  kind: blkid,
  blkid,
  tools: ['genisoimage'],
  make: async (path) => {
    const folder = `${path}.d`;
    await mkdir(folder);
    await writeFile(`${folder}/file`, 'x');
    await run('genisoimage', ['-quiet', ...more, '-V', 'A_DISC', '-o', path, folder]);
  },
});

/** LUKS with keys that cost nothing to try. */
const luks = (version: 1 | 2): ImageForm => ({
  name: `luks${version}`,
  kind: 'luks',
  blkid: 'crypto_LUKS',
  tools: ['cryptsetup'],
  make: async (path) => {
    await sparse(path, 20 * MIB);
    const key = `${path}.key`;
    await writeFile(key, 'secret');
    const label = version === 2 ? ['--label', 'locked', '--pbkdf', 'pbkdf2'] : [];
    const words = ['luksFormat', '--batch-mode', '--type', `luks${version}`, ...label];
    await run('cryptsetup', [...words, '--pbkdf-force-iterations', '1000', path, key]);
  },
});

/** All forms that an image file can have without a device. */
export const IMAGE_FORMS: readonly ImageForm[] = [
  made('ntfs', 'ntfs', 'ntfs', 8, 'mkntfs', '--force', '--quick', '--quiet', '--label', 'Daten ß', 'IMAGE'),
  made('ntfs 64k', 'ntfs', 'ntfs', 24, 'mkntfs', '-FQq', '-c', '65536', '-L', 'Big', 'IMAGE'),
  made('ext2', 'ext2', 'ext2', 8, 'mkfs.ext2', '-q', '-L', 'two', 'IMAGE'),
  made('ext3', 'ext3', 'ext3', 16, 'mkfs.ext3', '-q', '-L', 'three', 'IMAGE'),
  made('ext4', 'ext4', 'ext4', 32, 'mkfs.ext4', '-q', '-L', 'four', 'IMAGE'),
  made('fat12', 'fat12', 'vfat', 4, 'mkfs.vfat', '-F', '12', '-n', 'TWELVE', 'IMAGE'),
  made('fat16', 'fat16', 'vfat', 20, 'mkfs.vfat', '-F', '16', '-n', 'SIXTEEN', 'IMAGE'),
  made('fat32', 'fat32', 'vfat', 40, 'mkfs.vfat', '-F', '32', '-n', 'THIRTYTWO', 'IMAGE'),
  made('fat32 4k', 'fat32', 'vfat', 300, 'mkfs.vfat', '-F', '32', '-S', '4096', 'IMAGE'),
  made('exfat', 'exfat', 'exfat', 16, 'mkfs.exfat', '-L', 'Extra', 'IMAGE'),
  made('xfs', 'xfs', 'xfs', 320, 'mkfs.xfs', '-q', '-L', 'ecks', 'IMAGE'),
  made('btrfs', 'btrfs', 'btrfs', 128, 'mkfs.btrfs', '-q', '-L', 'butter', 'IMAGE'),
  made('f2fs', 'f2fs', 'f2fs', 64, 'mkfs.f2fs', '-q', '-l', 'flash', 'IMAGE'),
  made('jfs', 'jfs', 'jfs', 16, 'mkfs.jfs', '-q', '-L', 'jay', 'IMAGE'),
  made('reiserfs', 'reiserfs', 'reiserfs', 40, 'mkreiserfs', '-q', '-ff', '-l', 'riser', 'IMAGE'),
  made('swap', 'swap', 'swap', 4, 'mkswap', '-L', 'swop', 'IMAGE'),
  disc('iso9660', 'iso9660'),
  disc('udf bridge', 'udf', '-udf'),
  luks(1),
  luks(2),
  written('md 1.0', 'md-raid', 'linux_raid_member', 8, (size) => [
    [size - 8192, mdVersion1(size / 512 - 16)],
  ]),
  written('md 1.1', 'md-raid', 'linux_raid_member', 8, () => [[0, mdVersion1(0)]]),
  written('md 1.2', 'md-raid', 'linux_raid_member', 8, () => [[4096, mdVersion1(8)]]),
  written('md 0.90', 'md-raid', 'linux_raid_member', 8, (size) => [[size - 65536, mdVersion0()]]),
  written('zfs', 'zfs', 'zfs_member', 80, zfsPieces),
  written('bitlocker', 'bitlocker', 'BitLocker', 8, () => [
    [0, bitlockerBoot()],
    [65536, Buffer.from('-FVE-FS-')],
  ]),
  written('hfsplus', 'hfsplus', 'hfsplus', 8, hfsplusPieces),
  written('apfs', 'apfs', 'apfs', 8, (size) => [[0, apfsBlock(size)]]),
  written('intel raid', 'firmware-raid', 'isw_raid_member', 8, (size) => [[size - 1024, intelRaid()]]),
];
