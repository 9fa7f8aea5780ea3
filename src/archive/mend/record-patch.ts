import type { OpenTarget } from '../../block/target-device.ts';
import { ATTRIBUTE } from '../../ntfs/attribute.ts';
import { SYSTEM_RECORD } from '../../ntfs/attribute-role.ts';
import type { OpenVolume } from '../../ntfs/file-attributes.ts';
import { undoFixups } from '../../ntfs/fixup.ts';
import { u16, u32 } from '../../ntfs/little-endian.ts';
import { mirrorRecordCount } from '../../ntfs/mft-mirror.ts';
import { runIndexAt } from '../../ntfs/run-list.ts';

/** Bytes to write into the resident value of an attribute. */
export interface ValuePatch {
  readonly type: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const STRIDE = 512;
const HEADER_BYTES = 24;
const END_MARK = 0xffffffff;

/**
 * Changes bytes inside of resident values of a record, on a volume that is not mounted; nothing is moved and no size
 * changes. For what no driver sets: the time of the record's own last change, the volume's version. The first records
 * are changed in $MFTMirr too. False when the record is not as expected; nothing is written then.
 */
export async function patchRecord(
  target: Pick<OpenTarget, 'read' | 'write'>,
  volume: OpenVolume,
  number: number,
  patches: readonly ValuePatch[],
): Promise<boolean> {
  const { boot } = volume;
  const place = placeOf(volume, number);
  if (place === undefined) return false;
  const record = new Uint8Array(boot.recordBytes);
  if ((await target.read(place, record.length, record)).kind !== 'done') return false;
  if (u32(record, 0) !== 0x454c4946 || undoFixups(record, [], record.length) !== undefined) return false;
  let changed = false;
  for (const patch of patches) {
    const at = valueAt(record, patch);
    if (at === undefined) return false;
    if (patch.bytes.every((byte, i) => record[at + i] === byte)) continue;
    record.set(patch.bytes, at);
    changed = true;
  }
  if (!changed) return true;
  redoFixups(record);
  if ((await target.write(place, record)).kind !== 'done') return false;
  if (number >= mirrorRecordCount(boot)) return true;
  return (
    (await target.write(boot.mftMirrLcn * boot.clusterBytes + number * boot.recordBytes, record)).kind ===
    'done'
  );
}

/** Byte of the volume at which a record lies, when it lies in one piece. */
function placeOf({ boot, mft }: OpenVolume, number: number): number | undefined {
  const offset = number * boot.recordBytes;
  const run = mft.runs[runIndexAt(mft.runs, Math.floor(offset / boot.clusterBytes))];
  if (run?.lcn === undefined || run.vcn * boot.clusterBytes > offset) return undefined;
  const inRun = offset - run.vcn * boot.clusterBytes;
  if (inRun + boot.recordBytes > run.length * boot.clusterBytes) return undefined;
  return run.lcn * boot.clusterBytes + inRun;
}

/** Where the bytes of a patch lie in the record; undefined when there is no such resident value, or it is too short. */
function valueAt(record: Uint8Array, { type, offset, bytes }: ValuePatch): number | undefined {
  for (let at = u16(record, 20); at + HEADER_BYTES <= record.length; ) {
    const found = u32(record, at);
    const length = u32(record, at + 4);
    if (found === END_MARK || length < HEADER_BYTES || at + length > record.length) return undefined;
    if (found === type && record[at + 8] === 0) {
      const start = at + u16(record, at + 20);
      if (offset + bytes.length > u32(record, at + 16) || start + offset + bytes.length > at + length) {
        return undefined;
      }
      return start + offset;
    }
    at += length;
  }
  return undefined;
}

/** Puts the update sequence in again, with the next number. */
function redoFixups(record: Uint8Array): void {
  const offset = u16(record, 4);
  // Neither 0 nor 0xffff is a number.
  const number = (u16(record, offset) % 0xfffe) + 1;
  record[offset] = number & 0xff;
  record[offset + 1] = number >>> 8;
  for (let i = 0; i < record.length / STRIDE; i++) {
    const end = (i + 1) * STRIDE;
    record[offset + 2 + 2 * i] = record[end - 2] as number;
    record[offset + 3 + 2 * i] = record[end - 1] as number;
    record[end - 2] = number & 0xff;
    record[end - 1] = number >>> 8;
  }
}

/** Patches of $STANDARD_INFORMATION: the four times, and attributes and versions where they are given. */
export function standardPatches(
  times: readonly [string, string, string, string],
  attributes: number,
  versions: readonly [number, number, number],
): ValuePatch[] {
  const value = Buffer.alloc(48);
  for (const [i, time] of times.entries()) value.writeBigUInt64LE(BigInt(`0x${time}`), 8 * i);
  value.writeUInt32LE(attributes >>> 0, 32);
  for (const [i, version] of versions.entries()) value.writeUInt32LE(version >>> 0, 36 + 4 * i);
  return [{ type: ATTRIBUTE.STANDARD_INFORMATION, offset: 0, bytes: value }];
}

/** Sets the version of NTFS that the volume says it has. */
export function patchVersion(
  target: Pick<OpenTarget, 'read' | 'write'>,
  volume: OpenVolume,
  version: string,
): Promise<boolean> {
  const [major = 3, minor = 1] = version.split('.').map(Number);
  const patch = { type: ATTRIBUTE.VOLUME_INFORMATION, offset: 8, bytes: Uint8Array.of(major, minor) };
  return patchRecord(target, volume, SYSTEM_RECORD.VOLUME, [patch]);
}
