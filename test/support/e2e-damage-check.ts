import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mountVolume } from './volume-mount.ts';
import type { Truth } from './volume-writer.ts';

interface Holder {
  readonly path: string;
  readonly otherPaths: readonly string[];
  readonly stream: string;
  readonly attribute: string;
  readonly kind: 'file' | 'directory' | 'system';
  readonly lostBytes: number;
  readonly diskBytes: number;
  readonly recordLost?: boolean;
}

interface Report {
  readonly badSectors: readonly { readonly start: number; readonly length: number }[];
  readonly damage: {
    readonly files: readonly Holder[];
    readonly omittedFiles: number;
    readonly freeBytes: number;
    readonly unknownBytes: number;
  };
}

/**
 * Holds a report against the truth: `damaged` are the files that a mounted clone does not give back as they were.
 * Each must be named as hurt, or lie in a folder that is; and none may be named that is whole.
 */
export async function assertReportNames(
  report: string,
  truth: Truth,
  damaged: readonly string[],
): Promise<{ named: number; unhurt: number }> {
  const { damage, badSectors } = JSON.parse(await readFile(report, 'utf8')) as Report;
  const hurt = damage.files.filter((holder) => holder.lostBytes > 0 || holder.recordLost === true);
  const names = new Set<string>();
  const folders = new Set<string>();
  const changed = new Set(damaged);
  let nameless = 0;
  for (const holder of hurt) {
    const paths = [holder.path, ...holder.otherPaths];
    const streams = paths.map((path) => (holder.stream === '' ? path : `${path}:${holder.stream}`));
    for (const path of paths) if (holder.kind === 'directory') folders.add(path);
    if (holder.kind !== 'file') continue;
    for (const name of streams) names.add(name);
    // With its record a file loses its streams as well.
    if (holder.recordLost) {
      for (const name of truth.keys()) if (paths.some((path) => name.startsWith(`${path}:`))) names.add(name);
    }
    const known = streams.filter((name) => truth.has(name));
    if (known.length === 0) {
      // A record whose folder is lost too has no name; links of other kinds have no content of their own.
      if (holder.path.startsWith('<record ')) nameless++;
      else
        assert.match(holder.path, /^Links\//, `the report names ${JSON.stringify(holder)}, which never was`);
      continue;
    }
    assert.ok(
      known.some((name) => changed.has(name)),
      `the report calls ${streams.join(' = ')} hurt, but the clone gives it back whole: ${JSON.stringify(holder)}`,
    );
  }
  const unnamed = damaged.filter((name) => !names.has(name));
  const below = unnamed.filter((name) => [...folders].some((folder) => name.startsWith(`${folder}/`)));
  assert.ok(
    nameless <= below.length,
    'the report tells of records without a name that no lost folder explains',
  );
  const missed = unnamed.filter((name) => !below.includes(name));
  assert.deepEqual(missed, [], 'these are not what they were, and the report does not name them');
  const lost = badSectors.reduce((sum, { length }) => sum + length, 0);
  const told =
    damage.files.reduce((sum, { diskBytes }) => sum + diskBytes, 0) + damage.freeBytes + damage.unknownBytes;
  assert.equal(damage.omittedFiles, 0);
  assert.equal(told, lost, 'not every lost byte is accounted for');
  return { named: names.size, unhurt: damage.files.length - hurt.length };
}

/** So many files are read at a time: there is always one for the driver to work on. */
const READERS = 4;

/** Mounts a clone with ntfs-3g, reads every file of `truth`, and names those that are not what they were. */
export async function changedFiles(clone: string, truth: Truth): Promise<string[]> {
  await using mounted = await mountVolume(clone, { readOnly: true });
  const changed = new Set<string>();
  const files = truth.entries();
  const reader = async (): Promise<void> => {
    for (const [path, { sha256 }] of files) {
      const bytes = await readFile(join(mounted.root, path)).catch(() => undefined);
      if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256)
        changed.add(path);
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return [...truth.keys()].filter((path) => changed.has(path));
}
