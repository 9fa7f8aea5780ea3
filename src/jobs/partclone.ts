import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { RangeSet } from '../block/range-set.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import type { ContentKind } from '../probe/content/content.ts';
import type { Allocation, FindAllocation } from '../rescue/allocation.ts';
import { MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import { viewAsFile } from './view-file.ts';

/** The programs of partclone that know what a file system uses. */
const PROGRAMS: Partial<Record<ContentKind, string>> = {
  ext2: 'partclone.extfs',
  ext3: 'partclone.extfs',
  ext4: 'partclone.extfs',
  fat12: 'partclone.fat',
  fat16: 'partclone.fat',
  fat32: 'partclone.fat',
  exfat: 'partclone.exfat',
  xfs: 'partclone.xfs',
  btrfs: 'partclone.btrfs',
  hfsplus: 'partclone.hfsp',
};

/** So much behind a file system that is smaller than its partition is kept; what is further away is nobody's. */
const TAIL_BYTES = 2 ** 20;

/**
 * Asks partclone for the domain of a volume (`partclone.FS --domain`). It never sees the source: it reads a view of
 * what is saved, and what it asks for that nobody has tried yet is rescued on the way, as everything else is. What it
 * could not read puts the answer in doubt, since partclone passes over missing bitmaps at times. Answers without a
 * doubt are kept: a plan that is made anew need not ask again.
 */
export function partcloneAllocation(): FindAllocation {
  const known = new Map<string, Allocation>();
  return async (kind, volume, startBytes) => {
    const key = `${kind} at ${startBytes}`;
    const before = known.get(key);
    if (before) return before;
    const answer = await ask(kind, volume);
    if (answer.doubt === undefined) known.set(key, answer);
    return answer;
  };
}

const nothing = (doubt: string): Allocation => ({ used: undefined, doubt });

async function ask(kind: ContentKind, volume: VolumeReader): Promise<Allocation> {
  const program = PROGRAMS[kind];
  if (program === undefined) return nothing('no program knows this file system');
  const view = await viewAsFile(volume);
  if (typeof view === 'string') return nothing(view);
  try {
    const domain = join(view.folder, 'domain');
    const log = join(view.folder, 'log');
    // Whether the file system was closed in good order is judged elsewhere; partclone refuses those that were not.
    // Without the last three it sleeps for two seconds, to show its progress to nobody.
    const calm = ['--quiet', '--no_block_detail', '--UI-fresh', '1'];
    const args = ['--domain', '--ignore_fschk', '--source', view.path, '--output', domain, ...calm];
    const child = execa(program, [...args, '--logfile', log], { reject: false, stdin: 'ignore' });
    view.onFailure = () => void child.kill('SIGKILL');
    const { failed, exitCode, signal, code } = await child;
    if (view.failure !== undefined) throw view.failure;
    if (code === 'ENOENT') return nothing(`${program} (package partclone) is not there`);
    if (failed)
      return nothing(`${program} failed (${signal ?? `exit ${exitCode}`})${afterHole(view.sawHole)}`);
    const used = await readDomain(domain, volume.sizeBytes);
    if (used === undefined) return nothing(`${program} gave no map`);
    return { used, doubt: view.sawHole ? 'parts of its structures cannot be read' : undefined };
  } finally {
    await view.close();
  }
}

const afterHole = (sawHole: boolean): string => (sawHole ? ' at structures that cannot be read' : '');

async function readDomain(path: string, volumeBytes: number): Promise<RangeSet | undefined> {
  try {
    const { map } = parseMapfile(await readFile(path, 'utf8'));
    const used = map.bytesWith('+').intersect(RangeSet.single(0, volumeBytes));
    if (used.isEmpty) return undefined;
    return used.union(RangeSet.single(map.sizeBytes, Math.min(volumeBytes, map.sizeBytes + TAIL_BYTES)));
  } catch (error) {
    if (error instanceof MapfileError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
