import { stat } from 'node:fs/promises';
import { DEVICE_CHANGED, refuseOthers } from '../../block/agreed-device.ts';
import { errnoName } from '../../block/errno.ts';
import { OpenError } from '../../block/open-error.ts';
import { ArchiveError, stoppedByUser } from '../archive-error.ts';
import { sideVolumes } from '../compare/expected.ts';
import type { ArchivePorts, TroubleEvent } from '../events.ts';
import { requireForRestoring } from '../fsarchiver/tools.ts';
import { SideFileError } from '../side/side-form.ts';
import { sidePath } from '../side/side-path.ts';
import { SideFile } from '../side/side-reader.ts';
import { type CheckedArchive, checkBeforeRestore } from './check-archive.ts';
import { checkPassword, passwordNeeded, wrongPassword } from './check-password.ts';
import { checkTargets, confirmTargets } from './check-targets.ts';
import { refuseHostileTexts } from './hostile.ts';
import type { RestoredFileSystem, RestorePorts, RestoreRequest, RestoreResult } from './restore-request.ts';
import { Restoring } from './restoring.ts';

/**
 * Restores file systems from an archive. Everything that can be checked is checked before a target is erased. Rejects with
 * an `ArchiveError`.
 */
export async function restoreArchive(
  request: RestoreRequest,
  ports: ArchivePorts & RestorePorts,
  signal: AbortSignal,
): Promise<RestoreResult> {
  let side: SideFile | undefined;
  let erasing: string | undefined;
  try {
    await refuseOthers(request.agreed);
    const checked = await checkBeforeRestore(request.archive, request, ports, signal);
    await refuseHostileTexts(request.archive);
    side = await openSide(request, checked, ports, signal);
    await checkPassword(request.archive, checked.head, request.password, signal);
    const volumes = side === undefined ? new Map() : await sideVolumes(side);
    const isWanted = (of: number): boolean => request.targets.some(({ id }) => id === undefined || id === of);
    const wanted = checked.head.fileSystems.filter(({ id }) => isWanted(id));
    await requireForRestoring(new Set(wanted.map(({ type }) => type)));
    const targets = await checkTargets(request, checked.head, side, volumes);
    await confirmTargets(targets, request.overwrite, ports);
    const troubles: TroubleEvent[] = [];
    const restored: RestoredFileSystem[] = [];
    for (const target of targets) {
      signal.throwIfAborted();
      const work = (): Promise<RestoredFileSystem> => {
        erasing = target.facts.path;
        return new Restoring(request, checked, target, side, ports, signal, troubles).run();
      };
      restored.push(await ports.withUnlocked(target.facts, work));
    }
    return { archive: request.archive, restored, troubles };
  } catch (error) {
    if (signal.aborted) {
      const what =
        erasing === undefined ? 'nothing was touched.' : `what is on ${erasing} is incomplete and of no use.`;
      throw stoppedByUser(what);
    }
    if (error instanceof SideFileError) {
      const advice = 'Restore without it, as FSArchiver alone would, with --without-side-file.';
      throw new ArchiveError('refused', 'side-file-damaged', error.message, advice);
    }
    if (error instanceof OpenError) {
      const isUntouched = erasing === undefined && error.code === DEVICE_CHANGED;
      throw new ArchiveError(isUntouched ? 'refused' : 'failed', error.code, error.message, error.advice);
    }
    throw error;
  } finally {
    await side?.close();
  }
}

/** Opens the side file beside an archive, checks all of it, and that it belongs to the archive. */
async function openSide(
  request: RestoreRequest,
  { head }: CheckedArchive,
  ports: ArchivePorts,
  signal: AbortSignal,
): Promise<SideFile | undefined> {
  const hasNtfs = head.fileSystems.some(({ type }) => type === 'ntfs');
  if (!hasNtfs) return undefined;
  const path = sidePath(request.archive);
  const note = (message: string): undefined => {
    ports.emit({ event: 'note', code: 'without-side-file', message });
  };
  if (request.withoutSide) return note('Without the side file: what FSArchiver cannot keep is lost.');
  try {
    await stat(path);
  } catch (error) {
    if (errnoName(error) !== 'ENOENT') throw error;
    return note(
      `There is no side file ${path}: alternate streams and all else that FSArchiver cannot keep are not in this archive.`,
    );
  }
  const side = await SideFile.open(path);
  try {
    if (side.head.archiveId !== head.id) {
      throw new ArchiveError(
        'refused',
        'side-file-wrong',
        `${path} belongs to another archive (${side.head.archiveId}, not ${head.id}).`,
        'Find the right one, or restore without it with --without-side-file.',
      );
    }
    if (side.isEncrypted) {
      if (request.password === undefined) throw passwordNeeded(request.archive);
      if (!(await side.unlock(request.password))) throw wrongPassword(request.archive);
    }
    await side.verify({ signal });
    return side;
  } catch (error) {
    await side.close();
    throw error;
  }
}
