import type { ByteRange } from '../block/range.ts';
import { foldCase } from '../ntfs/fold-case.ts';
import { inHole, mergeHoles, readClamped } from '../ntfs/holes.ts';
import type { Chunk, VolumeReader } from '../ntfs/volume-reader.ts';
import { type Chain, readChain } from './chain.ts';
import { type FatEntry, folderEntries } from './folder.ts';
import { type FatGeometry, parseFatGeometry } from './geometry.ts';

/** A FAT12, FAT16 or FAT32 volume, read only and on demand. */
export interface FatVolume {
  readonly geometry: FatGeometry;
  /** What is in the folder at `path` (parts joined by '/'; empty for the root); `undefined` when there is none. */
  list(path: string): Promise<FatListing | undefined>;
  /** Follows a path from the root, letters of either case; `undefined` when it leads nowhere. */
  find(path: string): Promise<FatEntry | undefined>;
  /** The content of a file. */
  content(entry: FatEntry): Promise<FatContent>;
}

/** What is in a folder. */
export interface FatListing {
  readonly entries: readonly FatEntry[];
  /** Why some may be missing, as a clause. */
  readonly damage: string | undefined;
}

/** The content of a file, and where it is stored. */
export interface FatContent {
  /** As the folder tells it. */
  readonly sizeBytes: number;
  /** Why a part of it cannot be had, as a clause. */
  readonly damage: string | undefined;
  /** Bytes from `offset` on; what cannot be had is zero and named as holes. */
  read(offset: number, length: number): Promise<Chunk>;
  /** Where these bytes lie on the volume, in their order; what has no place is left out. */
  places(offset: number, length: number): readonly ByteRange[];
}

/** Windows makes no folder larger than this (specification, 6.3.3). */
const MOST_FOLDER_BYTES = 2 ** 21;
const MOST_DEPTH = 64;
/** What is looked for here is small: stores, loaders. */
const MOST_FILE_BYTES = 2 ** 26;

/** Opens a FAT volume; `undefined` when there is none, or its boot sector cannot be read. */
export async function openFat(reader: VolumeReader): Promise<FatVolume | undefined> {
  const { bytes: boot, holes } = await readClamped(reader, 0, 512);
  const geometry = inHole(holes, 0, 512) ? undefined : parseFatGeometry(boot);
  if (geometry === undefined) return undefined;

  const folderOf = async (entry: FatEntry | undefined): Promise<FatListing> => {
    const first = entry?.firstCluster ?? geometry.rootCluster;
    if (first === 0) return listing(await readClamped(reader, geometry.rootStart, geometry.rootBytes));
    const most = Math.ceil(MOST_FOLDER_BYTES / geometry.clusterBytes);
    const chain = await readChain(reader, geometry, first, most);
    const content = contentOf(reader, geometry, chain, chain.clusters.length * geometry.clusterBytes);
    return listing(await content.read(0, content.sizeBytes), chain.damage);
  };

  const find = async (path: string): Promise<FatEntry | 'root' | undefined> => {
    const parts = partsOf(path);
    if (parts.length > MOST_DEPTH) return undefined;
    let at: FatEntry | undefined;
    for (const part of parts) {
      if (at !== undefined && !at.isFolder) return undefined;
      const { entries } = await folderOf(at);
      const folded = foldCase(part);
      at =
        entries.find(({ name }) => foldCase(name) === folded) ??
        entries.find(({ shortName }) => foldCase(shortName) === folded);
      if (at === undefined) return undefined;
    }
    return at ?? 'root';
  };

  return {
    geometry,
    find: async (path) => {
      const found = await find(path);
      return found === 'root' ? undefined : found;
    },
    list: async (path) => {
      const found = await find(path);
      if (found === undefined || (found !== 'root' && !found.isFolder)) return undefined;
      return folderOf(found === 'root' ? undefined : found);
    },
    content: async ({ firstCluster, sizeBytes }) => {
      const needed = Math.ceil(Math.min(sizeBytes, MOST_FILE_BYTES) / geometry.clusterBytes);
      const chain = needed === 0 ? EMPTY_CHAIN : await readChain(reader, geometry, firstCluster, needed);
      return contentOf(reader, geometry, chain, sizeBytes);
    },
  };
}

const EMPTY_CHAIN: Chain = { clusters: [], damage: undefined };

const partsOf = (path: string): string[] => path.split(/[/\\]/).filter((part) => part !== '');

function listing({ bytes, holes }: Chunk, damage?: string): FatListing {
  return {
    entries: [...folderEntries(bytes)],
    damage: damage ?? (holes.length > 0 ? 'a part of the folder cannot be read' : undefined),
  };
}

function contentOf(
  reader: VolumeReader,
  { clusterBytes, dataStart }: FatGeometry,
  { clusters, damage }: Chain,
  sizeBytes: number,
): FatContent {
  /** Pieces that follow each other on the volume come as one. */
  const places = (offset: number, length: number): ByteRange[] => {
    const found: { start: number; end: number }[] = [];
    const end = Math.min(offset + length, sizeBytes, clusters.length * clusterBytes);
    for (let at = offset; at < end; ) {
      const index = Math.floor(at / clusterBytes);
      const within = at - index * clusterBytes;
      const take = Math.min(end - at, clusterBytes - within);
      const start = dataStart + ((clusters[index] as number) - 2) * clusterBytes + within;
      const last = found.at(-1);
      if (last?.end === start) last.end += take;
      else found.push({ start, end: start + take });
      at += take;
    }
    return found;
  };
  return {
    sizeBytes,
    damage:
      damage ?? (clusters.length * clusterBytes < sizeBytes ? 'only its beginning is there' : undefined),
    places,
    read: async (offset, length) => {
      const bytes = new Uint8Array(length);
      const holes: ByteRange[] = [];
      let at = 0;
      for (const { start, end } of places(offset, length)) {
        const chunk = await readClamped(reader, start, end - start);
        bytes.set(chunk.bytes, at);
        for (const hole of chunk.holes) holes.push({ start: hole.start + at, end: hole.end + at });
        at += end - start;
      }
      if (at < length) holes.push({ start: at, end: length });
      return { bytes, holes: mergeHoles(holes) };
    },
  };
}
