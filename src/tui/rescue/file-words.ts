import { inquire } from '../../jobs/inquiry.ts';
import type { TargetFileState, WantedFile } from '../../jobs/target-file-state.ts';
import { safeText } from '../../text/safe.ts';
import { WORDS } from '../words.ts';
import type { FileTarget } from './rescue-choice.ts';

/** What is known of the place of a new file; `asking` while it is looked at. */
type Known = TargetFileState | 'asking' | undefined;

/** Looks what is in the place of a new file, by a process of its own; undefined when that cannot be told. */
export async function askFile(wanted: WantedFile): Promise<TargetFileState | undefined> {
  const answer = await inquire({ ask: 'file', ...wanted });
  return answer.kind === 'answer' ? answer.answer : undefined;
}

/** The same for an image or an archive, which belongs to no job; one that was interrupted is gone on with. */
export const lookAtFile = ({ path, on }: FileTarget): Promise<TargetFileState | undefined> =>
  askFile({ source: undefined, label: undefined, target: path, on });

/** The names in a folder that begin so, by a process of its own; undefined when they cannot be had. */
export async function askNames(folder: string, begins: string): Promise<readonly string[] | undefined> {
  const answer = await inquire({ ask: 'names', folder, begins });
  return answer.kind === 'answer' ? answer.answer : undefined;
}

/** What is in the place of a new file, and what follows from that, in a sentence or two. */
export function fileText(file: Known): string {
  const words = WORDS.confirm.file;
  if (file === 'asking') return words.asking;
  switch (file?.kind) {
    case 'new':
      return file.isInMemory ? words.inMemory : words.new;
    case 'no-folder':
      return words.noFolder(safeText(file.folder));
    case 'begun':
      return words[file.isOther ? 'begunByOther' : 'begun'](safeText(file.source), whenText(file.created));
    case 'there':
      return words.there(safeText(file.what));
    case 'taken':
      return words.taken(safeText(file.what));
    default:
      return words.unseen;
  }
}

/** Why it cannot be begun so; undefined when it can. */
export const fileRefusal = (file: Known): string | undefined =>
  isRefused(file) ? fileText(file) : undefined;

/** Whether it is not simply a new file. */
export const isDoubted = (file: Known): boolean =>
  isRefused(file) ||
  (file !== undefined &&
    file !== 'asking' &&
    (file.kind === 'begun' || file.kind === 'there' || (file.kind === 'new' && file.isInMemory === true)));

function isRefused(file: Known): boolean {
  if (file === undefined || file === 'asking') return false;
  return file.kind === 'no-folder' || file.kind === 'taken' || (file.kind === 'begun' && file.isOther);
}

const whenText = (created: string | undefined): string =>
  created === undefined ? '' : `, begun ${created.slice(0, 16).replace('T', ' ')} UTC`;
