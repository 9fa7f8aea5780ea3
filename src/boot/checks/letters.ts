import { guidText } from '../../partition/guid.ts';
import { HiveError, HiveUnreadable } from '../../registry/error.ts';
import type { HiveKey } from '../../registry/key.ts';
import type { HiveValue } from '../../registry/value.ts';
import { partName } from '../boot-disk.ts';
import type { WindowsInstall } from '../boot-system.ts';
import type { CheckContext } from '../context.ts';
import { filePieces } from '../file-pieces.ts';
import { Check, type Finding, type Remedy } from '../finding.ts';
import { byteFix } from '../fix.ts';
import { hexBytes } from '../hex.ts';
import { type HiveFile, isHive } from '../hive-file.ts';
import { inHive } from '../stores.ts';
import {
  clearedKey,
  guidIn,
  letterPlace,
  MOUNTED_DEVICES,
  ownLetter,
  signatureIn,
  systemHive,
} from '../system-hive.ts';

/** R1: whether each Windows knows its own partition by its letter. */
export async function checkLetters(context: CheckContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const install of context.system.installs) findings.push(await checkInstall(context, install));
  return findings;
}

async function checkInstall(context: CheckContext, install: WindowsInstall): Promise<Finding> {
  const { table } = context.disk;
  const { part } = install;
  const letter = await ownLetter(install);
  const check = new Check('R1', part.number, `${letter}: is ${partName(part)}`);
  const opened = await systemHive(install);
  if (!isHive(opened)) {
    const { kind, message } = opened;
    const isCertain = kind === 'damaged' || kind === 'missing';
    return isCertain
      ? check.failing(kind, `${message} Windows does not start without it.`, { advice: BACKUP })
      : check.unknown(kind, message);
  }
  try {
    const key = await opened.hive.find(MOUNTED_DEVICES);
    const value = await key?.value(`\\DosDevices\\${letter}:`);
    if (key === undefined || value === undefined) return check.ok('not remembered: it is found anew');
    const read = placeText(value.data);
    const place = letterPlace(table, part);
    if (place === undefined) {
      return check.unknown(read, 'On which disk and partition this volume will be is not known.');
    }
    if (sameBytes(value.data, place)) return check.ok(read);
    const remedy = await remedyOf(context, opened, install, key, value, place, letter);
    if (install.kind === 'ntldr') {
      return check.failing(
        read,
        `${letter}: is taken for another partition: XP hangs at its welcome screen.`,
        remedy,
      );
    }
    const meaning = `${letter}: is taken for another partition: Windows starts with other letters, and may not let anybody in.`;
    return check.warning(read, meaning, remedy);
  } catch (error) {
    if (error instanceof HiveUnreadable) return check.unknown('unreadable', error.message);
    if (!(error instanceof HiveError)) throw error;
    return check.failing('damaged', error.message, { advice: BACKUP });
  }
}

const BACKUP = 'Windows keeps copies of it in \\Windows\\System32\\config\\RegBack (XP: \\WINDOWS\\repair).';

function placeText(data: Uint8Array): string {
  const signature = signatureIn(data);
  if (signature !== undefined) {
    const offset = new DataView(data.buffer, data.byteOffset).getBigUint64(4, true);
    return `disk ${signature}, byte ${offset}`;
  }
  const guid = guidIn(data);
  return guid === undefined ? hexBytes(data.subarray(0, 12)) : `partition ${guidText(guid, 0).toLowerCase()}`;
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, i) => byte === other[i]);

async function remedyOf(
  { disk }: CheckContext,
  { file, unclean }: HiveFile,
  { part }: WindowsInstall,
  key: HiveKey,
  value: HiveValue,
  place: Uint8Array,
  letter: string,
): Promise<Partial<Remedy>> {
  if (unclean !== undefined) {
    return {
      advice: `The registry is not written to: ${unclean}. Start this Windows once where it still runs, and shut it down.`,
    };
  }
  const what = `place of ${letter}: in the registry`;
  const fits = value.data.length === place.length;
  const edits = fits ? inHive(value, 0, place, what) : await clearedKey(key, 'letters in the registry');
  const pieces = await filePieces(disk, part, file, edits);
  if (typeof pieces === 'string')
    return { advice: `The registry cannot be changed in its place: ${pieces}.` };
  if (fits) return { fix: byteFix(`Names ${partName(part)} as ${letter}:.`, 'medium', pieces) };
  const does =
    'Clears all letters: the place has another form than this disk needs. Windows gives them anew.';
  return { fix: byteFix(does, 'medium', pieces, { beware: 'Other partitions may get other letters.' }) };
}
