import { randomBytes } from 'node:crypto';
import { shown, u16, u32, u64 } from '../ntfs/little-endian.ts';

/** `full`: all eight bytes are new. `half`: only the upper four, which Windows does not show. */
export type NewSerial = 'full' | 'half';

/** Changes the bytes of clusters on their way. */
export type ClusterEdit = (lcn: number, bytes: Uint8Array) => void;

const SERIAL_AT = 0x48;
const SERIAL_BYTES = 8;
const OEM_AT = 3;

/**
 * Gives a volume a new serial number while its clusters pass: in the boot sector, and in the backup boot sector, which
 * lies at the byte that the first one tells, or in the last sector of the device. Only what looks like a boot sector of
 * NTFS is changed. `onNew` is told the number, 16 hexadecimal digits.
 */
export function serialEdit(
  kind: NewSerial,
  clusterBytes: number,
  onNew: (serial: string) => void,
): ClusterEdit {
  const serial = randomBytes(SERIAL_BYTES);
  let backupAt: number | undefined;
  let sectorBytes = 512;
  const put = (sector: Uint8Array): boolean => {
    if (sector.length < 512 || shown(sector, OEM_AT, 8) !== '"NTFS    "') return false;
    const from = kind === 'half' ? SERIAL_BYTES / 2 : 0;
    sector.set(serial.subarray(from), SERIAL_AT + from);
    return true;
  };
  return (lcn, bytes) => {
    if (lcn === 0 && put(bytes)) {
      const told = u16(bytes, 0x0b);
      if (told >= 256 && told <= 4096 && Number.isInteger(Math.log2(told))) sectorBytes = told;
      backupAt = (u64(bytes, 0x28) ?? 0) * sectorBytes;
      onNew(hex(bytes, SERIAL_AT + 4) + hex(bytes, SERIAL_AT));
      return;
    }
    if (backupAt === undefined) return;
    const start = lcn * clusterBytes;
    const end = start + bytes.length;
    if (backupAt < start || backupAt + sectorBytes > end) return;
    put(bytes.subarray(backupAt - start, backupAt - start + sectorBytes));
  };
}

function hex(bytes: Uint8Array, offset: number): string {
  return u32(bytes, offset).toString(16).padStart(8, '0');
}
