import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file whose every 512-byte block names the file and the block, so that the raw volume shows where it lies. */
export interface TaggedFile {
  readonly id: number;
  readonly path: string;
  readonly stream: string;
  readonly sizeBytes: number;
}

/** Where a block of a tagged file lies on the volume. */
export interface TaggedBlock {
  readonly id: number;
  readonly fileOffset: number;
  readonly volumeOffset: number;
}

const MARK = 'LIFEBOAT-TAG';

/** The content of a tagged file: each 512-byte block begins with mark, file and block number. */
function taggedBytes(id: number, sizeBytes: number, from = 0): Buffer {
  const bytes = Buffer.alloc(sizeBytes, 0x2e);
  for (let at = 0; at + 20 <= sizeBytes; at += 512) {
    bytes.write(MARK, at, 'latin1');
    bytes.writeUInt32LE(id, at + 12);
    bytes.writeUInt32LE((from + at) / 512, at + 16);
  }
  return bytes;
}

/** Finds every tagged block that begins a sector of the raw volume: the truth about who owns it. */
export function findTagged(volume: string): TaggedBlock[] {
  const bytes = readFileSync(volume);
  const found: TaggedBlock[] = [];
  for (let at = bytes.indexOf(MARK, 0, 'latin1'); at >= 0; at = bytes.indexOf(MARK, at + 1, 'latin1')) {
    if (at % 512 !== 0) continue;
    const id = bytes.readUInt32LE(at + 12);
    found.push({ id, fileOffset: bytes.readUInt32LE(at + 16) * 512, volumeOffset: at });
  }
  return found;
}

/** Writes through `folder` (a mounted volume) what ordinary volumes have; `files` is how many small files. */
export function populate(folder: string, files: number): TaggedFile[] {
  const tagged: TaggedFile[] = [];
  const write = (path: string, sizeBytes: number): void => {
    const id = tagged.length + 1;
    writeFileSync(join(folder, path), taggedBytes(id, sizeBytes));
    tagged.push({ id, path, stream: '', sizeBytes });
  };
  mkdirSync(join(folder, 'Users/Ägidius ☃/deep/er'), { recursive: true });
  mkdirSync(join(folder, 'many'));
  write('Users/big.bin', 700_001);
  write('Users/Ägidius ☃/deep/er/letter.txt', 9_000);
  for (let i = 0; i < files; i++) write(`many/file with a rather long name ${i}.dat`, 100 + (i % 7) * 900);
  linkSync(join(folder, 'Users/big.bin'), join(folder, 'many/hard link.bin'));
  const ads = tagged.length + 1;
  execFileSync('setfattr', [
    '-n',
    'user.notes',
    '-v',
    `0x${taggedBytes(ads, 20_000).toString('hex')}`,
    join(folder, 'Users/big.bin'),
  ]);
  tagged.push({ id: ads, path: 'Users/big.bin', stream: 'notes', sizeBytes: 20_000 });
  writeFileSync(join(folder, 'sparse.bin'), 'x');
  truncateSync(join(folder, 'sparse.bin'), 5_000_000);
  for (let i = 0; i < files; i += 5) rmSync(join(folder, tagged[i + 2]?.path ?? ''));
  return tagged.filter((file) => file.stream !== '' || exists(join(folder, file.path)));
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** A file in a folder with the compression flag; every second 64 KiB unit does not shrink. */
export function writeCompressed(folder: string): { path: string; content: Buffer } {
  const directory = join(folder, 'squeezed');
  mkdirSync(directory);
  execFileSync('setfattr', ['-h', '-n', 'system.ntfs_attrib_be', '-v', '0x00000810', directory]);
  const content = Buffer.alloc(16 * 65536 + 1000);
  let state = 12345;
  for (let at = 0; at < content.length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    content[at] = Math.floor(at / 65536) % 2 === 0 ? (at >> 6) & 0xff : state >>> 24;
  }
  writeFileSync(join(directory, 'c.bin'), content);
  return { path: 'squeezed/c.bin', content };
}

/**
 * Breaks a volume into pieces: fills it with small files, deletes every second, writes one big tagged file into the
 * gaps, and creates records until there is no room, so that $MFT and the big file have hundreds of runs.
 */
export function shatter(folder: string, bigBytes: number): TaggedFile {
  mkdirSync(join(folder, 'fill'));
  const create = (name: string, bytes: number): boolean => {
    try {
      writeFileSync(join(folder, 'fill', name), Buffer.alloc(bytes, 0x61));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      return false;
    }
  };
  let made = 0;
  while (create(`f${made}`, 4096)) made++;
  for (let i = 0; i < made; i += 2) rmSync(join(folder, 'fill', `f${i}`), { force: true });
  writeFileSync(join(folder, 'big.bin'), taggedBytes(1, bigBytes));
  for (let i = 0; i < made && create(`r${i}`, 10); i++);
  return { id: 1, path: 'big.bin', stream: '', sizeBytes: bigBytes };
}
