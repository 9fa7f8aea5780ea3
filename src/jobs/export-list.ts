import { dirname } from 'node:path';
import { describePath } from '../block/device-facts.ts';
import { errnoName } from '../block/errno.ts';
import { checkFolder } from '../block/folder-guard.ts';
import { writeNewFile } from '../block/new-file.ts';

/**
 * Writes a list as a new text file, whole or not at all; not on the disk of `source`, and never over another file.
 * Resolves to what speaks against it, as a sentence.
 */
export async function saveList(path: string, text: string, source: string): Promise<string | undefined> {
  const folder = await describePath(dirname(path));
  if (folder.kind !== 'directory') return `There is no folder ${dirname(path)}.`;
  const refusal = await checkFolder(await describePath(source), folder);
  if (refusal) return `${refusal.message} ${refusal.advice}`;
  try {
    await writeNewFile(path, text, false);
    return undefined;
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    if (errno === 'EEXIST') return `There is a file ${path} already; type another name.`;
    return `${path} cannot be written (${errno}).`;
  }
}
