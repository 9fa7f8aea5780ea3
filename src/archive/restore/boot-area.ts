import type { OpenTarget } from '../../block/target-device.ts';
import { parseBootSector } from '../../ntfs/boot-sector.ts';
import { NtfsError } from '../../ntfs/error.ts';
import type { SideVolume } from '../side/side-form.ts';

/** $Boot: the boot sector and the loader behind it. */
const BOOT_BYTES = 8192;
const SECTORS_PER_TRACK_AT = 0x18;
const HEADS_AT = 0x1a;
const HIDDEN_SECTORS_AT = 0x1c;
const DRIVE_AT = 0x24;
const SERIAL_AT = 0x48;
const CODE_AT = 0x54;
const MARK_AT = 0x1fe;
/** The first hard disk, as the firmware counts. */
const DRIVE = 0x80;
const SECTORS_PER_TRACK = 63;
const HEADS = 255;

/**
 * Puts the boot area of a restored volume right: the loader of Windows (mkntfs writes one that only says that it cannot
 * boot), the place of the partition on its disk, the geometry that loaders expect, the serial number; and the same boot
 * sector at the end of the volume, of which FSArchiver forgets the serial number. Undefined when done, else why not.
 */
export async function writeBootArea(
  target: Pick<OpenTarget, 'read' | 'write'>,
  side: SideVolume | undefined,
  partitionStartBytes: number,
): Promise<string | undefined> {
  const area = Buffer.alloc(BOOT_BYTES);
  const read = await target.read(0, BOOT_BYTES, area);
  if (read.kind !== 'done') return 'the boot sector cannot be read back';
  let boot: ReturnType<typeof parseBootSector>;
  try {
    boot = parseBootSector(area, 0);
  } catch (error) {
    if (!(error instanceof NtfsError)) throw error;
    return error.message;
  }
  const code = side?.boot === undefined ? undefined : Buffer.from(side.boot, 'base64');
  const fits = code?.length === BOOT_BYTES && side?.sectorBytes === boot.sectorBytes;
  if (code !== undefined && fits) {
    code.copy(area, 0, 0, 3);
    code.copy(area, CODE_AT, CODE_AT, MARK_AT);
    code.copy(area, 512, 512);
  }
  area.writeUInt16LE(SECTORS_PER_TRACK, SECTORS_PER_TRACK_AT);
  area.writeUInt16LE(HEADS, HEADS_AT);
  area.writeUInt32LE(Math.floor(partitionStartBytes / boot.sectorBytes) % 2 ** 32, HIDDEN_SECTORS_AT);
  area[DRIVE_AT] = DRIVE;
  if (side !== undefined) Buffer.from(side.serial, 'hex').reverse().copy(area, SERIAL_AT);
  const sector = area.subarray(0, boot.sectorBytes);
  // The copy first: if only one of the two is written, it is the one that is of no use without the other.
  if ((await target.write(boot.volumeBytes, sector)).kind !== 'done') {
    return 'the backup boot sector cannot be written';
  }
  if ((await target.write(0, area)).kind !== 'done') return 'the boot sector cannot be written';
  return code === undefined || fits
    ? undefined
    : 'the loader was left out: it is for sectors of another size than the target has';
}
