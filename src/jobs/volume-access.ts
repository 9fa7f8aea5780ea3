import { describePath } from '../block/device-facts.ts';
import { OpenError } from '../block/open-error.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { RangeSet } from '../block/range-set.ts';
import { openSource } from '../block/source-device.ts';
import { CloneError } from '../clone/clone-error.ts';
import { openImageAccess } from '../clone/image-access.ts';
import { cachedReader } from '../ntfs/cached-reader.ts';
import { readClamped, withHoles } from '../ntfs/holes.ts';
import { openNtfs } from '../ntfs/open-ntfs.ts';
import { sourceReader } from '../ntfs/source-reader.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { type VolumeTree, volumeTree } from '../ntfs/volume-tree.ts';
import type { BlockMap } from '../rescue/block-map.ts';
import { MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import { MapStore } from './map-store.ts';
import { didYouMean, whyNoMap } from './map-text.ts';
import { Refusal } from './refusal.ts';

/** A volume whose files can be listed and read. */
export interface VolumeAccess {
  readonly tree: VolumeTree;
  /** What the map does not call finished; undefined without a map: then only reading tells. */
  readonly missing: RangeSet | undefined;
  /** What the user should know of the volume, one sentence each. */
  readonly notes: readonly string[];
  /** Lets go of the source. Not for a device that may hang: the end of the process does it. */
  close(): Promise<void>;
}

/**
 * Opens the NTFS volume on a device, in a clone with its map, or in an image of ntfsclone's format, compressed or not.
 * Without `map`, a map that lies beside a clone under its name with `.map` is used if it fits. `onIndexing` is told how
 * far the look through an image that has no index is, from 0 to 1. Throws a `Refusal`. The source stays open as long as
 * the program: a hung disk would never let go.
 */
export async function openVolume(
  path: string,
  map: string | undefined,
  onIndexing: (share: number) => void = () => undefined,
): Promise<VolumeAccess> {
  const facts = await describePath(path);
  const image = map === undefined ? await opening(() => openImageAccess(path, facts, onIndexing)) : undefined;
  if (image !== undefined) return treeOf(path, image.reader, image.missing, [...image.notes], image.close);
  const source = await opening(() => openSource(path, facts));
  const notes: string[] = [];
  const used = await findMap(path, facts, source.sizeBytes, map, notes);
  let reader = sourceReader(source);
  let missing: RangeSet | undefined;
  if (used !== undefined) {
    const { sizeBytes } = used;
    const unwritten = RangeSet.single(source.sizeBytes, sizeBytes);
    missing = used.bytesWith('?', '*', '/', '-').union(unwritten);
    reader = withHoles(resized(reader, sizeBytes), missing);
  }
  return treeOf(path, reader, missing, notes, () => source.close());
}

async function treeOf(
  path: string,
  reader: VolumeReader,
  missing: RangeSet | undefined,
  notes: string[],
  close: () => Promise<void>,
): Promise<VolumeAccess> {
  const opened = await openNtfs(cachedReader(reader));
  if (opened === undefined) {
    throw new Refusal(
      'no-ntfs',
      `No NTFS volume can be read in ${path}.`,
      'Name the partition (such as /dev/sdb2), not the whole disk; of a damaged volume, rescue it first.',
    );
  }
  notes.push(...opened.notes.map((note) => note.message));
  return { tree: volumeTree(opened.volume), missing, notes, close };
}

async function opening<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof OpenError) throw new Refusal(error.code, error.message, error.advice);
    if (error instanceof CloneError) throw new Refusal('damaged-image', error.message, error.advice);
    throw error;
  }
}

async function findMap(
  path: string,
  facts: PathFacts,
  sourceBytes: number,
  named: string | undefined,
  notes: string[],
): Promise<BlockMap | undefined> {
  const advice = 'Name the map with which this clone was made.';
  if (named === undefined && facts.kind !== 'file') return undefined;
  const mapPath = named ?? `${path}.map`;
  const text = await new MapStore(mapPath).load();
  if (text === undefined) {
    if (named === undefined) return undefined;
    throw new Refusal('map-missing', `The map ${mapPath} is not there.`, advice);
  }
  try {
    // A device may be longer than the volume on it, and ddrescue leaves files that end where it last wrote.
    return parseMapfile(text, named === undefined ? sourceBytes : undefined).map;
  } catch (error) {
    if (!(error instanceof MapfileError)) throw error;
    if (named === undefined) {
      notes.push(`${mapPath} is no map of this file and is not used: ${whyNoMap(error)}.`);
      return undefined;
    }
    const message = `The map ${mapPath} cannot be used: ${whyNoMap(error)}.`;
    throw new Refusal('wrong-map', message, (await didYouMean(mapPath)) ?? advice);
  }
}

/** The same reader with another end: what lies behind the old one is a hole. */
function resized(reader: VolumeReader, sizeBytes: number): VolumeReader {
  return { sizeBytes, read: (offset, length) => readClamped(reader, offset, length) };
}
