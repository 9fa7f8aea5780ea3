import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { openBootDisk } from './boot-disk.ts';
import { findBootSystem } from './boot-system.ts';
import { checkActive } from './checks/active.ts';
import { checkBootCode } from './checks/boot-code.ts';
import { checkBootIni } from './checks/boot-ini.ts';
import { checkBootSectors } from './checks/boot-sector.ts';
import { checkBootStores } from './checks/boot-store.ts';
import { checkDrivers } from './checks/drivers.ts';
import { checkEsp } from './checks/esp.ts';
import { checkFirmware } from './checks/firmware.ts';
import { checkCopies, checkGptTypes } from './checks/gpt.ts';
import { checkGuids, checkSignature } from './checks/identity.ts';
import { checkLetters } from './checks/letters.ts';
import { checkLoaderFiles } from './checks/loader-files.ts';
import { checkMark, checkMbrCode, checkPlaces } from './checks/mbr.ts';
import { checkTypes } from './checks/table-types.ts';
import { checkBitlocker, checkState } from './checks/volume.ts';
import type { CheckContext } from './context.ts';
import { Check, type Finding } from './finding.ts';
import { ITEM_IDS } from './items.ts';

/** What is checked: a disk, or the image of one or of a volume, and what is known beside it. */
export interface CheckInput extends Omit<CheckContext, 'disk' | 'system'> {
  readonly reader: VolumeReader;
  /** Bytes of a logical sector of the device; undefined for an image. */
  readonly deviceSectorBytes: number | undefined;
}

/** All findings, in the order of the items and of the partitions; and what they were found in. */
export interface CheckResult {
  readonly context: CheckContext;
  readonly findings: readonly Finding[];
}

const CHECKS: readonly ((context: CheckContext) => Finding[] | Promise<Finding[]>)[] = [
  checkMark,
  checkMbrCode,
  checkSignature,
  checkActive,
  checkPlaces,
  checkCopies,
  checkGuids,
  checkGptTypes,
  checkTypes,
  checkBootSectors,
  checkBootCode,
  checkBitlocker,
  checkLoaderFiles,
  checkState,
  checkBootIni,
  checkBootStores,
  checkLetters,
  checkDrivers,
  checkEsp,
  checkFirmware,
];

/**
 * Runs all checks. Reads only; what is damaged is told in findings. Rejects when the reader does, and with the
 * signal's reason.
 */
export async function runChecks(input: CheckInput, signal?: AbortSignal): Promise<CheckResult> {
  const { reader, deviceSectorBytes, ...rest } = input;
  const disk = await openBootDisk(reader, deviceSectorBytes);
  const context: CheckContext = { ...rest, disk, system: await findBootSystem(disk) };
  const found: Finding[] = [];
  for (const check of CHECKS) {
    signal?.throwIfAborted();
    found.push(...(await check(context)));
  }
  const findings = ITEM_IDS.flatMap((item) => {
    const own = found.filter((one) => one.item === item);
    if (own.length === 0) return [new Check(item, undefined, '').notApplicable('nothing of the kind')];
    return own.toSorted((a, b) => (a.part ?? 0) - (b.part ?? 0));
  });
  return { context, findings };
}
