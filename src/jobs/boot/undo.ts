import { resolve } from 'node:path';
import { readBootId } from '../../block/boot-id.ts';
import type { OpenTarget } from '../../block/target-device.ts';
import type { Piece } from '../../boot/fix.ts';
import { findEnd } from '../find-end.ts';
import { differences, differencesText, endOf } from '../job-identity.ts';
import { Refusal } from '../refusal.ts';
import { type BootTarget, bootTarget } from './boot-target.ts';
import { jobsOfDisk } from './disk-jobs.ts';
import { removeFirmwareEntry } from './firmware-entry.ts';
import { forgetInMap } from './map-note.ts';
import { rereadTable } from './repair.ts';
import { guardRepair } from './repair-guard.ts';
import { readUndoFile, UndoFile, type UndoFix, type UndoLog } from './undo-file.ts';
import { bytesAt, openForRepair, writePieces } from './write-pieces.ts';

/** What is to be put back, and where. */
export interface PlannedUndo {
  readonly path: string;
  readonly target: BootTarget;
  /** The latest first. */
  readonly fixes: readonly UndoFix[];
}

/**
 * Reads an undo file and finds its disk, whatever that is called now (`device` says it). Throws a `Refusal` when all was
 * put back already, the disk is not there, or the one that was named is another.
 */
export async function planUndo(path: string, device: string | undefined): Promise<PlannedUndo> {
  const log = await readUndoFile(path);
  if (log.undone !== undefined) {
    throw new Refusal(
      'undone',
      `All of ${path} was put back on ${log.undone}.`,
      'There is nothing left to be done.',
    );
  }
  const target = await bootTarget(device ?? (await whereIs(log)));
  const here = endOf(target.facts, target.facts.sizeBytes, await readBootId());
  const other = here === undefined ? [] : differences(log.disk, here);
  if (other.length > 0) {
    throw new Refusal(
      'other-disk',
      `${target.wholePath} is not the disk of ${path}: ${differencesText(other)}.`.replaceAll(
        'the job has',
        'the file has',
      ),
      'Attach that disk, or name it.',
    );
  }
  return { path, target, fixes: log.fixes.toReversed() };
}

async function whereIs({ disk }: UndoLog): Promise<string> {
  const found = await findEnd(disk, undefined, new Set());
  if (found.kind === 'found') return found.path;
  throw new Refusal(
    'device-missing',
    found.kind === 'unsure'
      ? `Several disks could be that of the undo file: ${found.paths.join(', ')}.`
      : `The disk of the undo file (${disk.path}) is not attached.`,
    'Name the disk behind the undo file.',
  );
}

/**
 * Puts everything back. Unless `force`, nothing is touched when any byte is neither what the fix wrote nor what was there
 * before. Throws a `Refusal`, or a `WriteFailure` when the disk does not take it.
 */
export async function undoFixes(planned: PlannedUndo, force: boolean): Promise<void> {
  const { path, target, fixes } = planned;
  const jobs = await jobsOfDisk(target.facts);
  await guardRepair(target, jobs, force);
  const pieces = fixes.flatMap((fix) => fix.pieces.toReversed());
  const open = await openForRepair(target);
  try {
    if (!force) await refuseChanged(open, planned);
    await writePieces(open, backwards(pieces));
    for (const job of jobs.asTarget) await forgetInMap(job, resolve(path));
  } finally {
    await open.close();
  }
  await rereadTable(target);
  for (const { firmwareEntry } of fixes)
    if (firmwareEntry !== undefined) await removeFirmwareEntry(firmwareEntry);
  await new UndoFile(path, true).noteUndone();
}

/**
 * The bytes that were there before the first fix: where two fixes lie over each other, the earlier one is written last,
 * so that every byte is compared with what it ends as.
 */
function backwards(pieces: readonly Piece[]): Piece[] {
  return pieces.map((piece, i) => {
    const after = piece.before.slice();
    for (const later of pieces.slice(i + 1)) layOver(after, piece.start, later.start, later.before);
    return { ...piece, before: piece.after, after };
  });
}

/** Plays the undoing through on what the disk holds: each byte has to be what its fix wrote, or what was before it. */
async function refuseChanged(open: OpenTarget, { fixes, path }: PlannedUndo): Promise<void> {
  const restored: Piece[] = [];
  for (const { fix, pieces } of fixes) {
    const found = await bytesAt(open, pieces);
    for (const [i, piece] of [...pieces.entries()].reverse()) {
      const bytes = found[i] as Uint8Array;
      for (const later of restored) layOver(bytes, piece.start, later.start, later.before);
      const wrong = bytes.findIndex((byte, at) => byte !== piece.after[at] && byte !== piece.before[at]);
      if (wrong >= 0) {
        throw new Refusal(
          'disk-changed',
          `Byte ${piece.start + wrong} of the disk is not what ${fix} wrote there (${piece.what}): something has changed it since.`,
          `--force puts back all of ${path} all the same; what has changed since is lost then.`,
          true,
        );
      }
      restored.push(piece);
    }
  }
}

/** Lays `upper`, which begins at byte `upperStart`, over the part of `bytes` at `start` that it covers. */
function layOver(bytes: Uint8Array, start: number, upperStart: number, upper: Uint8Array): void {
  const from = Math.max(start, upperStart);
  const to = Math.min(start + bytes.length, upperStart + upper.length);
  if (from < to) bytes.set(upper.subarray(from - upperStart, to - upperStart), from - start);
}
