import { u8, u16, u32 } from '../ntfs/little-endian.ts';
import { guidText } from '../partition/guid.ts';
import type { FirmwareEntry } from './supplies.ts';

const ACTIVE = 1;
const MOST_LABEL_UNITS = 512;
const MOST_NODES = 32;
/** Nodes of a device path (UEFI 2.10, 10.3): a partition, and a file on it. */
const MEDIA = 4;
const HARD_DRIVE = 1;
const FILE_PATH = 4;
const SIGNATURE_IS_GUID = 2;
const END = 0x7f;

/** Reads an entry of the firmware's boot list (EFI_LOAD_OPTION, UEFI 2.10, 3.1.3); `undefined` when it is none. */
export function parseLoadOption(number: string, bytes: Uint8Array): FirmwareEntry | undefined {
  if (bytes.length < 8) return undefined;
  const pathBytes = u16(bytes, 4);
  const label = textAt(bytes, 6, Math.min(bytes.length, 6 + 2 * MOST_LABEL_UNITS));
  let at = 6 + 2 * label.length + 2;
  const end = Math.min(bytes.length, at + pathBytes);
  let partitionGuid: string | undefined;
  let loader: string | undefined;
  for (let i = 0; i < MOST_NODES && at + 4 <= end; i++) {
    const [type, subtype, length] = [u8(bytes, at), u8(bytes, at + 1), u16(bytes, at + 2)];
    if (type === END || length < 4 || at + length > end) break;
    if (
      type === MEDIA &&
      subtype === HARD_DRIVE &&
      length >= 42 &&
      u8(bytes, at + 41) === SIGNATURE_IS_GUID
    ) {
      partitionGuid = guidText(bytes, at + 24).toLowerCase();
    }
    if (type === MEDIA && subtype === FILE_PATH) loader = (loader ?? '') + textAt(bytes, at + 4, at + length);
    at += length;
  }
  return { number, label, active: (u32(bytes, 0) & ACTIVE) !== 0, partitionGuid, loader };
}

/** UTF-16 text up to the first NUL, or to `end`. */
function textAt(bytes: Uint8Array, offset: number, end: number): string {
  let text = '';
  for (let at = offset; at + 2 <= end; at += 2) {
    const unit = u16(bytes, at);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}
