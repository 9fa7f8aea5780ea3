import { readFile } from 'node:fs/promises';
import { errnoName } from '../block/errno.ts';
import { FieldError } from '../text/json-fields.ts';
import { jobFiles } from './job-files.ts';
import { type PlacedRecord, parseRecord } from './job-record.ts';

/** Larger ones are none of ours. */
const MOST_BYTES = 1 << 20;

/** What the `job.json` of a folder says: a record, that there is none, or what is wrong with it as a sentence. */
export type LoadedRecord =
  | { readonly kind: 'record'; readonly record: PlacedRecord }
  | { readonly kind: 'none' }
  | { readonly kind: 'damaged'; readonly problem: string };

/** Reads the record of the job in `folder`. Whatever is wrong with it comes back as a value. */
export async function loadRecord(folder: string): Promise<LoadedRecord> {
  const path = jobFiles(folder).record;
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > MOST_BYTES) throw new FieldError('it is far too long');
    return { kind: 'record', record: parseRecord(text, folder) };
  } catch (error) {
    if (error instanceof FieldError)
      return { kind: 'damaged', problem: `${path} is damaged: ${error.message}` };
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return { kind: 'none' };
    return { kind: 'damaged', problem: `${path} cannot be read (${errno})` };
  }
}
