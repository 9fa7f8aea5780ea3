import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const FIXTURES = resolve(import.meta.dirname, '../../../shared/fixtures');

/** Why the real volumes are not there, or `undefined`: for the `skip` of a test. */
export function missingFixtures(): string | undefined {
  return existsSync(FIXTURES) ? undefined : `no ${FIXTURES}: real volumes are not part of the project`;
}

/** The volumes that were made whole, unpacked sparsely into `folder`: where the file is, and where in it NTFS begins. */
export function unpackVolumes(
  folder: string,
  isWanted: (name: string) => boolean = () => true,
): { name: string; path: string; start: number; sizeBytes: number }[] {
  const from = join(FIXTURES, 'volumes');
  const raw = (name: string): string => join(folder, name);
  const unpack = (tool: string, archive: string, to: string): void => {
    if (!isWanted(to)) return;
    const line = `${tool} "${join(from, archive)}" | dd of="${raw(to)}" conv=sparse bs=64k status=none`;
    execFileSync('sh', ['-c', line]);
  };
  unpack('gzip -dc', 'ntfs-2m.raw.gz', 'ntfs-2m');
  unpack('gzip -dc', 'ntfs-lastaccess.raw.gz', 'ntfs-lastaccess');
  unpack('gzip -dc', 'ntfs-ramslack.raw.gz', 'ntfs-ramslack');
  unpack('xz -dc', 'ntfs.img.xz', 'util-linux');
  if (isWanted('sr_tiny')) {
    execFileSync('unzip', ['-q', join(from, 'SampleTinyNtfsVolume.zip'), '-d', folder]);
    renameSync(join(folder, 'SampleTinyNtfsVolume/partition.dd'), raw('sr_tiny'));
  }
  const volume = (name: string, start: number, sizeBytes: number) => ({
    name,
    path: raw(name),
    start,
    sizeBytes,
  });
  return [
    volume('ntfs-2m', 65536, 1070596096),
    volume('ntfs-lastaccess', 65536, 265289728),
    volume('ntfs-ramslack', 65536, 1070596096),
    volume('util-linux', 0, 10485760),
    volume('sr_tiny', 0, 7340032),
  ].filter(({ name }) => isWanted(name));
}

/** The damaged volumes' names. */
export function damagedNames(): string[] {
  return readdirSync(join(FIXTURES, 'corrupted')).filter((name) => name.endsWith('.tar.xz'));
}

/** Unpacks one damaged volume sparsely into `folder` and returns the file. */
export function unpackDamaged(name: string, folder: string): string {
  execFileSync('tar', ['xJSf', join(FIXTURES, 'corrupted', name), '-C', folder]);
  const path = join(folder, `${basename(name, '.tar.xz')}.img`);
  renameSync(join(folder, 'ntfs.img'), path);
  return path;
}
