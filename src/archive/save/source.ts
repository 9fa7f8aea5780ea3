import { describePath } from '../../block/device-facts.ts';
import type { BlockFacts, FileFacts, PathFacts } from '../../block/path-facts.ts';
import { overlap, relationsOf } from '../../block/relations.ts';
import { checkSource } from '../../block/source-guard.ts';
import { mountsOf } from '../../block/usage.ts';
import { readLogState } from '../../ntfs/log-state.ts';
import { sourceReader } from '../../ntfs/source-reader.ts';
import { type Content, titleOf } from '../../probe/content/content.ts';
import { identify } from '../../probe/content/identify.ts';
import { ArchiveError } from '../archive-error.ts';
import { type ReadOnlyLoop, readOnlyLoop } from '../fsarchiver/read-only-loop.ts';
import { type OpenNtfsVolume, openForReading, openNtfsVolume } from '../open-volume.ts';

/** A source that may be saved. */
export interface SaveSource {
  readonly path: string;
  readonly facts: BlockFacts | FileFacts;
  readonly content: Content;
  /** Open when it is NTFS. */
  readonly ntfs: OpenNtfsVolume | undefined;
  /** FSArchiver reads it through the mount that is there. */
  readonly isMounted: boolean;
}

/** A source as FSArchiver sees it. */
export interface ShownSource {
  /** The name under which it is saved. */
  readonly device: string;
  readonly bind: readonly [from: string, over: string] | undefined;
  readonly loop: ReadOnlyLoop | undefined;
}

/** What FSArchiver can save. */
export const ARCHIVABLE: ReadonlySet<Content['kind']> = new Set([
  'ntfs',
  'ext2',
  'ext3',
  'ext4',
  'reiserfs',
  'btrfs',
  'xfs',
  'jfs',
  'fat16',
  'fat32',
]);

/** The type that FSArchiver and the kernel have for it. */
export function typeOf({ kind }: Content): string {
  return kind === 'fat16' || kind === 'fat32' ? 'vfat' : kind;
}

/** Paths that may go through the shell-like parser of FSArchiver. */
const PLAIN_PATH = /^\/[\w/.:+@-]+$/;

/**
 * Looks at a source, refuses what cannot or should not be saved, and opens its volume when it is NTFS. Nothing is
 * touched. `force` passes what may be passed.
 */
export async function openSaveSource(path: string, force: boolean): Promise<SaveSource> {
  const facts = await describePath(path);
  const found = await checkSource(facts);
  if (found !== undefined && !(found.overridable && force)) {
    throw new ArchiveError('refused', found.code, found.message, found.advice, found.overridable);
  }
  if (facts.kind !== 'block' && facts.kind !== 'file') throw new Error(`${path} is no source`);
  const source = await openForReading(path, facts);
  let content: Content;
  try {
    content = await identify(sourceReader(source));
  } finally {
    await source.close();
  }
  if (!ARCHIVABLE.has(content.kind)) throw unknownContent(path, content);
  const mountPoint = await mountPointOf(facts);
  const isMounted = mountPoint !== undefined;
  if (content.kind !== 'ntfs') return { path, facts, content, ntfs: undefined, isMounted };
  refuseMounted(path, mountPoint);
  const ntfs = await openNtfsVolume(path, facts);
  try {
    await refuseUnquiet(path, ntfs, content, force);
  } catch (error) {
    await ntfs.close();
    throw error;
  }
  return { path, facts, content, ntfs, isMounted };
}

function unknownContent(path: string, { kind }: Content): ArchiveError {
  if (kind === 'bitlocker') {
    return new ArchiveError(
      'refused',
      'bitlocker',
      `${path} is encrypted with BitLocker: its files cannot be read from here.`,
      'Switch BitLocker off in Windows first (or unlock it with dislocker, and save what that shows), or copy it sector by sector: lifeboat rescue.',
    );
  }
  return new ArchiveError(
    'refused',
    'file-system-unknown',
    `FSArchiver does not know what is in ${path} (${titleOf(kind)}).`,
    'Name a partition with NTFS, ext2/3/4, XFS, Btrfs, JFS, ReiserFS or FAT; for others use lifeboat rescue or lifeboat image.',
  );
}

/** A mounted NTFS volume is behind a driver that keeps its writes to itself; FSArchiver refuses it as well. */
function refuseMounted(path: string, mountPoint: string | undefined): void {
  if (mountPoint === undefined) return;
  throw new ArchiveError(
    'refused',
    'source-mounted',
    `The source ${path} is mounted at ${mountPoint}.`,
    `Unmount it first: umount '${mountPoint}'`,
  );
}

/** Where a device is mounted, under this or another name; undefined when it is not. */
async function mountPointOf(facts: PathFacts): Promise<string | undefined> {
  if (facts.kind !== 'block') return undefined;
  const { upper } = await relationsOf(facts);
  return (await mountsOf(new Set([facts.majorMinor, ...upper])))[0]?.mountPoint;
}

/** A volume that Windows has not let go of. */
async function refuseUnquiet(
  path: string,
  { facts, inventory }: OpenNtfsVolume,
  content: Content,
  force: boolean,
): Promise<void> {
  const refuse = (code: string, message: string, advice: string): void => {
    if (!force) throw new ArchiveError('refused', code, message, advice, true);
  };
  if (content.hibernated) {
    refuse(
      'source-hibernated',
      `A Windows sleeps on ${path} (hibernation or fast start): what it holds in memory is newer than what is on the disk.`,
      'Start that Windows and shut it down whole (shutdown /s /t 0), or save the state of the disk as it is with --force.',
    );
  }
  if (facts.dirty) {
    refuse(
      'source-dirty',
      `Windows has marked ${path} for a check (dirty): its structures may contradict each other.`,
      'Start Windows, let it check the disk (chkdsk) and shut it down, or save it as it is with --force.',
    );
  }
  if ((await readLogState(inventory.tree.volume)) === 'unclean') {
    refuse(
      'source-unclean',
      `${path} was not closed in good order: changes wait in its log that are not made yet.`,
      'Start Windows and shut it down whole, or save it as it is with --force.',
    );
  }
}

/** Refuses two sources that are one, and an archive that would be written into a source. */
export async function checkSources(
  sources: readonly SaveSource[],
  archive: string,
  place: PathFacts,
): Promise<void> {
  const target = await relationsOf(place);
  const seen: { path: string; exact: Awaited<ReturnType<typeof relationsOf>>['exact'] }[] = [];
  for (const { path, facts } of sources) {
    const { exact } = await relationsOf(facts);
    const other = seen.find((one) => overlap(one.exact, exact));
    if (other !== undefined) {
      const message = `${other.path} and ${path} are the same.`;
      throw new ArchiveError('refused', 'source-twice', message, 'Name each source once.');
    }
    seen.push({ path, exact });
    if (overlap(exact, target.deep)) {
      throw new ArchiveError(
        'refused',
        'archive-on-source',
        `The archive ${archive} would be written to the source ${path} itself.`,
        'Choose a place on another drive or partition.',
      );
    }
  }
}

/** Makes a source readable, and nothing but readable, for FSArchiver. */
export async function showSource({ facts, isMounted }: SaveSource): Promise<ShownSource> {
  // What is mounted is in the hands of the kernel already, which would not mount it a second time under another name.
  if (isMounted) return { loop: undefined, device: facts.realPath, bind: undefined };
  const loop = await readOnlyLoop(facts);
  // The name of the disk is worth having in the archive; in its private space another device answers to it.
  const isNamed = facts.kind === 'block' && PLAIN_PATH.test(facts.realPath);
  return {
    loop,
    device: isNamed ? facts.realPath : loop.device,
    bind: isNamed ? [loop.device, facts.realPath] : undefined,
  };
}
