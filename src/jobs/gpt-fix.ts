import type { ByteRange } from '../block/range.ts';
import { RangeSet } from '../block/range-set.ts';
import type { OpenTarget } from '../block/target-device.ts';
import { type GptMove, moveGpt, type TablePiece } from '../partition/gpt-move.ts';
import type { Rescue } from '../rescue/rescue.ts';
import { bytesText } from '../text/quantity.ts';
import type { EngineHost } from './engine-host.ts';
import type { JobSpec } from './job-spec.ts';
import { Refusal } from './refusal.ts';

/** What was changed of the target's partition table, for the report. */
export interface GptFix {
  /** Whether all of it is on stable storage. */
  readonly done: boolean;
  /** Bytes as base64; writing all `before` at their `start` undoes it. */
  readonly pieces: readonly { readonly start: number; readonly before: string; readonly after: string }[];
}

const PREFIX = 'GPT of the target before it was fixed: ';
/** What bootcheck writes into a map: see `noteInMap`. */
export const BOOT_FIX = 'Target changed by bootcheck: ';
const SECTOR_SIZES = [512, 4096];
const UNDO_ADVICE =
  'The report of that run, or the undo file, holds the bytes; or name another map with --map to start anew.';

/**
 * At the very end, when everything is saved: makes both copies of the target's GPT right for the target's size, if the
 * user wants that. The map first gets a comment with what stood there, so that a later run can put it back before it
 * goes on: until then the target is not what the map says. `comments` are those of the map, and grow.
 */
export async function fixGpt(
  spec: JobSpec,
  host: EngineHost,
  rescue: Rescue,
  target: OpenTarget,
  comments: string[],
): Promise<GptFix | undefined> {
  const table = rescue.plan?.table;
  if (table?.scheme !== 'gpt') return undefined;
  const sourceBytes = rescue.map.sizeBytes;
  const sizes = [table.sectorBytes, ...SECTOR_SIZES.filter((size) => size !== table.sectorBytes)];
  const move = await moveGpt(targetReader(target), sourceBytes, sizes);
  if (move === undefined) return undefined;
  const why = reason(move, target.sizeBytes, sourceBytes);
  if (move.obstacle !== undefined) {
    host.emit({ event: 'note', message: `${why} ${move.obstacle}` });
    return undefined;
  }
  if (move.pieces.length === 0 || !(await isWanted(spec, host, why))) return undefined;
  const inSource = move.pieces.filter(({ start }) => start < sourceBytes);
  comments.push(PREFIX + JSON.stringify(inSource.map(({ start, before }) => [start, base64(before)])));
  await rescue.saveMapNow();
  const done = await write(target, move.pieces);
  host.emit({
    event: 'note',
    message: done
      ? 'The partition table of the target now fits its size. The report holds what stood there before.'
      : 'The partition table of the target could not be written whole. The same command puts it back and goes on.',
  });
  const pieces = move.pieces.map(({ start, before, after }) => ({
    start,
    before: base64(before),
    after: base64(after),
  }));
  return { done, pieces };
}

function reason({ pieces }: GptMove, targetBytes: number, sourceBytes: number): string {
  if (targetBytes > sourceBytes) {
    const more = bytesText(targetBytes - sourceBytes);
    return `The target is ${more} larger than the source, so the backup of its partition table is not at its end.`;
  }
  return pieces.some(({ start }) => start === 0)
    ? 'The protective MBR of the target does not fit its partition table.'
    : 'One copy of the partition table of the target is damaged, as on the source.';
}

async function isWanted(spec: JobSpec, host: EngineHost, why: string): Promise<boolean> {
  const advice =
    'Fixing it writes both copies of the table (headers, entries, checksums) to the target alone; partitions stay as they are.';
  if (spec.fixGpt === 'ask') {
    host.emit({ event: 'question', code: 'gpt-not-right', message: why, advice });
    const stopped = new Promise<boolean>((resolve) => host.onStop(() => resolve(false)));
    return Promise.race([host.fixGptAnswer(), stopped]);
  }
  if (spec.fixGpt === 'yes') return true;
  host.emit({
    event: 'note',
    message: `${why} It is left so; --fix-gpt yes with the same command makes it right.`,
  });
  return false;
}

/** A change of the target that a map tells of. */
interface ToldChange {
  /** What stood there before; undefined when the comment is not what was written into it. */
  readonly pieces: readonly TablePiece[] | undefined;
  /** Too much to be kept in the map: where it is kept, and where on the target it belongs. */
  readonly elsewhere?: { readonly undoFile: string; readonly places: readonly ByteRange[] };
  readonly what: string;
}

/**
 * What is to be written to the target to undo what `fixGpt` and bootcheck have changed since the last run, in this
 * order. Throws a `Refusal` when not all of it is known. Nothing is written.
 */
export function changesToUndo(
  comments: readonly string[],
  target: { readonly path: string; readonly sizeBytes: number },
): readonly TablePiece[] {
  // The latest first: it may lie over an earlier one.
  return toldChanges(comments, target.sizeBytes)
    .reverse()
    .flatMap(({ pieces, elsewhere, what }) => {
      if (elsewhere !== undefined) {
        throw new Refusal(
          'target-changed',
          `${target.path} was changed by bootcheck since the last run.`,
          `Undo that first: lifeboat bootcheck undo ${elsewhere.undoFile}`,
        );
      }
      if (pieces !== undefined) return pieces;
      throw new Refusal(
        'target-table',
        `The map tells that ${what.toLowerCase()} was changed since an earlier run, but not what stood there.`,
        UNDO_ADVICE,
      );
    });
}

/** Writes what `changesToUndo` has given, so that the target is what its map says. Throws a `Refusal`. */
export async function undoChanges(pieces: readonly TablePiece[], target: OpenTarget): Promise<void> {
  if (await write(target, pieces)) return;
  throw new Refusal(
    'target-table',
    `What was changed on ${target.path} since an earlier run cannot be put back.`,
    UNDO_ADVICE,
  );
}

/** In what a finished target is not what was read from the source, because it was changed afterwards. */
export interface TargetChanges {
  /** What stood there, the latest change first: laid over each other they give what was read. */
  readonly before: readonly TablePiece[];
  /** Places of which only the undo file knows what stood there. */
  readonly unknown: RangeSet;
}

/** The changes of a target that its map tells of. */
export function targetChanges(comments: readonly string[], targetBytes: number): TargetChanges {
  const told = toldChanges(comments, targetBytes).reverse();
  return {
    before: told.flatMap(({ pieces }) => (pieces ?? []).toReversed()),
    unknown: RangeSet.of(told.flatMap(({ elsewhere }) => elsewhere?.places ?? [])),
  };
}

/** The latest change of the GPT, and all of bootcheck, in their order. */
function toldChanges(comments: readonly string[], targetBytes: number): ToldChange[] {
  const table = comments.findLast((comment) => comment.startsWith(PREFIX));
  const boot = comments.filter((comment) => comment.startsWith(BOOT_FIX));
  return [
    ...(table === undefined
      ? []
      : [{ pieces: piecesOf(table.slice(PREFIX.length), targetBytes), what: 'The partition table' }]),
    ...boot.map((comment) => bootChange(comment.slice(BOOT_FIX.length), targetBytes)),
  ];
}

function bootChange(text: string, targetBytes: number): ToldChange {
  const what = 'The start of Windows';
  try {
    const { undoFile, pieces } = JSON.parse(text) as {
      undoFile: string;
      pieces: [number, string | number][];
    };
    if (typeof pieces[0]?.[1] !== 'number')
      return { pieces: piecesOf(JSON.stringify(pieces), targetBytes), what };
    const places = pieces.map(([start, length]) => ({ start, end: start + Number(length) }));
    return { pieces: undefined, elsewhere: { undoFile, places }, what };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return { pieces: undefined, what };
    throw error;
  }
}

/** The pieces in the comment; undefined when it is not what was written into it. */
function piecesOf(text: string, targetBytes: number): TablePiece[] | undefined {
  try {
    const pieces = JSON.parse(text) as [number, string][];
    return pieces.map(([start, before]) => {
      const after = Uint8Array.from(Buffer.from(before, 'base64'));
      const fits = Number.isSafeInteger(start) && start >= 0 && start + after.length <= targetBytes;
      if (!fits || after.length === 0) throw new SyntaxError('out of place');
      return { start, before: after, after };
    });
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

async function write(target: OpenTarget, pieces: readonly TablePiece[]): Promise<boolean> {
  for (const { start, after } of pieces) {
    if ((await target.write(start, after)).kind !== 'done') return false;
    // Each copy is safe before the other one is touched.
    if ((await target.flush()).kind !== 'done') return false;
  }
  return true;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function targetReader(target: OpenTarget) {
  return {
    sizeBytes: target.sizeBytes,
    async read(offset: number, length: number) {
      const bytes = new Uint8Array(length);
      const outcome = await target.read(offset, length, bytes);
      return { bytes, holes: outcome.kind === 'done' ? [] : [{ start: 0, end: length }] };
    },
  };
}
