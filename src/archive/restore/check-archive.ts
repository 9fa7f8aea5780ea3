import { stat } from 'node:fs/promises';
import { errnoName } from '../../block/errno.ts';
import { ArchiveError } from '../archive-error.ts';
import type { ArchivePorts } from '../events.ts';
import { type ArchiveHead, readArchiveHead } from '../fsa/archive-head.ts';
import { type ContentsTotals, readContents } from '../fsa/fsa-contents.ts';
import { FsaError } from '../fsa/fsa-error.ts';
import { volumePaths } from '../fsa/volume-file.ts';
import { PhaseProgress } from '../progress.ts';

/** An archive that was looked through before anything is done with it. */
export interface CheckedArchive {
  readonly head: ArchiveHead;
  readonly totals: ContentsTotals;
  readonly bytes: number;
}

/** Reads the head of an archive; what is wrong becomes an `ArchiveError`. */
export async function headOf(archive: string): Promise<ArchiveHead> {
  try {
    return await readArchiveHead(archive);
  } catch (error) {
    throw archiveUnreadable(error, archive);
  }
}

/** What reading an archive threw, in words; other errors as they are. */
export function archiveUnreadable(error: unknown, archive: string): unknown {
  if (error instanceof FsaError) {
    return new ArchiveError('refused', 'archive-damaged', error.message, 'See: lifeboat archive verify');
  }
  const errno = errnoName(error);
  if (errno === undefined) return error;
  const message =
    errno === 'ENOENT'
      ? `There is no archive ${archive}.`
      : `The archive ${archive} cannot be read (${errno}).`;
  return new ArchiveError('refused', errno, message, 'Check the name, and that its drive is attached.');
}

/**
 * Goes through an archive before its targets are erased: all its files must be there, its structure whole to the end, every
 * path inside of its file system. With `check` the checksums of all contents are compared too.
 */
export async function checkBeforeRestore(
  archive: string,
  { check, force }: { readonly check: boolean; readonly force: boolean },
  ports: ArchivePorts,
  signal: AbortSignal,
): Promise<CheckedArchive> {
  const head = await headOf(archive);
  if (head.type !== 'file-systems') {
    throw new ArchiveError(
      'refused',
      'archive-type',
      `${archive} holds folders, not file systems.`,
      'Restore it with: fsarchiver restdir',
    );
  }
  let bytes = 0;
  for (const path of await volumePaths(archive)) bytes += (await stat(path)).size;
  const progress = new PhaseProgress(ports, 'verifying');
  let damage: FsaError | undefined;
  let unread: string | undefined;
  let wounded: string | undefined;
  let totals: ContentsTotals;
  try {
    totals = await readContents(
      archive,
      {
        checkBlocks: check,
        signal,
        onProgress: (done) => progress.update({ bytes: done, share: done / Math.max(1, bytes) }),
      },
      {
        object: ({ state, path }) => {
          if (state === 'no-content') unread ??= path;
          if (state === 'damaged') wounded ??= path;
        },
        damage: (error) => {
          damage ??= error;
        },
      },
    );
  } catch (error) {
    throw archiveUnreadable(error, archive);
  }
  if (damage !== undefined || !totals.isComplete) {
    const message = damage?.message ?? `${archive} does not end where it should.`;
    const advice = 'Nothing was touched. See: lifeboat archive verify';
    throw new ArchiveError('refused', 'archive-damaged', message, advice);
  }
  if (unread !== undefined) {
    throw new ArchiveError(
      'refused',
      'archive-spoilt',
      `${archive} holds files without their contents, such as ${unread}: FSArchiver could not read them, and takes what follows for them when it restores.`,
      'Make them harmless first: lifeboat archive verify --mend',
    );
  }
  if (wounded !== undefined && !force) {
    throw new ArchiveError(
      'refused',
      'archive-damaged',
      `The content of ${wounded} in ${archive} is damaged.`,
      'See: lifeboat archive verify. To restore all that is not damaged, say --force.',
      true,
    );
  }
  return { head, totals, bytes };
}
