import { createCipheriv, createHash, type Hash } from 'node:crypto';
import { link, mkdir, open, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type SeededRandom, seededRandom } from './random.ts';
import { runOrThrow } from './tools.ts';

/** What a file holds, by its path in the volume (`folder/file`, or `folder/file:stream`). */
export type Truth = Map<string, { readonly size: number; readonly sha256: string }>;

const PIECE = 2 ** 20;
const COMPRESSED_ATTRIBUTE = '0x00000800';
const MOUNT_POINT_TAG = 0xa0000003;

/** Puts files into a mounted volume and keeps the book of what is in them. Same seed, same bytes. */
export class VolumeWriter {
  readonly root: string;
  readonly clusterBytes: number;
  readonly random: SeededRandom;
  readonly truth: Truth = new Map();

  constructor(root: string, clusterBytes: number, seed: number) {
    this.root = root;
    this.clusterBytes = clusterBytes;
    this.random = seededRandom(seed);
  }

  /** Makes a folder and those above it. */
  async folder(path: string): Promise<void> {
    await mkdir(join(this.root, path), { recursive: true });
  }

  /** A file of `size` bytes of noise, or with the given bytes; works for `file:stream` as well. */
  async file(path: string, content: number | Uint8Array): Promise<void> {
    await this.folder(dirname(path));
    if (typeof content !== 'number') {
      await writeFile(join(this.root, path), content);
      this.#note(path, content.length, createHash('sha256').update(content));
      return;
    }
    await this.interleaved([path], content, PIECE);
  }

  /** Files of `size` bytes each, written in turns of `piece` bytes, so that their clusters lie mixed. */
  async interleaved(paths: readonly string[], size: number, piece: number): Promise<void> {
    for (const path of paths) await this.folder(dirname(path));
    const files = await Promise.all(paths.map((path) => open(join(this.root, path), 'w')));
    const hashes = paths.map(() => createHash('sha256'));
    const noises = paths.map(() => this.#noise());
    for (let written = 0; written < size; written += piece) {
      for (const [i, file] of files.entries()) {
        const bytes = noises[i]?.(Math.min(piece, size - written)) ?? Buffer.alloc(0);
        hashes[i]?.update(bytes);
        await file.write(bytes);
      }
    }
    for (const file of files) await file.close();
    for (const [i, hash] of hashes.entries()) this.#note(paths[i] ?? '', size, hash);
  }

  /** A file of `size` bytes, all of it a hole but for `pieces` of a cluster or less. */
  async sparse(path: string, size: number, pieces: number): Promise<void> {
    await this.folder(dirname(path));
    const content = Buffer.alloc(size);
    const file = await open(join(this.root, path), 'w');
    await file.truncate(size);
    const noise = this.#noise();
    for (let i = 0; i < pieces; i++) {
      const bytes = noise(Math.min(this.clusterBytes, size));
      const offset = this.random.integer(size - bytes.length + 1);
      bytes.copy(content, offset);
      await file.write(bytes, 0, bytes.length, offset);
    }
    await file.close();
    this.#note(path, size, createHash('sha256').update(content));
  }

  /** A folder whose new files are compressed; false where the clusters are too large for compression. */
  async compressedFolder(path: string): Promise<boolean> {
    await this.folder(path);
    if (this.clusterBytes > 4096) return false;
    const folder = join(this.root, path);
    await runOrThrow('setfattr', ['-h', '-v', COMPRESSED_ATTRIBUTE, '-n', 'system.ntfs_attrib_be', folder]);
    return true;
  }

  /** Bytes in which every third kilobyte is noise and the rest is text: they compress, but not to nothing. */
  compressible(size: number): Buffer {
    const bytes = Buffer.alloc(size, 'All work and no play makes a dull disk. ');
    const noise = this.#noise();
    for (let i = 0; i < size; i += 3072) noise(Math.min(1024, size - i)).copy(bytes, i);
    return bytes;
  }

  async hardLink(existing: string, path: string): Promise<void> {
    await this.folder(dirname(path));
    await link(join(this.root, existing), join(this.root, path));
    const entry = this.truth.get(existing);
    if (entry !== undefined) this.truth.set(path, entry);
  }

  /** A symbolic link, as Windows Subsystem for Linux makes them: a reparse point. */
  async symbolicLink(target: string, path: string): Promise<void> {
    await this.folder(dirname(path));
    await symlink(target, join(this.root, path));
  }

  /** A junction, as Windows makes them: a folder with a reparse point. */
  async junction(target: string, path: string): Promise<void> {
    await this.folder(path);
    const name = Buffer.from(`\\??\\${target}`, 'utf16le');
    const data = Buffer.alloc(8 + 8 + name.length + 4);
    data.writeUInt32LE(MOUNT_POINT_TAG, 0);
    data.writeUInt16LE(data.length - 8, 4);
    data.writeUInt16LE(name.length, 10);
    data.writeUInt16LE(name.length + 2, 12);
    name.copy(data, 16);
    const value = `0x${data.toString('hex')}`;
    await runOrThrow('setfattr', [
      '-h',
      '-v',
      value,
      '-n',
      'system.ntfs_reparse_data',
      join(this.root, path),
    ]);
  }

  /** Deletes a file; what it held stays in clusters that are free now. */
  async remove(path: string): Promise<void> {
    await rm(join(this.root, path));
    for (const name of this.truth.keys()) {
      if (name === path || name.startsWith(`${path}:`)) this.truth.delete(name);
    }
  }

  /** What is left of the volume. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.root);
    return bavail * bsize;
  }

  #note(path: string, size: number, hash: Hash): void {
    this.truth.set(path, { size, sha256: hash.digest('hex') });
  }

  /** A fast stream of noise, continued with every call. */
  #noise(): (bytes: number) => Buffer {
    const key = Buffer.from(this.random.fill(new Uint8Array(32)));
    const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
    return (bytes) => cipher.update(Buffer.alloc(bytes));
  }
}
