import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { BootDiskImage } from './boot-disks.ts';
import { mountVolume } from './volume-mount.ts';

const SECTOR = 512;

/** A disk image that is changed byte by byte. */
export class BootImage {
  readonly disk: BootDiskImage;

  constructor(disk: BootDiskImage) {
    this.disk = disk;
  }

  read(at: number, length: number): Buffer {
    const file = openSync(this.disk.path, 'r');
    try {
      const bytes = Buffer.alloc(length);
      readSync(file, bytes, 0, length, at);
      return bytes;
    } finally {
      closeSync(file);
    }
  }

  write(at: number, bytes: Uint8Array): void {
    const file = openSync(this.disk.path, 'r+');
    try {
      writeSync(file, bytes, 0, bytes.length, at);
    } finally {
      closeSync(file);
    }
  }

  /** First byte of a partition. */
  start(part: number): number {
    return (this.disk.parts[part]?.start ?? 0) * SECTOR;
  }

  /** Bytes of a partition. */
  size(part: number): number {
    return (this.disk.parts[part]?.sectors ?? 0) * SECTOR;
  }

  /** Writes at an offset of a partition. */
  writeIn(part: number, at: number, bytes: Uint8Array): void {
    this.write(this.start(part) + at, bytes);
  }

  /** Replaces every occurrence within a partition; returns how many there were. */
  replace(part: number, from: Uint8Array, to: Uint8Array): number {
    const bytes = this.read(this.start(part), this.size(part));
    let count = 0;
    for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) {
      this.writeIn(part, at, to);
      count++;
    }
    return count;
  }

  /** The place of bytes within a partition; -1 when they are not there. */
  find(part: number, what: Uint8Array | string, from = 0): number {
    return this.read(this.start(part), this.size(part)).indexOf(what, from);
  }

  /** Changes files of an NTFS partition through ntfs-3g. */
  async change(part: number, work: (root: string) => void | Promise<void>): Promise<void> {
    const volume = `${this.disk.path}.part`;
    const sizes = [`count=${this.size(part)}`, 'iflag=skip_bytes,count_bytes', 'bs=1M', 'status=none'];
    execFileSync('dd', [`if=${this.disk.path}`, `of=${volume}`, `skip=${this.start(part)}`, ...sizes]);
    {
      await using mounted = await mountVolume(volume);
      await work(mounted.root);
    }
    execFileSync('dd', [
      ...[`if=${volume}`, `of=${this.disk.path}`, `seek=${this.start(part)}`, 'oflag=seek_bytes'],
      ...['conv=notrunc', 'bs=1M', 'status=none'],
    ]);
    rmSync(volume);
  }

  /** Changes files of a FAT partition with mtools. */
  mtools(tool: string, part: number, ...words: string[]): void {
    execFileSync(tool, ['-i', `${this.disk.path}@@${this.start(part)}`, ...words]);
  }
}

export const le32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
