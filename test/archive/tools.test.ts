import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ArchiveError } from '../../src/archive/archive-error.ts';
import { requireForRestoring, requireForSaving } from '../../src/archive/fsarchiver/tools.ts';

/** A system with these programs, whose kernel knows ext4, can load XFS, and has no other driver. */
async function system(...programs: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-tools-'));
  await mkdir(join(folder, 'bin'));
  for (const name of ['fsarchiver', 'unshare', 'losetup', ...programs]) {
    await writeFile(join(folder, 'bin', name), '');
    await chmod(join(folder, 'bin', name), 0o755);
  }
  const places = {
    folders: [join(folder, 'bin')],
    known: join(folder, 'filesystems'),
    aliases: join(folder, 'alias'),
  };
  await writeFile(places.known, 'nodev\tjfs\n\text4\n\tfuseblk\n');
  await writeFile(places.aliases, 'alias fs-xfs xfs\nalias fs-fuse fuse\n');
  return { places, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const refused = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof ArchiveError && error.code === code && words.test(`${error.message} ${error.advice}`);

test('a file system that cannot be made anew is refused before anything is asked or erased', async () => {
  await using has = await system('mke2fs', 'tune2fs', 'e2label', 'mkfs.xfs');
  await requireForRestoring(new Set(['ext4']), has.places);
  await assert.rejects(
    requireForRestoring(new Set(['ext4', 'xfs']), has.places),
    refused('tools-missing', /^Not installed: xfs_admin, xfs_db\. Install the package xfsprogs\.$/),
  );
  await assert.rejects(
    requireForRestoring(new Set(['btrfs']), has.places),
    refused('tools-missing', /mkfs\.btrfs, btrfs\. .*btrfs-progs\.$/),
  );
});

test('a file system that the kernel has no driver for is neither saved nor restored', async () => {
  await using has = await system('ntfs-3g', 'jfs_mkfs', 'jfs_tune');
  await requireForSaving(new Set(['ext4', 'xfs', 'ntfs']), has.places);
  const noDriver = refused('driver-missing', /no driver for jfs\./);
  await assert.rejects(requireForSaving(new Set(['ext4', 'jfs']), has.places), noDriver);
  await assert.rejects(requireForRestoring(new Set(['jfs']), has.places), noDriver);
  await rm(has.places.aliases);
  await requireForSaving(new Set(['jfs']), has.places);
});
