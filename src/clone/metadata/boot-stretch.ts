const SERIAL_AT = 0x48;
const CHECKSUM_AT = 0x50;
const CODE_AT = 0x54;
const SIGNATURE_AT = 0x1fe;
const SECTOR_BYTES = 0x200;

/**
 * Clears in a boot sector what tells the volume from others or may hold anything: the serial number, the boot code, and
 * all that follows the sector's first 512 bytes.
 */
export function clearBootSector(bytes: Uint8Array): void {
  bytes.fill(0, SERIAL_AT, CHECKSUM_AT);
  bytes.fill(0, CODE_AT, SIGNATURE_AT);
  bytes.fill(0, SECTOR_BYTES);
}
