import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { refuseOthers } from '../../block/agreed-device.ts';
import { errnoName } from '../../block/errno.ts';
import { OpenError } from '../../block/open-error.ts';
import { SourceFailure } from '../../ntfs/source-reader.ts';
import { VERSION } from '../../text/version.ts';
import { ArchiveError, stoppedByUser } from '../archive-error.ts';
import type { ArchivePorts, TroubleEvent } from '../events.ts';
import { readArchiveHead } from '../fsa/archive-head.ts';
import { volumePath, volumePaths } from '../fsa/volume-file.ts';
import { requireForSaving } from '../fsarchiver/tools.ts';
import { PhaseProgress } from '../progress.ts';
import { newKeyForm } from '../side/side-cipher.ts';
import { sidePath } from '../side/side-path.ts';
import { SideWriter } from '../side/side-writer.ts';
import { ArchiveIndex } from './archive-index.ts';
import { checkArchive, checkPlace, checkRoom } from './check-save.ts';
import { disarm } from './disarm.ts';
import { leftOutBy } from './left-out.ts';
import { type FsarchiverPass, passes } from './save-pass.ts';
import { noRoom, type SaveRequest } from './save-request.ts';
import { checkSources, openSaveSource, type SaveSource, typeOf } from './source.ts';
import { Staging } from './staging.ts';
import { type Survey, surveyVolume } from './survey.ts';
import { writeSide } from './write-side.ts';

/** What came of it. */
export interface SaveResult {
  readonly archive: string;
  /** All files of the archive. */
  readonly files: readonly string[];
  /** Missing when no NTFS volume is in it. */
  readonly sideFile: string | undefined;
  readonly archiveBytes: number;
  readonly sideBytes: number;
  readonly objects: number;
  readonly surveys: readonly Survey['event'][];
  /** Files that could not be saved as they are. */
  readonly troubles: readonly TroubleEvent[];
}

/** Saves file systems to an archive. Rejects with an `ArchiveError`; then no archive is there. */
export async function saveArchive(
  request: SaveRequest,
  ports: ArchivePorts,
  signal: AbortSignal,
): Promise<SaveResult> {
  const archive = request.archive.endsWith('.fsa') ? request.archive : `${request.archive}.fsa`;
  const sources: SaveSource[] = [];
  let staging: Staging | undefined;
  try {
    await refuseOthers(request.agreed);
    const place = await checkPlace(archive);
    ports.emit({ event: 'phase', phase: 'looking' });
    for (const path of request.sources) sources.push(await openSaveSource(path, request.force));
    // They are read as what they were just now.
    await refuseOthers(request.agreed);
    await requireForSaving(new Set(sources.map(({ content }) => typeOf(content))));
    await checkSources(sources, archive, place);
    const whyLeftOut = leftOutBy(request.exclude);
    const surveys = new Map<number, Survey>();
    for (const [fileSystem, { ntfs }] of sources.entries()) {
      if (ntfs === undefined) continue;
      for (const message of ntfs.notes) ports.emit({ event: 'note', code: 'volume', message });
      surveys.set(fileSystem, await surveyVolume(ntfs, fileSystem, whyLeftOut, ports, signal));
    }
    checkRoom(request, sources, surveys, place);
    staging = await Staging.claim(archive);
    if (staging.hadLeftovers) {
      const message = 'What an earlier save that was cut off had left behind was removed.';
      ports.emit({ event: 'note', code: 'leftovers', message });
    }
    return await saveInto(staging, archive, request, sources, surveys, ports, signal);
  } catch (error) {
    if (signal.aborted) throw stoppedByUser(`no archive was made at ${archive}.`);
    if (error instanceof SourceFailure) {
      throw new ArchiveError('gone', 'source-gone', error.message, 'Attach it again and start anew.');
    }
    throw saveError(error, archive);
  } finally {
    await staging?.close();
    for (const { ntfs } of sources) await ntfs?.close();
  }
}

async function saveInto(
  staging: Staging,
  archive: string,
  request: SaveRequest,
  sources: readonly SaveSource[],
  surveys: ReadonlyMap<number, Survey>,
  ports: ArchivePorts,
  signal: AbortSignal,
): Promise<SaveResult> {
  const name = basename(archive);
  const raw = staging.path(name);
  const pass = await passes(raw, request, sources, [...surveys.values()], ports, signal);
  const troubles: TroubleEvent[] = [];
  const tell = (fileSystem: number, trouble: Omit<TroubleEvent, 'event' | 'fileSystem'>): void => {
    const event: TroubleEvent = { event: 'trouble', fileSystem, ...trouble };
    troubles.push(event);
    ports.emit(event);
  };
  const { indexes, unread, totals } = await checkArchive(raw, sources, ports, signal);
  if (unread.length > 0) await disarm(raw, unread);
  // What is known of NTFS goes into the side file; of other file systems only FSArchiver can read.
  for (const { fileSystem, path } of unread) {
    if (sources[fileSystem]?.ntfs !== undefined) continue;
    tell(fileSystem, { path: path.slice(1), trouble: 'lost', message: 'it cannot be read' });
  }
  for (const [fileSystem, source] of sources.entries()) {
    if (source.ntfs === undefined) tellCut(pass, fileSystem, tell);
  }
  let side: string | undefined;
  if (surveys.size > 0) {
    side = sidePath(name);
    const head = await readArchiveHead(raw);
    const progress = new PhaseProgress(ports, 'side-file');
    const writer = await SideWriter.create(
      staging.path(side),
      {
        program: VERSION,
        created: new Date(ports.now()).toISOString(),
        archiveId: head.id,
        ...(request.password !== undefined && { key: newKeyForm() }),
      },
      request.password,
    );
    try {
      for (const [fileSystem, { ntfs, facts }] of sources.entries()) {
        if (ntfs === undefined) continue;
        const startBytes = facts.kind === 'block' ? facts.partitionStartBytes : undefined;
        const source = {
          volume: ntfs,
          fileSystem,
          partitionStartBytes: startBytes,
          index: indexes.get(fileSystem) ?? new ArchiveIndex(),
          whyLeftOut: leftOutBy(request.exclude),
          cutFiles: pass.cutFiles.get(fileSystem) ?? new Set<string>(),
        };
        troubles.push(...(await writeSide(source, writer, progress, ports, signal)));
      }
      await writer.end();
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  }
  signal.throwIfAborted();
  const volumes = await volumePaths(raw);
  const names = [...volumes.slice(1).map((path) => basename(path)), ...(side ? [side] : []), name];
  const sideBytes = side === undefined ? 0 : (await stat(staging.path(side))).size;
  let archiveBytes = 0;
  for (const path of volumes) archiveBytes += (await stat(path)).size;
  await staging.publish(names);
  const folder = dirname(archive);
  return {
    archive,
    files: volumes.map((_, volume) => volumePath(archive, volume)),
    sideFile: side === undefined ? undefined : resolve(folder, side),
    archiveBytes,
    sideBytes,
    objects: totals.objects,
    surveys: [...surveys.values()].map(({ event }) => event),
    troubles,
  };
}

function tellCut(
  pass: FsarchiverPass,
  fileSystem: number,
  tell: (fileSystem: number, trouble: Omit<TroubleEvent, 'event' | 'fileSystem'>) => void,
): void {
  for (const path of pass.cutFiles.get(fileSystem) ?? []) {
    const message = 'it cannot be read to its end; what follows is zeros in the archive';
    tell(fileSystem, { path: path.slice(1), trouble: 'damaged', message });
  }
}

/** Errors of the system while the archive is written, in words. */
function saveError(error: unknown, archive: string): unknown {
  if (error instanceof ArchiveError) return error;
  if (error instanceof OpenError) return new ArchiveError('refused', error.code, error.message, error.advice);
  const errno = errnoName(error);
  if (errno === undefined) return error;
  if (errno === 'ENOSPC') return noRoom(archive);
  if (errno === 'EEXIST') {
    const message = `Something of the name ${archive} was made meanwhile; nothing was written over.`;
    return new ArchiveError('failed', 'archive-exists', message, 'Name another archive and start anew.');
  }
  const message = `The archive ${archive} cannot be written: ${(error as Error).message}.`;
  return new ArchiveError('failed', errno, message, 'Look whether its drive is healthy, and start anew.');
}
