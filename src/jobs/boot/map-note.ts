import { errnoName } from '../../block/errno.ts';
import type { Piece } from '../../boot/fix.ts';
import { MapfileError, parseMapfile } from '../../rescue/mapfile.ts';
import { BOOT_FIX } from '../gpt-fix.ts';
import { mapOf } from '../job-place.ts';
import { MapStore } from '../map-store.ts';
import { Refusal } from '../refusal.ts';
import type { DiskJob } from './disk-jobs.ts';

/** A comment of more than this would be in everybody's way. */
const MOST_BYTES = 2 ** 18;

/**
 * Notes in the map of a rescue that its target was changed afterwards, and what stood there: a rescue that goes on puts
 * it back first, and whoever compares the target knows. Gives the line; undefined where there is no map.
 */
export async function noteInMap(
  job: DiskJob,
  pieces: readonly Piece[],
  undoFile: string,
): Promise<string | undefined> {
  const sizeBytes = job.record.target.sizeBytes;
  const own = pieces
    .map((piece) => ({ ...piece, start: piece.start - job.startBytes }))
    .filter(({ start, before }) => start >= 0 && start + before.length <= sizeBytes);
  if (own.length === 0) return undefined;
  const bytes = own.reduce((sum, { before }) => sum + before.length, 0);
  const told = own.map(({ start, before }) =>
    bytes > MOST_BYTES ? [start, before.length] : [start, Buffer.from(before).toString('base64')],
  );
  const line = `${BOOT_FIX}${JSON.stringify({ undoFile, pieces: told })}`;
  await changeComments(job, (comments) => [...comments, line]);
  return line;
}

/** Takes all such notes of that undo file out of the map: the target is what was read again. */
export async function forgetInMap(job: DiskJob, undoFile: string): Promise<void> {
  const begin = `${BOOT_FIX}{"undoFile":${JSON.stringify(undoFile)},`;
  await changeComments(job, (comments) => comments.filter((comment) => !comment.startsWith(begin)));
}

async function changeComments(
  job: DiskJob,
  change: (comments: readonly string[]) => readonly string[],
): Promise<void> {
  const store = new MapStore(await mapOf(job.record));
  const text = await store.load();
  if (text === undefined) return;
  try {
    // Only lines of comments are touched: what became of each sector stays as it is, letter by letter.
    parseMapfile(text);
  } catch (error) {
    if (error instanceof MapfileError) return;
    throw error;
  }
  const lines = text.split('\n');
  const isNote = (line: string): boolean => line.startsWith(`# ${BOOT_FIX}`);
  const notes = change(lines.filter(isNote).map((line) => line.slice(2)));
  const rest = lines.filter((line) => !isNote(line));
  try {
    await store.save([...notes.map((note) => `# ${note}`), ...rest].join('\n'));
    await store.close();
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    throw new Refusal(
      'map-not-written',
      `The map ${store.path} cannot be told of the change (${errno}).`,
      'Make room for it, or mount its drive for writing.',
    );
  }
}
