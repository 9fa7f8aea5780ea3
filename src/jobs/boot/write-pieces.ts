import { OpenError } from '../../block/open-error.ts';
import { type OpenTarget, openTargetFile } from '../../block/target-device.ts';
import { openUnlocked } from '../../block/unlocked-target.ts';
import type { Piece } from '../../boot/fix.ts';
import { Refusal } from '../refusal.ts';
import type { BootTarget } from './boot-target.ts';

/** So many pieces are flushed one by one; more come from a driver, and have no order that matters. */
const MOST_SINGLE_FLUSHES = 64;

/** Opens the disk or image for writing, alone. Throws a `Refusal`. */
export async function openForRepair({ wholePath, facts }: BootTarget): Promise<OpenTarget> {
  try {
    const target = facts.kind === 'block' ? await openUnlocked(facts) : await openTargetFile(wholePath);
    if (await target.lockExclusively()) return target;
    await target.close();
  } catch (error) {
    if (error instanceof OpenError) throw new Refusal(error.code, error.message, error.advice);
    throw error;
  }
  throw new Refusal('disk-busy', `Another program is writing to ${wholePath}.`, 'Wait until it has ended.');
}

/** The bytes at the places of the pieces, as they are now. Throws a `Refusal` where they cannot be read. */
export async function bytesAt(target: OpenTarget, pieces: readonly Piece[]): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (const { start, after } of pieces) {
    const bytes = new Uint8Array(after.length);
    const outcome = await target.read(start, after.length, bytes);
    if (outcome.kind !== 'done') {
      throw new Refusal(
        'disk-unreadable',
        `${target.path} cannot be read at byte ${start}.`,
        'A disk that fails is no place for repairs: clone it first.',
      );
    }
    found.push(bytes);
  }
  return found;
}

/** A disk that did not take what was written to it: it may hold a part of it. */
export class WriteFailure extends Error {}

/** Writes the pieces in their order, sees to it that they are on stable storage, and reads them back from there. */
export async function writePieces(target: OpenTarget, pieces: readonly Piece[]): Promise<void> {
  for (const { start, after } of pieces) {
    await done(target, target.write(start, after), start);
    // At each moment one copy of a table is whole.
    if (pieces.length <= MOST_SINGLE_FLUSHES) await done(target, target.flush(), start);
  }
  await done(target, target.flush(), pieces[0]?.start ?? 0);
  for (const { start, after } of pieces) {
    const bytes = new Uint8Array(after.length);
    const outcome =
      (await target.readBack(start, after.length, bytes)) ?? (await target.read(start, after.length, bytes));
    const isSame = outcome.kind === 'done' && bytes.every((byte, i) => byte === after[i]);
    if (!isSame)
      throw new WriteFailure(`${target.path} does not hold at byte ${start} what was written there.`);
  }
}

async function done(target: OpenTarget, work: ReturnType<OpenTarget['flush']>, start: number): Promise<void> {
  const outcome = await work;
  if (outcome.kind === 'done') return;
  const why = 'errno' in outcome ? ` (${outcome.errno})` : '';
  throw new WriteFailure(`${target.path} cannot be written at byte ${start}${why}.`);
}
