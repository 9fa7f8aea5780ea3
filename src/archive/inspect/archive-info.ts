import { stat } from 'node:fs/promises';
import { errnoName } from '../../block/errno.ts';
import type { ArchiveHead } from '../fsa/archive-head.ts';
import { volumePaths } from '../fsa/volume-file.ts';
import { headOf } from '../restore/check-archive.ts';
import { SideFileError, type SideHead } from '../side/side-form.ts';
import { sidePath } from '../side/side-path.ts';
import { SideFile } from '../side/side-reader.ts';

/** What is known of an archive without reading its contents. */
export interface ArchiveInfo {
  readonly head: ArchiveHead;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Missing when there is none. */
  readonly side?: {
    readonly path: string;
    readonly bytes: number;
    readonly encrypted: boolean;
    readonly head?: SideHead;
    /** Why it cannot be used. */
    readonly problem?: string;
  };
}

/** Reads what an archive and its side file say of themselves. Rejects with an `ArchiveError`. */
export async function archiveInfo(archive: string): Promise<ArchiveInfo> {
  const head = await headOf(archive);
  const files: { path: string; bytes: number }[] = [];
  for (const path of await volumePaths(archive)) files.push({ path, bytes: (await stat(path)).size });
  const path = sidePath(archive);
  try {
    const { size: bytes } = await stat(path);
    const side = await SideFile.open(path);
    await side.close();
    const problem = side.head.archiveId === head.id ? undefined : 'it belongs to another archive';
    const known = { path, bytes, encrypted: side.isEncrypted, head: side.head };
    return { head, files, side: { ...known, ...(problem && { problem }) } };
  } catch (error) {
    if (error instanceof SideFileError) {
      return { head, files, side: { path, bytes: 0, encrypted: false, problem: error.message } };
    }
    if (errnoName(error) !== 'ENOENT') throw error;
    return { head, files };
  }
}
