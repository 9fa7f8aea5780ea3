import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RangeSet, RangeSetBuilder } from '../../src/block/range-set.ts';

/** Why volumes cannot be made here, or `undefined`: for the `skip` of a test. */
export function missingNtfsTools(): string | undefined {
  const missing = ['mkntfs', 'ntfs-3g', 'ntfsclone', 'setfattr'].filter(
    (tool) => spawnSync('which', [tool]).status !== 0,
  );
  if (missing.length > 0) return `${missing.join(', ')} not installed`;
  return existsSync('/dev/fuse') ? undefined : 'no /dev/fuse';
}

/** A folder for volumes; `remove` in `after`. */
export function scratchFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'lifeboat-ntfs-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface VolumeShape {
  readonly sizeBytes: number;
  readonly clusterBytes: number;
  readonly sectorBytes?: number;
  readonly label?: string;
}

/** Makes an empty volume with mkntfs in a sparse file. */
export function makeVolume(path: string, shape: VolumeShape): void {
  writeFileSync(path, '');
  truncateSync(path, shape.sizeBytes);
  const words = ['-q', '-F', '-f', '-c', `${shape.clusterBytes}`, '-s', `${shape.sectorBytes ?? 512}`];
  if (shape.label !== undefined) words.push('-L', shape.label);
  execFileSync('mkntfs', [...words, path], { stdio: 'ignore' });
}

/** Runs `fill` with the volume mounted; always unmounts, also when `fill` throws. */
export function withMounted(path: string, fill: (folder: string) => void, options = 'rw'): void {
  const folder = `${path}.mnt`;
  mkdirSync(folder, { recursive: true });
  execFileSync('ntfs-3g', ['-o', `${options},streams_interface=xattr,compression`, path, folder]);
  try {
    fill(folder);
  } finally {
    // A lazy unmount when something still holds the folder: no mount may outlive its test.
    if (spawnSync('umount', [folder]).status !== 0) execFileSync('umount', ['-l', folder]);
    waitForUnmount(path);
    rmSync(folder, { recursive: true });
  }
}

/** The FUSE process writes the volume's last bytes after `umount` has returned: wait until it is gone. */
function waitForUnmount(path: string): void {
  for (let i = 0; i < 200; i++) {
    if (spawnSync('pgrep', ['-f', `^ntfs-3g .*${path} `]).status !== 0) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
  }
}

/**
 * The bytes that ntfsclone takes for used, from the command stream of its special image: clusters of the volume and
 * the stretch behind them that it keeps as a last pseudo-cluster.
 */
export function clonedBytes(path: string, image: string): RangeSet {
  const words = ['-q', '-f', '-s', '--rescue', '--ignore-fs-check', '-O', image, path];
  execFileSync('ntfsclone', words, { stdio: 'ignore' });
  const fd = openSync(image, 'r');
  try {
    const buffer = Buffer.alloc(9);
    readSync(fd, buffer, 0, 9, 18);
    const clusterBytes = buffer.readUInt32LE(0);
    const head = Buffer.alloc(56);
    readSync(fd, head, 0, 56, 0);
    const deviceBytes = Number(head.readBigUInt64LE(22));
    const used = new RangeSetBuilder();
    let at = head.readUInt32LE(46);
    let cluster = 0;
    while (readSync(fd, buffer, 0, 9, at) > 0) {
      if (buffer[0] === 0) {
        cluster += Number(buffer.readBigInt64LE(1));
        at += 9;
      } else {
        const start = cluster * clusterBytes;
        const end = Math.min(start + clusterBytes, deviceBytes);
        used.add(start, end);
        at += 1 + Math.max(0, end - start);
        cluster++;
      }
    }
    return used.build();
  } finally {
    closeSync(fd);
    rmSync(image);
  }
}
