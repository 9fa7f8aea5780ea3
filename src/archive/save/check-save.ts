import { basename, dirname, resolve } from 'node:path';
import { describePath } from '../../block/device-facts.ts';
import type { PathFacts } from '../../block/path-facts.ts';
import { bytesText } from '../../text/quantity.ts';
import { ArchiveError } from '../archive-error.ts';
import type { ArchivePorts } from '../events.ts';
import { type ArchivedObject, type ContentsTotals, readContents } from '../fsa/fsa-contents.ts';
import { volumePath } from '../fsa/volume-file.ts';
import { PhaseProgress } from '../progress.ts';
import { sidePath } from '../side/side-path.ts';
import { ArchiveIndex } from './archive-index.ts';
import type { SaveRequest } from './save-request.ts';
import type { SaveSource } from './source.ts';
import type { Survey } from './survey.ts';

/** Names of archives have at most so many bytes: the names of their files are a little longer. */
const MAX_NAME_BYTES = 200;

/** Looks where the archive shall be; nothing that is there is ever written over. */
export async function checkPlace(archive: string): Promise<PathFacts> {
  const refuse = (code: string, message: string, advice: string): never => {
    throw new ArchiveError('refused', code, message, advice);
  };
  if (Buffer.byteLength(basename(archive)) > MAX_NAME_BYTES) {
    refuse('archive-name', `The name ${basename(archive)} is too long.`, 'Choose a shorter one.');
  }
  for (const path of [archive, volumePath(archive, 1), sidePath(archive)]) {
    const facts = await describePath(path);
    if (facts.kind === 'other') refuse('archive-place', `${path} is ${facts.what}.`, 'Name a new file.');
    if (facts.kind !== 'missing') {
      const advice = 'Name another archive, or remove or rename this one. Nothing is ever written over.';
      refuse('archive-exists', `${path} exists already.`, advice);
    } else if (!facts.parentExists) {
      const advice = 'Make it, or mount the drive on which it should be.';
      refuse('archive-place', `There is no folder ${facts.parent}.`, advice);
    }
  }
  return describePath(dirname(resolve(archive)));
}

/** Not even half of it: files that cannot be compressed, and the list of all files. */
const LEAST_SHARE = 0.05;

/** Refuses what cannot fit, and what may not. */
export function checkRoom(
  { force }: SaveRequest,
  sources: readonly SaveSource[],
  surveys: ReadonlyMap<number, Survey>,
  place: PathFacts,
): void {
  if (!('freeBytes' in place) || place.freeBytes === undefined) return;
  let contentBytes = 0;
  let sideBytes = 0;
  for (const [fileSystem, { content }] of sources.entries()) {
    const survey = surveys.get(fileSystem);
    contentBytes += survey?.event.contentBytes ?? content.usedBytes ?? 0;
    sideBytes += survey?.sideBytes ?? 0;
  }
  const free = place.freeBytes;
  const holds = `The sources hold ${bytesText(contentBytes + sideBytes)}, and only ${bytesText(free)} are free in ${place.path}`;
  const advice = 'Choose a place with more room, or leave something out with --exclude.';
  if (free < sideBytes * 0.1 + contentBytes * LEAST_SHARE) {
    throw new ArchiveError('refused', 'no-space', `${holds}.`, advice);
  }
  if (free < contentBytes + sideBytes && !force) {
    const message = `${holds}: it fits only if it can be compressed well enough.`;
    throw new ArchiveError('refused', 'no-space', message, advice, true);
  }
}

/** An archive as it was written. */
export interface WrittenArchive {
  readonly indexes: ReadonlyMap<number, ArchiveIndex>;
  /** Objects whose content FSArchiver could not read. */
  readonly unread: readonly ArchivedObject[];
  readonly totals: ContentsTotals;
}

/** Reads what FSArchiver has written: is it whole, and what of each volume is in it. */
export async function checkArchive(
  archive: string,
  sources: readonly SaveSource[],
  ports: ArchivePorts,
  signal: AbortSignal,
): Promise<WrittenArchive> {
  const progress = new PhaseProgress(ports, 'checking');
  const indexes = new Map<number, ArchiveIndex>();
  for (const [fileSystem, { ntfs }] of sources.entries()) {
    if (ntfs !== undefined) indexes.set(fileSystem, new ArchiveIndex());
  }
  const unread: ArchivedObject[] = [];
  let damage: Error | undefined;
  const totals = await readContents(
    archive,
    { checkBlocks: false, signal, onProgress: (bytes) => progress.update({ bytes }) },
    {
      object: (object) => {
        indexes.get(object.fileSystem)?.add(object);
        if (object.state === 'no-content') unread.push(object);
      },
      damage: (error) => {
        damage ??= error;
      },
    },
  );
  if (!totals.isComplete) {
    throw new ArchiveError(
      'failed',
      'archive-incomplete',
      `FSArchiver has not written the archive to its end${damage === undefined ? '' : `: ${damage.message}`}`,
      'Look whether its drive is healthy and has room, and start anew.',
    );
  }
  return { indexes, unread, totals };
}
