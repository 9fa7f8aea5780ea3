import { basename } from 'node:path';
import type { AgreedDevice } from '../../block/agreed-device.ts';
import { checkTarget } from '../../block/guards.ts';
import { OpenError } from '../../block/open-error.ts';
import type { BlockFacts, PathFacts } from '../../block/path-facts.ts';
import { openSource } from '../../block/source-device.ts';
import { SourceFailure } from '../../ntfs/source-reader.ts';
import { describeAttached } from '../../probe/attached.ts';
import { type Content, titleOf } from '../../probe/content/content.ts';
import { identify } from '../../probe/content/identify.ts';
import { askHealth } from '../../probe/health/smartctl.ts';
import { Look } from '../../probe/look.ts';
import { refuseJobSource } from '../job-sources.ts';
import { Refusal } from '../refusal.ts';
import { type FileRoom, fileRoomOf, whyNoFiles } from './file-room.ts';

const OTHER = 'Choose another drive: NTFS, exFAT, FAT or ext4, healthy, and not in use.';
/** So much is read at most to tell what is on a drive. */
const LOOK_BYTES = 4 * 2 ** 20;
/** A drive whose health takes longer to tell is not kept waiting for. */
const HEALTH_MS = 10_000;

/** What a drive is mounted for. */
export interface DriveUse {
  readonly writable: boolean;
  /** What is read while it is written to. */
  readonly source?: PathFacts;
  /** Whether it may be on the disk of the source, if it is another partition: for healthy volumes. */
  readonly sameDisk?: boolean;
  /** Devices as they were shown to somebody who agreed; another one of their names is refused. */
  readonly agreed?: readonly AgreedDevice[] | undefined;
}

/**
 * Makes sure that a drive may be mounted, to be written to or to be read, and tells what is on it. For writing all
 * that is asked of a target is asked, with regard to the source if there is one, and the drive must be in good health.
 * Throws a `Refusal`; reads the first sectors of its structures and nothing else.
 */
export async function checkDrive(
  drive: PathFacts,
  { writable, source, sameDisk = false }: DriveUse,
): Promise<{ readonly room: FileRoom; readonly content: Content; readonly facts: BlockFacts }> {
  if (drive.kind !== 'block') {
    const what = drive.kind === 'missing' ? 'there is nothing of that name' : 'it is no drive';
    throw new Refusal('drive-kind', `The drive ${drive.path} cannot be used: ${what}.`, OTHER);
  }
  if (writable) {
    const refused = await checkTarget(source ?? NOTHING, drive, 0, { sameDisk });
    if (refused) throw new Refusal(driveCode(refused.code), refused.message, refused.advice);
    await refuseJobSource(drive);
    await refuseFailing(drive);
  }
  const content = await contentOf(drive);
  const room = fileRoomOf(content);
  const why = writable ? whyNoFiles(content) : undefined;
  if (why !== undefined || room === undefined) {
    const what = titleOf(content.kind);
    const reason = why ?? 'files cannot be looked for there';
    throw new Refusal('drive-content', `The drive ${drive.path} (${what}) cannot be used: ${reason}.`, OTHER);
  }
  return { room, content, facts: drive };
}

/** A source that has nothing in common with any device. */
const NOTHING: PathFacts = {
  kind: 'missing',
  path: 'nothing',
  parent: '/',
  parentExists: true,
  danglingLink: false,
};

/** The codes of targets, said of drives. */
const driveCode = (code: string): string => code.replace(/^target-/, 'drive-');

async function refuseFailing(drive: BlockFacts): Promise<void> {
  const attached = await describeAttached(drive.diskName.replaceAll('/', '!'), undefined);
  if (attached === undefined) return;
  const { verdict, reasons } = await askHealth(attached, new AbortController().signal, HEALTH_MS);
  if (verdict !== 'failing') return;
  const why = reasons[0]?.message ?? '';
  throw new Refusal(
    'drive-failing',
    `The drive ${drive.path} is failing itself. ${why}`.trim(),
    'Choose a healthy drive.',
  );
}

async function contentOf(drive: BlockFacts): Promise<Content> {
  try {
    const source = await openSource(drive.path, drive);
    try {
      const look = new Look(source, () => undefined);
      return await identify(look.part(0, source.sizeBytes, LOOK_BYTES));
    } finally {
      await source.close();
    }
  } catch (error) {
    if (error instanceof OpenError) throw new Refusal('drive-unread', error.message, error.advice);
    if (error instanceof SourceFailure) {
      throw new Refusal('drive-unread', `The drive ${basename(drive.path)}: ${error.message}`, OTHER);
    }
    throw error;
  }
}
