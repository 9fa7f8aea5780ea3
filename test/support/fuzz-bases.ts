import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ByteRange } from '../../src/block/range.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { type Layout, ownedBytes, readLayout } from './fuzz-layout.ts';
import { missingFixtures, unpackVolumes } from './ntfs-fixtures.ts';
import { populate, shatter, writeCompressed } from './ntfs-population.ts';
import { clonedBytes, makeVolume, withMounted } from './ntfs-volume.ts';

/** A healthy volume from which the fuzzer's cases are made. */
export interface FuzzBase {
  readonly name: string;
  readonly volume: Uint8Array;
  readonly layout: Layout;
  /** What the real ntfsclone takes for used, in bytes. */
  readonly used: RangeSet;
  /** What the files hold, by their record, as ntfs-3g reads them. */
  readonly files: ReadonlyMap<number, FileTruth>;
}

export interface FileTruth {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

const MIB = 2 ** 20;
const KEPT_FILES = 400;

interface Shape {
  readonly sizeBytes: number;
  readonly clusterBytes: number;
  readonly sectorBytes?: number;
  readonly fill: (folder: string) => void;
}

/** The volumes that are made here, by name. */
const SHAPES = {
  // $MFT and a file in hundreds of pieces, with attribute lists.
  shattered: { sizeBytes: 3 * MIB, clusterBytes: 512, fill: (folder) => void shatter(folder, 600_000) },
  // What people have: folders, streams, hard links, sparse and compressed files, links.
  varied: { sizeBytes: 6 * MIB, clusterBytes: 4096, fill: fillVaried },
  '4k-sectors': {
    sizeBytes: 6 * MIB,
    clusterBytes: 4096,
    sectorBytes: 4096,
    fill: (folder) => void populate(folder, 60),
  },
  // $MFTMirr has more than four records.
  'large-clusters': { sizeBytes: 12 * MIB, clusterBytes: 16384, fill: (folder) => void populate(folder, 40) },
} satisfies Record<string, Shape>;

/** The real volumes that are small enough, where they are at hand. */
const SMALL_FIXTURES = ['util-linux', 'sr_tiny'];

function fillVaried(folder: string): void {
  populate(folder, 150);
  writeCompressed(folder);
  symlinkSync('Users/big.bin', join(folder, 'link'));
  let deep = folder;
  for (let i = 0; i < 12; i++) {
    deep = join(deep, `level ${i}`);
    mkdirSync(deep);
  }
  writeFileSync(join(deep, 'bottom.txt'), 'made it');
}

/** Makes one of the volumes in `folder`. Needs the tools of ntfs-3g, and mounts. */
export function makeFuzzBase(folder: string, name: keyof typeof SHAPES): void {
  const { fill, ...shape } = SHAPES[name];
  const path = join(folder, name);
  makeVolume(path, shape);
  withMounted(path, fill);
  noteTruth(path);
}

/** Makes all volumes in `folder`, and unpacks the small real ones where they are at hand. */
export function makeFuzzBases(folder: string): void {
  for (const name of Object.keys(SHAPES)) makeFuzzBase(folder, name as keyof typeof SHAPES);
  if (missingFixtures() !== undefined) return;
  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  for (const { name, path, sizeBytes } of unpackVolumes(unpacked, (each) => SMALL_FIXTURES.includes(each))) {
    execFileSync('cp', [path, join(folder, name)]);
    truncateSync(join(folder, name), sizeBytes);
    noteTruth(join(folder, name));
  }
}

/** Notes what ntfsclone and ntfs-3g say of a volume beside it. */
function noteTruth(path: string): void {
  const used = [...clonedBytes(path, `${path}.clone`)];
  const files: [number, FileTruth][] = [];
  const walk = (folder: string, prefix: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const full = join(folder, entry.name);
      if (entry.isDirectory()) walk(full, `${prefix}${entry.name}/`);
      if (!entry.isFile() || files.length >= KEPT_FILES) continue;
      const content = readFileSync(full);
      const sha256 = createHash('sha256').update(content).digest('hex');
      // The inode numbers of ntfs-3g are those of the records.
      files.push([statSync(full).ino, { path: `${prefix}${entry.name}`, size: content.length, sha256 }]);
    }
  };
  withMounted(path, (folder) => walk(folder, ''), 'ro');
  writeFileSync(`${path}.json`, JSON.stringify({ used, files }));
}

/** Reads what `makeFuzzBases` made. */
export function loadFuzzBase(folder: string, name: string): FuzzBase {
  const path = join(folder, name);
  const volume = new Uint8Array(readFileSync(path));
  const told = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as {
    used: ByteRange[];
    files: [number, FileTruth][];
  };
  const layout = readLayout(volume);
  const used = RangeSet.of(told.used);
  const clusters = used.intersect(RangeSet.single(0, layout.clusterCount * layout.clusterBytes));
  // The layout is what cases are judged by: it must be what ntfsclone sees. Windows leaves clusters to nobody at times.
  const owned = ownedBytes(layout);
  assert.equal(
    owned.subtract(clusters).totalBytes,
    0,
    `${name}: files in clusters that ntfsclone takes for free`,
  );
  if (name in SHAPES)
    assert.equal(clusters.subtract(owned).totalBytes, 0, `${name}: used clusters without an owner`);
  return { name, volume, layout, used, files: new Map(told.files) };
}
