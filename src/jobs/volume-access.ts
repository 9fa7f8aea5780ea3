import { describePath } from '../block/device-facts.ts';
import { OpenError } from '../block/open-error.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { RangeSet } from '../block/range-set.ts';
import { openSource } from '../block/source-device.ts';
import { CloneError } from '../clone/clone-error.ts';
import { type ImageAccess, openImageAccess } from '../clone/image-access.ts';
import { cachedReader } from '../ntfs/cached-reader.ts';
import { readClamped, withHoles } from '../ntfs/holes.ts';
import { openNtfs } from '../ntfs/open-ntfs.ts';
import { sourceReader } from '../ntfs/source-reader.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { type VolumeTree, volumeTree } from '../ntfs/volume-tree.ts';
import type { BlockMap } from '../rescue/block-map.ts';
import { MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import { bytesText } from '../text/quantity.ts';
import { MapStore } from './map-store.ts';
import { didYouMean, whyNoMap } from './map-text.ts';
import { Refusal } from './refusal.ts';
import {
  chooseVolume,
  type NumberedVolume,
  rangesIn,
  takenNote,
  type VolumeParts,
  volumeParts,
} from './volume-parts.ts';

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

/** Which volume is meant, beside its path. */
export interface VolumeWishes {
  /** The map of a clone; without it one that lies beside the clone under its name with `.map` is used if it fits. */
  readonly map: string | undefined;
  /** Of a disk, its image or its copy. */
  readonly partition: number | undefined;
}

/**
 * Opens the NTFS volume on a device, in a clone with its map, or in an image of ntfsclone's format, compressed or not.
 * `onIndexing` is told how far the look through an image that has no index is, from 0 to 1. Throws a `Refusal`. The
 * source stays open as long as the program: a hung disk would never let go.
 */
export async function openVolume(
  path: string,
  { map, partition }: VolumeWishes,
  onIndexing: (share: number) => void = () => undefined,
): Promise<VolumeAccess> {
  const { parts, missing, notes, close, noVolume } = await openParts(path, map, onIndexing);
  return letGoOnRefusal(close, async () => {
    const part = chooseVolume(path, parts.volumes, parts.isDivided, partition);
    if (part === undefined) throw noVolume;
    const taken = takenNote(part, partition);
    if (taken !== undefined) notes.push(taken);
    notes.push(...part.opened.notes.map((note) => note.message));
    const missingHere = missing && rangesIn(missing, part);
    return { tree: volumeTree(part.opened.volume), missing: missingHere, notes, close };
  });
}

/** Nobody reads on after a refusal, and the drive with the source may have to be put away. */
async function letGoOnRefusal<T>(close: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) await close();
    throw error;
  }
}

/** The NTFS volumes in a source that is divided into partitions; none for one that is a volume. Throws a `Refusal`. */
export async function listVolumes(path: string, map: string | undefined): Promise<NumberedVolume[]> {
  const { parts, noVolume, close } = await openParts(path, map, () => undefined);
  await close();
  if (parts.volumes.length === 0) throw noVolume;
  if (!parts.isDivided) return [];
  return parts.volumes.map(({ number, sizeBytes, label }) => ({ number, sizeBytes, label }));
}

/** A source, and the volumes in it. */
interface OpenedParts {
  readonly parts: VolumeParts;
  /** In bytes of the source. */
  readonly missing: RangeSet | undefined;
  readonly notes: string[];
  readonly close: () => Promise<void>;
  /** What is to be said when there is none. */
  readonly noVolume: Refusal;
}

async function openParts(
  path: string,
  map: string | undefined,
  onIndexing: (share: number) => void,
): Promise<OpenedParts> {
  const facts = await describePath(path);
  const image = map === undefined ? await opening(() => openImageAccess(path, facts, onIndexing)) : undefined;
  if (image !== undefined) {
    const { reader, missing, close, cut } = image;
    const opened = await openNtfs(cachedReader(reader));
    const volumes = opened ? [{ number: undefined, startBytes: 0, sizeBytes: reader.sizeBytes, opened }] : [];
    const noVolume = noVolumeInImage(path, cut);
    return { parts: { isDivided: false, volumes }, missing, notes: [...image.notes], close, noVolume };
  }
  const source = await opening(() => openSource(path, facts));
  const notes: string[] = [];
  const close = (): Promise<void> => source.close();
  const used = await letGoOnRefusal(close, () => findMap(path, facts, source.sizeBytes, map, notes));
  let reader = sourceReader(source);
  let missing: RangeSet | undefined;
  if (used !== undefined) {
    const { sizeBytes } = used;
    const unwritten = RangeSet.single(source.sizeBytes, sizeBytes);
    missing = used.bytesWith('?', '*', '/', '-').union(unwritten);
    reader = withHoles(resized(reader, sizeBytes), missing);
  }
  const sectorBytes = facts.kind === 'block' ? facts.logicalSectorBytes : undefined;
  const parts = await volumeParts(cachedReader(reader), sectorBytes);
  const noVolume = noVolumeIn(path, facts.kind, parts.isDivided);
  return { parts, missing, notes, close, noVolume };
}

function noVolumeInImage(path: string, cut: ImageAccess['cut']): Refusal {
  if (cut === undefined) {
    const message = `No NTFS volume can be read in the image ${path}.`;
    return new Refusal('no-ntfs', message, 'lifeboat image verify tells what of it is damaged.');
  }
  return new Refusal(
    'cut-image',
    `The end of the image ${path} is missing, and it cannot be looked into: of ${bytesText(cut.usedBytes)} in use ${bytesText(cut.presentBytes)} can be found in it.`,
    'Where it was cut, take another copy of it; where its save was interrupted, the command that saved it goes on with it.',
  );
}

function noVolumeIn(path: string, kind: PathFacts['kind'], isDivided: boolean): Refusal {
  const where = isDivided ? `in any partition of ${path}` : `in ${path}`;
  const advice =
    kind === 'file'
      ? 'A copy may hold too little of one yet: go on with its rescue.'
      : 'Of a damaged volume, rescue it first.';
  return new Refusal('no-ntfs', `No NTFS volume can be read ${where}.`, advice);
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
