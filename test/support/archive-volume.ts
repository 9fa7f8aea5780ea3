import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from './random.ts';
import { runOrThrow } from './tools.ts';
import { mountVolume } from './volume-mount.ts';

export interface ArchiveVolumeOptions {
  readonly sizeBytes: number;
  readonly clusterBytes?: number;
  readonly sectorBytes?: number;
  readonly label?: string;
  /** Fills it; every kind of object when left out. */
  readonly populate?: (root: string) => void;
}

/** Makes an NTFS volume in a file, with a loader of its own in its boot area. */
export async function makeArchiveVolume(image: string, options: ArchiveVolumeOptions): Promise<void> {
  const { sizeBytes, clusterBytes = 4096, sectorBytes = 512, label = 'Lifeboat' } = options;
  writeFileSync(image, '');
  truncateSync(image, sizeBytes);
  const geometry = [
    '-s',
    String(sectorBytes),
    '-c',
    String(clusterBytes),
    '-p',
    '2048',
    '-H',
    '255',
    '-S',
    '63',
  ];
  await runOrThrow('mkntfs', ['-F', '-q', '-Q', ...geometry, '-L', label, image]);
  await runOrThrow('ntfslabel', [`--new-serial=${randomBytes(8).toString('hex')}`, image]);
  {
    await using mounted = await mountVolume(image, { more: ['efs_raw'], interix: true });
    (options.populate ?? everyObject)(mounted.root);
  }
  await writeLoader(image, sectorBytes);
}

/** Something that stands for the loader of Windows: bytes in every sector of the boot area, the backup as the first. */
async function writeLoader(image: string, sectorBytes: number): Promise<void> {
  const file = await open(image, 'r+');
  const area = Buffer.alloc(8192);
  await file.read(area, 0, area.length, 0);
  area.write('THE CODE OF A LOADER', 0x60, 'latin1');
  area.fill(0x4c, 512, 8192);
  area.write('BOOTMGR', 516, 'utf16le');
  await file.write(area, 0, area.length, 0);
  const total = Number(area.readBigUInt64LE(0x28)) * sectorBytes;
  await file.write(area, 0, sectorBytes, total);
  await file.close();
}

const setfattr = (path: string, name: string, value: Uint8Array): void => {
  execFileSync('setfattr', ['-h', '-n', name, '-v', `0x${Buffer.from(value).toString('hex')}`, path]);
};

const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, 4 * i);
  return bytes;
};

/** A reparse point: tag, length, and data. */
function reparse(tag: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(tag, 0);
  head.writeUInt16LE(data.length, 4);
  return Buffer.concat([head, data]);
}

/** Names of a junction or mount point, or with `flags` of a symbolic link. */
function names(substitute: string, printed: string, flags?: number): Buffer {
  const one = Buffer.from(substitute, 'utf16le');
  const two = Buffer.from(printed, 'utf16le');
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0, 0);
  head.writeUInt16LE(one.length, 2);
  head.writeUInt16LE(one.length + 2, 4);
  head.writeUInt16LE(two.length, 6);
  const end = Buffer.alloc(2);
  return Buffer.concat([head, ...(flags === undefined ? [] : [u32(flags)]), one, end, two, end]);
}

const times = (...ticks: bigint[]): Buffer => {
  const bytes = Buffer.alloc(32);
  for (const [i, value] of ticks.entries()) bytes.writeBigUInt64LE(value, 8 * i);
  return bytes;
};

/** One extended attribute as $EA holds it. */
function extended(name: string, value: string): Buffer {
  const length = 8 + name.length + 1 + value.length;
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes[5] = name.length;
  bytes.writeUInt16LE(value.length, 6);
  bytes.write(name, 8, 'latin1');
  bytes.write(value, 9 + name.length, 'latin1');
  return bytes;
}

/** A security descriptor with an owner of its own and one entry, for nobody else to be taken for it. */
function descriptor(who: number): Buffer {
  const sid = Buffer.concat([Buffer.of(1, 5, 0, 0, 0, 0, 0, 5), u32(21, 1111, 2222, 3333, who)]);
  const ace = Buffer.concat([Buffer.of(0, 3, 8 + sid.length, 0), u32(0x1301bf), sid]);
  const acl = Buffer.concat([Buffer.of(2, 0, 8 + ace.length, 0, 1, 0, 0, 0), ace]);
  const head = Buffer.alloc(20);
  head[0] = 1;
  head.writeUInt16LE(0x8004, 2);
  head.writeUInt32LE(20, 4);
  head.writeUInt32LE(20 + sid.length, 8);
  head.writeUInt32LE(20 + 2 * sid.length, 16);
  return Buffer.concat([head, sid, sid, acl]);
}

const DAY = 864_000_000_000n;

/** Every kind of object that NTFS has and FSArchiver has trouble with, and those it has none with. */
function everyObject(root: string): void {
  const random = seededRandom(7);
  const noise = (bytes: number): Uint8Array => random.fill(new Uint8Array(bytes));
  const at = (path: string): string => join(root, path);
  const folder = (path: string): string => {
    mkdirSync(at(path), { recursive: true });
    return at(path);
  };
  const file = (path: string, content: Uint8Array | string): string => {
    writeFileSync(at(path), content);
    return at(path);
  };
  const text = (bytes: number, line = 'a line of a text that can be compressed well\r\n'): string =>
    line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);

  folder('plain');
  for (const size of [0, 10, 600, 5000, 131_071, 131_072, 900_001]) file(`plain/${size}.bin`, noise(size));

  folder('names');
  for (const name of [
    'Grüße 日本語 🛟.txt',
    ' leading',
    'trailing.',
    'two\nlines.txt',
    "quote'$(touch x)`y`.txt",
    'n'.repeat(255),
  ]) {
    file(`names/${name}`, name);
  }
  // A lone surrogate, which is no character, but a name that NTFS takes.
  writeFileSync(
    Buffer.concat([Buffer.from(`${root}/names/lone `), Buffer.of(0xed, 0xa0, 0xbd), Buffer.from('.txt')]),
    'lone',
  );
  folder(`deep/${Array.from({ length: 20 }, (_, i) => `level ${i}`).join('/')}`);
  file(`deep/${Array.from({ length: 20 }, (_, i) => `level ${i}`).join('/')}/bottom.txt`, 'bottom');

  folder('links/other');
  file('links/one.bin', noise(200_000));
  linkSync(at('links/one.bin'), at('links/two.bin'));
  linkSync(at('links/one.bin'), at('links/other/three.bin'));

  folder('short/A Long Folder Name');
  file('short/A Long File Name.text', 'short');
  setfattr(at('short/A Long File Name.text'), 'system.ntfs_dos_name', Buffer.from('ALONGF~1.TEX'));
  setfattr(at('short/A Long Folder Name'), 'system.ntfs_dos_name', Buffer.from('ALONGF~1'));
  file('short/A Long Folder Name/inside.txt', 'inside');

  // An 8.3 name of a file with several names, belonging to the one that is found last.
  setfattr(
    file('short/the second of two names.txt', 'two names'),
    'system.ntfs_dos_name',
    Buffer.from('SECOND~1.TXT'),
  );
  linkSync(at('short/the second of two names.txt'), at('short/a first name of two.txt'));

  folder('attributes/hidden folder');
  for (const [name, bits] of [
    ['read-only', 0x21],
    ['hidden', 0x22],
    ['system', 0x26],
    ['temporary', 0x120],
    ['offline', 0x1020],
    ['not indexed', 0x2020],
    ['none', 0x0],
  ] as const) {
    setfattr(file(`attributes/${name}`, name), 'system.ntfs_attrib', u32(bits));
  }
  setfattr(at('attributes/hidden folder'), 'system.ntfs_attrib', u32(0x12));

  folder('security/folder');
  setfattr(file('security/file', 'secret'), 'system.ntfs_acl', descriptor(1001));
  setfattr(at('security/folder'), 'system.ntfs_acl', descriptor(1002));

  setfattr(folder('compressed'), 'system.ntfs_attrib', u32(0x810));
  file('compressed/text.txt', text(300_000));
  file('compressed/noise.bin', noise(200_000));
  file('compressed/small.txt', 'small');
  folder('uncompressed');
  file('compressed/moved.txt', text(150_000));
  renameSync(at('compressed/moved.txt'), at('uncompressed/compressed.txt'));
  file('compressed/linked.txt', text(140_000));
  renameSync(at('compressed/linked.txt'), at('uncompressed/compressed and linked.txt'));
  linkSync(at('uncompressed/compressed and linked.txt'), at('uncompressed/its other name.txt'));
  file('uncompressed/plain.txt', text(160_000));
  renameSync(at('uncompressed/plain.txt'), at('compressed/plain.txt'));

  folder('sparse');
  truncateSync(file('sparse/all hole.bin', ''), 20 * 2 ** 20);
  for (const [name, places] of [
    ['small holes.bin', [0, 100_000, 333_000]],
    ['large holes.bin', [2 ** 20, 7 * 2 ** 20]],
  ] as const) {
    const descriptorNumber = openSync(at(`sparse/${name}`), 'w');
    for (const place of places) writeSync(descriptorNumber, noise(20_000), 0, 20_000, place);
    closeSync(descriptorNumber);
    truncateSync(at(`sparse/${name}`), 10 * 2 ** 20);
  }

  folder('streams/folder');
  file('streams/file.txt', 'main');
  for (const size of [0, 1, 700, 65_535, 65_536, 71_157, 300_000])
    writeFileSync(`${at('streams/file.txt')}:s${size}`, noise(size));
  writeFileSync(`${at('streams/file.txt')}:Zone.Identifier`, '[ZoneTransfer]\r\nZoneId=3\r\n');
  writeFileSync(`${at('streams/file.txt')}:größe 日本`, 'unicode');
  writeFileSync(`${at('streams/folder')}:on a folder`, noise(90_000));
  file('streams/folder/child.txt', 'child');
  file('streams/empty.txt', '');
  writeFileSync(`${at('streams/empty.txt')}:only`, noise(80_000));

  folder('reparse/target folder');
  file('reparse/target.txt', 'target');
  symlinkSync('target.txt', at('reparse/interix'));
  symlinkSync('nowhere/at/all', at('reparse/interix dangling'));
  for (const [name, where] of [
    ['junction', 'C:\\reparse\\target folder'],
    ['junction dangling', 'D:\\not\\there'],
  ] as const) {
    setfattr(
      folder(`reparse/${name}`),
      'system.ntfs_reparse_data',
      reparse(0xa0000003, names(`\\??\\${where}`, where)),
    );
  }
  const volume = '\\??\\Volume{12345678-1234-1234-1234-123456789abc}\\';
  setfattr(folder('reparse/mount point'), 'system.ntfs_reparse_data', reparse(0xa0000003, names(volume, '')));
  setfattr(
    file('reparse/symlink', ''),
    'system.ntfs_reparse_data',
    reparse(0xa000000c, names('target.txt', 'target.txt', 1)),
  );
  setfattr(
    file('reparse/symlink dangling', ''),
    'system.ntfs_reparse_data',
    reparse(0xa000000c, names('gone.txt', 'gone.txt', 1)),
  );
  setfattr(
    folder('reparse/symlink to folder'),
    'system.ntfs_reparse_data',
    reparse(0xa000000c, names('target folder', 'target folder', 1)),
  );
  // As Windows stores a system file it has compressed: nothing but a hole, and the content in a stream.
  const wof = reparse(0x80000017, u32(1, 2, 1, 0));
  for (const name of ['system.dll', 'second.dll']) {
    truncateSync(file(`reparse/${name}`, ''), 400_000);
    writeFileSync(`${at(`reparse/${name}`)}:WofCompressedData`, noise(150_000));
  }
  linkSync(at('reparse/system.dll'), at('reparse/system hard link.dll'));
  for (const name of ['system.dll', 'second.dll'])
    setfattr(at(`reparse/${name}`), 'system.ntfs_reparse_data', wof);
  setfattr(
    file('reparse/cloud.docx', noise(120_000)),
    'system.ntfs_reparse_data',
    reparse(0x9000001a, noise(40)),
  );
  folder('reparse/cloud folder/below');
  file('reparse/cloud folder/in the cloud.txt', noise(3000));
  file('reparse/cloud folder/below/deeper.bin', noise(140_000));
  writeFileSync(`${at('reparse/cloud folder/in the cloud.txt')}:stream`, 'stream');
  setfattr(at('reparse/cloud folder'), 'system.ntfs_reparse_data', reparse(0x9000101a, noise(24)));
  setfattr(file('reparse/app.exe', ''), 'system.ntfs_reparse_data', reparse(0x8000001b, names('app', 'app')));

  folder('meta');
  setfattr(file('meta/extended.txt', 'ea'), 'system.ntfs_ea', extended('FOO', 'bar and more'));
  setfattr(file('meta/object id.txt', 'id'), 'system.ntfs_object_id', Buffer.concat([noise(16), noise(48)]));
  setfattr(folder('meta/folder with id'), 'system.ntfs_object_id', noise(16));
  // Cipher text of 300 bytes: whole units, and how many bytes at their end are none.
  file('meta/encrypted.bin', Buffer.concat([noise(512), Buffer.of(212, 0)]));
  const header = Buffer.from(noise(600));
  header.writeUInt32LE(600, 0);
  setfattr(at('meta/encrypted.bin'), 'system.ntfs_efsinfo', header);

  file('hiberfil.sys', Buffer.alloc(8192, 0x77));
  file('pagefile.sys', Buffer.alloc(1_000_000, 0x66));
  writeFileSync(`${root}/:on the root`, 'a stream of the root');

  folder('times/folder');
  file('times/old.txt', 'old');
  file('times/future.txt', 'future');
  file('times/folder/child.txt', 'child');
  appendFileSync(at('times/old.txt'), '.');
  setfattr(at('times/old.txt'), 'system.ntfs_times', times(DAY, 2n * DAY + 1n, 3n * DAY + 7n, DAY));
  setfattr(
    at('times/future.txt'),
    'system.ntfs_times',
    times(255_000n * DAY + 3n, 255_001n * DAY + 9n, 255_002n * DAY, DAY),
  );
  setfattr(
    at('times/folder'),
    'system.ntfs_times',
    times(150_000n * DAY + 1_234_567n, 150_001n * DAY + 7_654_321n, 150_002n * DAY + 3n, DAY),
  );
}
