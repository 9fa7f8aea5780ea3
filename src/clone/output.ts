import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { describePath } from '../block/device-facts.ts';
import { OpenError } from '../block/open-error.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { describeStandardStream } from '../block/standard-stream-facts.ts';
import { type OpenTarget, openTargetFile } from '../block/target-device.ts';
import { createTargetFile, discardTargetFile, replaceTargetFile } from '../block/target-file.ts';
import { checkTarget } from '../block/target-guard.ts';
import { openUnlocked } from '../block/unlocked-target.ts';
import { bytesText } from '../text/quantity.ts';
import { CloneError, refusedOpening } from './clone-error.ts';
import type { CloneListener } from './clone-listener.ts';
import { type ByteSink, type CloneGeometry, type ClusterSink, cloneBytes } from './cluster-sink.ts';
import { outputFailureFrom } from './output-failure.ts';
import { rawStreamWriter, rawWriter } from './raw-writer.ts';
import { STANDARD_STREAM } from './standard-stream.ts';
import { openPipeOutput, standardOutput } from './stream-output.ts';
import { targetBytes, targetStream } from './target-bytes.ts';

/** Where a clone or an image shall go. Nothing is opened yet. */
export interface Output {
  /** `-` for standard output. */
  readonly path: string;
  /** `stream` for pipes and character devices. */
  readonly kind: 'new-file' | 'file' | 'block' | 'stream';
  readonly facts: PathFacts | undefined;
  /** Sector size of a block device in bytes. */
  readonly sectorBytes?: number;
}

/** A source that has to do with no disk. */
const PIPE: PathFacts = { kind: 'other', path: STANDARD_STREAM, what: 'a pipe' };

/** Who may read an image in ntfsclone's own form: whom the user's mask lets, as with ntfsclone. */
const PLAIN_MODE = 0o666;

/**
 * Looks at where the output shall go, and refuses what must not be written to: what has to do with the source, is
 * mounted or held, is too small. Standard output may be a file or device, too. Nothing is touched. `source` is undefined
 * when it is a pipe.
 */
export async function planOutput(
  path: string,
  source: PathFacts | undefined,
  overwrite: boolean,
): Promise<Output> {
  if (path === STANDARD_STREAM) {
    const behind = await describeStandardStream(1);
    if (behind !== undefined) await checkOutput(behind, source, true);
    return { path, kind: 'stream', facts: undefined };
  }
  const facts = await describePath(path);
  if (facts.kind === 'other' && facts.errno === undefined) return { path, kind: 'stream', facts };
  if (facts.kind !== 'missing' && !overwrite) {
    throw new CloneError(
      'refused',
      `Output file '${path}' already exists.`,
      'Use option --overwrite if you want to replace its content.',
    );
  }
  await checkOutput(facts, source, false);
  if (facts.kind === 'block') return { path, kind: 'block', facts, sectorBytes: facts.logicalSectorBytes };
  return { path, kind: facts.kind === 'missing' ? 'new-file' : 'file', facts };
}

/** What a raw clone takes of an output: all of its length on a device, its data alone in a file. */
export function checkRoomForClone(output: Output, geometry: CloneGeometry, dataBytes: number): void {
  checkRoom(output, output.kind === 'block' ? cloneBytes(geometry) : dataBytes);
}

/** Refuses an output, device or file, that has no room for so many bytes. */
export function checkRoom(output: Output, neededBytes: number): void {
  const { facts, path } = output;
  if (facts === undefined || output.kind === 'stream') return;
  if (facts.kind === 'block') {
    if (facts.sizeBytes >= neededBytes) return;
    throw new CloneError(
      'refused',
      `Output device is too small (${facts.sizeBytes}) to fit the NTFS image (${neededBytes}).`,
      'Choose a larger one, or a file.',
    );
  }
  if (!('freeBytes' in facts) || facts.freeBytes === undefined) return;
  const available = facts.freeBytes + (facts.kind === 'file' ? facts.allocatedBytes : 0);
  if (available >= neededBytes) return;
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  throw new CloneError(
    'refused',
    `Destination doesn't have enough free space: ${megabytes(available)} < ${megabytes(neededBytes)}`,
    `Free space where ${path} is, or choose another target.`,
  );
}

/** How small an image becomes is not known beforehand: so little room is told, and no reason to refuse. */
export function tellRoom({ facts }: Output, dataBytes: number, listener: CloneListener): void {
  const free = facts !== undefined && 'freeBytes' in facts ? facts.freeBytes : undefined;
  if (free === undefined || free >= dataBytes) return;
  listener.note(
    `There is room for ${bytesText(free)}, and ${bytesText(dataBytes)} are to be compressed. If it becomes full, make room; the same command goes on.`,
  );
}

async function checkOutput(target: PathFacts, source: PathFacts | undefined, isOpen: boolean): Promise<void> {
  const found = await checkTarget(source ?? PIPE, target, 0, { sameDisk: true, isOpen });
  if (found !== undefined) throw new CloneError('refused', found.message, found.advice);
}

/** Opens the output for a raw clone; what was there is lost from now on. */
export async function openRawOutput(output: Output, geometry: CloneGeometry): Promise<ClusterSink> {
  if (output.path === STANDARD_STREAM) return rawStreamWriter(standardOutput(), geometry);
  if (output.kind === 'stream') {
    throw new CloneError(
      'refused',
      `A raw clone cannot be written to ${output.path}: it is neither a file nor a disk.`,
      'Use -o - for a stream, or --save-image.',
      'EINVAL',
    );
  }
  return rawWriter(targetBytes(await openTarget(output, cloneBytes(geometry))), geometry);
}

/** Opens the output for an image; what was there is lost from now on. */
export async function openImageOutput(output: Output): Promise<ByteSink> {
  if (output.kind === 'stream') return openStreamOutput(output);
  return targetStream(await openTarget(output, 0, PLAIN_MODE));
}

/** The same as a file or device, for nobody else to read: an image holds everything that was on the disk. */
export const openImageTarget = (output: Output): Promise<OpenTarget> => openTarget(output, 0);

/** Opens an image file as it is, to go on with it. */
export function openBegunTarget({ path }: Output): Promise<OpenTarget> {
  return lockedTarget(path, false, () => openTargetFile(path));
}

/** Opens a pipe, a character device, or standard output. */
export async function openStreamOutput(output: Output): Promise<ByteSink> {
  if (output.path === STANDARD_STREAM) return standardOutput();
  let handle: FileHandle;
  try {
    handle = await open(output.path, constants.O_WRONLY);
  } catch (error) {
    throw outputFailureFrom(error, output.path, 'Opening failed');
  }
  return openPipeOutput(handle, output.path);
}

function openTarget({ path, kind, facts }: Output, sizeBytes: number, mode?: number): Promise<OpenTarget> {
  return lockedTarget(path, kind === 'new-file', () =>
    facts?.kind === 'block'
      ? openUnlocked(facts)
      : kind === 'file'
        ? replaceTargetFile(path, sizeBytes)
        : createTargetFile(path, sizeBytes, mode),
  );
}

/** `isMade`: whether `open` makes a file, which is removed again where it cannot be locked. */
async function lockedTarget(
  path: string,
  isMade: boolean,
  open: () => Promise<OpenTarget>,
): Promise<OpenTarget> {
  let target: OpenTarget;
  try {
    target = await open();
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw refusedOpening(error);
  }
  try {
    if (await target.lockExclusively()) return target;
  } catch (error) {
    await (isMade ? discardTargetFile(target) : target.close());
    const advice = 'Install flock (package util-linux), or use a file system that knows locks.';
    throw new CloneError('refused', (error as Error).message, advice);
  }
  // Whoever has locked a file that was made just now works on it.
  await target.close();
  throw new CloneError(
    'refused',
    `Another program is writing to ${path} at this moment.`,
    'Wait for it, or stop it first.',
  );
}
