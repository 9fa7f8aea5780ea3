import { dirname } from 'node:path';
import { describePath } from '../block/device-facts.ts';
import { errnoName } from '../block/errno.ts';
import { checkFolder } from '../block/folder-guard.ts';
import { writeNewFile } from '../block/new-file.ts';
import { startSelf } from './self-task.ts';

/** The sub-command that writes one list, which it gets on its standard input; not for people. */
export const LIST_COMMAND = 'list-writer';

/** What it tells as JSON. */
export interface ListTold {
  /** What speaks against it, as a sentence; missing when the list is written. */
  readonly problem?: string | undefined;
}

/**
 * Has a list written as `saveList` does it, by a process of its own: a drive that hangs holds up nobody else, for as long
 * as it likes. Whoever does not wait for it any more leaves it at work.
 */
export async function exportList(path: string, text: string, source: string): Promise<string | undefined> {
  const task = startSelf([LIST_COMMAND, path, source], text);
  for await (const told of task.events) return (told as ListTold).problem;
  const { said } = await task.ended;
  return `${path} cannot be written: ${said || 'the process that wrote it has ended'}.`;
}

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
