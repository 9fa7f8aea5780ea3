import { PROTECTIVE } from '../../partition/mbr.ts';
import { type BootPart, partName } from '../boot-disk.ts';
import { canBeStarted } from '../boot-system.ts';
import type { CheckContext } from '../context.ts';
import { Check, type Finding, type Remedy } from '../finding.ts';
import { byteFix, type Piece } from '../fix.ts';
import { hexByte } from '../hex.ts';

const ACTIVE = 0x80;

/** M4: the one partition that a BIOS starts. */
export function checkActive(context: CheckContext): Finding[] {
  const { disk, system } = context;
  const check = new Check('M4', undefined, 'one active (80), with a loader');
  if (system.platform === 'volume') return [check.notApplicable('a volume without a table')];
  if (system.platform === 'uefi') return [check.notApplicable('UEFI does not use it')];
  const { first } = disk;
  if (first === undefined)
    return [check.unknown('unreadable', 'The first sector of the disk cannot be read.')];
  const status = [0, 1, 2, 3].map((slot) => first[statusAt(slot)] ?? 0);
  const active = status.flatMap((byte, slot) => (byte === ACTIVE ? [slot + 1] : []));
  const odd = status.some((byte) => byte !== 0 && byte !== ACTIVE);
  const read = odd ? status.map(hexByte).join(' ') : activeText(active);
  const remedy = { position: PROTECTIVE.ENTRIES, ...remedyOf(context, status) };
  if (odd) return [check.failing(read, 'A status other than 80 and 00 stops the start.', remedy)];
  const [number, ...more] = active;
  if (number === undefined) return [check.failing(read, 'The BIOS finds no partition to start.', remedy)];
  if (more.length > 0)
    return [check.failing(read, 'The code of the MBR stops when several are active.', remedy)];
  const part = disk.parts.find((one) => one.number === number);
  if (part === undefined) {
    return [check.failing(read, `Slot ${number} holds no partition that could be started.`, remedy)];
  }
  if (system.loaders.some((one) => one.part === part)) return [check.ok(read)];
  // Where no loader is anywhere, that is what F1 tells of.
  if (system.bootPart === part) return [check.ok(read)];
  if (part.content.kind === 'bitlocker') {
    return [
      check.unknown(read, 'It is encrypted by BitLocker, so nobody can see whether a loader is there.'),
    ];
  }
  const meaning = `${capital(partName(part))} is started, but neither bootmgr nor NTLDR is on it.`;
  return [check.failing(read, meaning, remedy)];
}

const statusAt = (slot: number): number => PROTECTIVE.ENTRIES + slot * PROTECTIVE.ENTRY_BYTES;

function activeText(active: readonly number[]): string {
  if (active.length === 0) return 'none is active';
  return active.length === 1 ? `partition ${active[0]}` : `partitions ${active.join(', ')}`;
}

function remedyOf({ disk, system, supplies }: CheckContext, status: readonly number[]): Partial<Remedy> {
  const wanted = chosenPart(disk.parts, supplies.activePartition) ?? system.bootPart;
  if (wanted === undefined || wanted.number === undefined) {
    const logical = system.loaders.find(({ part }) => !canBeStarted(part));
    if (logical !== undefined && system.loaders.length === 1) {
      return {
        advice: `The loader is on ${partName(logical.part)}, a logical partition, which a BIOS cannot start: restore it into a primary one.`,
      };
    }
    const choice = system.loaders.map(({ part }) => part).filter(canBeStarted);
    return choice.length > 1
      ? { advice: `Say which one with --active: ${choice.map(partName).join(', ')} have a loader.` }
      : { advice: 'No primary partition has a loader (see F1); --active N names one all the same.' };
  }
  const pieces = status.flatMap((byte, slot): Piece[] => {
    const after = slot + 1 === wanted.number ? ACTIVE : 0;
    if (byte === after) return [];
    const what = `status of partition ${slot + 1} in the table`;
    return [{ start: statusAt(slot), before: Uint8Array.of(byte), after: Uint8Array.of(after), what }];
  });
  if (pieces.length === 0) return { advice: 'See F1: its loader is missing.' };
  const does = `Makes ${partName(wanted)} the active one.`;
  return { fix: byteFix(does, 'low', pieces) };
}

/** The partition that the user named, if it can be started. */
function chosenPart(parts: readonly BootPart[], number: number | undefined): BootPart | undefined {
  return parts.find(
    (part) => number !== undefined && part.number === number && part.partition?.kind === 'primary',
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
