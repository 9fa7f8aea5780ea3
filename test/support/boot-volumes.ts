import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { runOrThrow } from './tools.ts';
import { mountVolume } from './volume-mount.ts';

/** A file of a volume: its content, and what is special about it. */
export interface BootFile {
  readonly content: Uint8Array | string;
  /** DOS attributes, such as 0x26: archive, system, hidden. */
  readonly attributes?: number;
  /** In a folder that Windows compresses. */
  readonly compressed?: boolean;
}

export type BootFiles = Readonly<Record<string, BootFile | Uint8Array | string>>;

/** Code of test/support/boot/volume-code.asm: looks for that loader. */
export function bootCode(kind: 'bootmgr' | 'ntldr'): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-code-'));
  try {
    const source = resolve(import.meta.dirname, 'boot/volume-code.asm');
    const words =
      kind === 'bootmgr'
        ? ["-DNAME='BOOTMGR'", '-DNAME_LENGTH=7']
        : ["-DNAME='NTLDR'", '-DNAME_LENGTH=5', '-DOLD'];
    execFileSync('nasm', ['-f', 'bin', ...words, '-o', join(folder, 'code'), source]);
    return new Uint8Array(readFileSync(join(folder, 'code')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface BootVolume {
  readonly image: string;
  readonly sectors: number;
  /** First sector of its partition. */
  readonly start: number;
  readonly label: string;
  readonly files: BootFiles;
  /** Undefined leaves the code of mkntfs. */
  readonly code?: Uint8Array;
  /** Hidden sectors, if they are not `start`: that of another place. */
  readonly hidden?: number;
}

/** Makes an NTFS volume as Windows would have left it on that place of a disk. */
export async function makeNtfs(volume: BootVolume): Promise<void> {
  const { image, sectors, start, label, files, code, hidden = start } = volume;
  writeFileSync(image, '');
  truncateSync(image, sectors * 512);
  const geometry = ['-p', String(hidden), '-H', '255', '-S', '63', '-s', '512', '-c', '4096'];
  await runOrThrow('mkntfs', ['-F', '-q', '-Q', ...geometry, '-L', label, image]);
  await runOrThrow('ntfslabel', [`--new-serial=${randomBytes(8).toString('hex')}`, image]);
  {
    await using mounted = await mountVolume(image);
    for (const [path, file] of Object.entries(files)) await writeInto(mounted.root, path, file);
  }
  await finishBootFile(image, code);
}

async function writeInto(root: string, path: string, given: BootFile | Uint8Array | string): Promise<void> {
  const file = typeof given === 'string' || given instanceof Uint8Array ? { content: given } : given;
  const place = join(root, path);
  mkdirSync(dirname(place), { recursive: true });
  const setAttributes = (target: string, attributes: number): Promise<string> =>
    runOrThrow('setfattr', [
      '-h',
      '-v',
      `0x${attributes.toString(16).padStart(8, '0')}`,
      '-n',
      'system.ntfs_attrib_be',
      target,
    ]);
  if (file.compressed) {
    // A file takes after its folder when it is made, and keeps that when it is moved.
    const folder = join(root, 'compressed-for-a-moment');
    mkdirSync(folder);
    await setAttributes(folder, 0x810);
    writeFileSync(join(folder, 'file'), file.content);
    await runOrThrow('mv', [join(folder, 'file'), place]);
    rmSync(folder, { recursive: true });
  } else writeFileSync(place, file.content);
  const { attributes } = file;
  if (attributes !== undefined) await setAttributes(place, attributes);
}

/** Puts code around the fields, and makes the copy of the boot sector the same: mkntfs draws it before it has a new serial. */
async function finishBootFile(image: string, code: Uint8Array | undefined): Promise<void> {
  const file = await open(image, 'r+');
  try {
    const boot = Buffer.alloc(8192);
    await file.read(boot, 0, 8192, 0);
    if (code !== undefined) {
      boot.set(code.subarray(0, 3), 0);
      boot.set(code.subarray(0x54, 0x1fe), 0x54);
      boot.set(code.subarray(0x200), 0x200);
    }
    const total = Number(boot.readBigUInt64LE(0x28));
    await file.write(boot, 0, 8192, 0);
    await file.write(boot, 0, 512, total * 512);
  } finally {
    await file.close();
  }
}

/** Makes a FAT volume with those files. */
export async function makeEsp(
  image: string,
  sectors: number,
  start: number,
  files: BootFiles,
): Promise<void> {
  writeFileSync(image, '');
  truncateSync(image, sectors * 512);
  await runOrThrow('mkfs.vfat', ['-F', '32', '-s', '1', '-h', String(start), '-n', 'SYSTEM', image]);
  const tree = mkdtempSync(join(tmpdir(), 'lifeboat-esp-'));
  try {
    for (const [path, file] of Object.entries(files)) {
      const content = typeof file === 'string' || file instanceof Uint8Array ? file : file.content;
      mkdirSync(join(tree, dirname(path)), { recursive: true });
      writeFileSync(join(tree, path), content);
    }
    const tops = [...new Set(Object.keys(files).map((path) => path.split('/')[0] ?? ''))];
    if (tops.length > 0)
      await runOrThrow('mcopy', ['-s', '-i', image, ...tops.map((name) => join(tree, name)), '::']);
  } finally {
    rmSync(tree, { recursive: true });
  }
}

/** Copies a volume into its place on a disk image, holes left out. */
export async function putInto(disk: string, start: number, volume: string): Promise<void> {
  const bytes = await readFile(volume);
  const file = await open(disk, 'r+');
  try {
    const step = 65_536;
    for (let at = 0; at < bytes.length; at += step) {
      const piece = bytes.subarray(at, at + step);
      if (!piece.every((byte) => byte === 0)) await file.write(piece, 0, piece.length, start * 512 + at);
    }
  } finally {
    await file.close();
  }
}
