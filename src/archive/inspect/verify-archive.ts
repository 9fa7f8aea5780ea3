import { stat } from 'node:fs/promises';
import { errnoName } from '../../block/errno.ts';
import type { ArchivePorts } from '../events.ts';
import type { ArchiveHead } from '../fsa/archive-head.ts';
import { type ArchivedObject, readContents } from '../fsa/fsa-contents.ts';
import { volumePaths } from '../fsa/volume-file.ts';
import { PhaseProgress } from '../progress.ts';
import { archiveUnreadable, headOf } from '../restore/check-archive.ts';
import { disarm } from '../save/disarm.ts';
import { SideFileError } from '../side/side-form.ts';
import { sidePath } from '../side/side-path.ts';
import { SideFile } from '../side/side-reader.ts';

/** One thing that is wrong with an archive. */
export interface Finding {
  /**
   * `structure`: the archive itself; `content`: one file's; `unread`: a file that FSArchiver could not read, whose header
   * spoils what follows; `left-out`: such a one, made harmless; `side-file`: the side file.
   */
  readonly what: 'structure' | 'content' | 'unread' | 'left-out' | 'side-file';
  readonly fileSystem?: number;
  readonly path?: string;
  readonly message: string;
}

export interface VerifyResult {
  readonly head: ArchiveHead;
  readonly objects: number;
  readonly blocks: number;
  readonly bytes: number;
  readonly sideFile: 'sound' | 'damaged' | 'missing';
  readonly findings: readonly Finding[];
  /** `damaged`: it would not restore whole; `lacking`: sound, but files that could not be read are not in it. */
  readonly verdict: 'sound' | 'lacking' | 'damaged';
}

/** Findings beyond so many are counted in the verdict but not kept. */
const MAX_FINDINGS = 10_000;

/**
 * Reads an archive to its end, all its files and its side file, and compares every checksum. No password is needed: names and
 * structure are in clear, and checksums are of what is stored. With `mend` the headers of files that FSArchiver could not
 * read are made harmless.
 */
export async function verifyArchive(
  archive: string,
  { mend }: { readonly mend: boolean },
  ports: ArchivePorts,
  signal: AbortSignal,
): Promise<VerifyResult> {
  const head = await headOf(archive);
  const findings: Finding[] = [];
  let isDamaged = false;
  let isLacking = false;
  const add = (finding: Finding): void => {
    if (finding.what === 'left-out') isLacking = true;
    else isDamaged = true;
    if (findings.length < MAX_FINDINGS) findings.push(finding);
  };
  let bytes = 0;
  for (const path of await volumePaths(archive)) bytes += (await stat(path)).size;
  const progress = new PhaseProgress(ports, 'verifying', archive);
  const unread: ArchivedObject[] = [];
  try {
    const totals = await readContents(
      archive,
      {
        checkBlocks: true,
        signal,
        onProgress: (done) => progress.update({ bytes: done, share: done / Math.max(1, bytes) }),
      },
      {
        object: (object) => {
          const { state, path, fileSystem } = object;
          if (state === 'whole') return;
          if (state === 'no-content') unread.push(object);
          const finding = findingOf(state, mend);
          add({ ...finding, fileSystem, path });
        },
        damage: (error) => add({ what: 'structure', message: error.message }),
      },
    );
    if (!totals.isComplete && !isDamaged) {
      add({ what: 'structure', message: 'The archive does not end where it should.' });
    }
    if (mend && unread.length > 0) await disarm(archive, unread);
    const sideFile = await verifySide(archive, head, add, signal);
    const verdict = isDamaged ? 'damaged' : isLacking ? 'lacking' : 'sound';
    const { objects, blocks } = totals;
    return { head, objects, blocks, bytes, sideFile, findings, verdict };
  } catch (error) {
    throw archiveUnreadable(error, archive);
  }
}

function findingOf(state: Exclude<ArchivedObject['state'], 'whole'>, mend: boolean): Finding {
  switch (state) {
    case 'no-content':
      return mend
        ? {
            what: 'left-out',
            message: 'could not be read when it was saved; its header was made harmless now',
          }
        : {
            what: 'unread',
            message:
              'could not be read when it was saved; its header spoils what follows (--mend makes it harmless)',
          };
    case 'left-out':
      return { what: 'left-out', message: 'could not be read when it was saved' };
    case 'damaged':
      return { what: 'content', message: 'its content is damaged' };
  }
}

async function verifySide(
  archive: string,
  head: ArchiveHead,
  add: (finding: Finding) => void,
  signal: AbortSignal,
): Promise<VerifyResult['sideFile']> {
  const path = sidePath(archive);
  try {
    await stat(path);
  } catch (error) {
    if (errnoName(error) !== 'ENOENT') throw error;
    return 'missing';
  }
  let side: SideFile | undefined;
  try {
    side = await SideFile.open(path);
    if (side.head.archiveId !== head.id) {
      add({ what: 'side-file', message: `${path} belongs to another archive (${side.head.archiveId}).` });
      return 'damaged';
    }
    await side.verify({ signal });
    return 'sound';
  } catch (error) {
    if (!(error instanceof SideFileError)) throw error;
    add({ what: 'side-file', message: error.message });
    return 'damaged';
  } finally {
    await side?.close();
  }
}
