import { u16, u32, u64 } from '../ntfs/little-endian.ts';
import { CloneError } from './clone-error.ts';
import type { Output } from './output.ts';
import type { ClusterEdit } from './serial-number.ts';

const SECTOR_BYTES_AT = 0x0b;
const SECTORS_PER_CLUSTER_AT = 0x0d;
const HIDDEN_SECTORS_AT = 0x1c;
const TOTAL_SECTORS_AT = 0x28;
/** The most sectors of a cluster that stand in the boot sector as they are; more are written as a power of two. */
const LARGEST_PLAIN_COUNT = 128;

/**
 * Fits the boot sector to the sectors of the device that is written to, as ntfsclone 2026 does (measured): sector size,
 * sectors of a cluster, hidden sectors, and the number of sectors, rounded down. The backup boot sector stays as it is.
 * `undefined` when the output has no sectors of its own. Throws a `CloneError` when a cluster is smaller than a sector.
 */
export function sectorSizeEdit(
  output: Output,
  clusterBytes: number,
  note: (text: string) => void,
): ClusterEdit | undefined {
  const { sectorBytes, path } = output;
  if (sectorBytes === undefined) {
    note(`--adjust-sector-size has no effect: ${path} is not a device, so it has no sectors of its own.`);
    return undefined;
  }
  if (clusterBytes < sectorBytes) {
    throw new CloneError(
      'refused',
      `Clusters of ${clusterBytes} bytes cannot lie on ${path}, whose sectors have ${sectorBytes} bytes.`,
      'Clone without --adjust-sector-size, or to a device with smaller sectors.',
    );
  }
  return (lcn, bytes) => {
    if (lcn !== 0) return;
    const old = u16(bytes, SECTOR_BYTES_AT);
    if (old === sectorBytes) {
      note(
        `No sector size adjustment needed. NTFS sector size already matches device sector size (${old} bytes).`,
      );
      return;
    }
    const scaled = (count: number): number => Math.floor((count * old) / sectorBytes);
    const count = clusterBytes / sectorBytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setUint16(SECTOR_BYTES_AT, sectorBytes, true);
    view.setUint8(SECTORS_PER_CLUSTER_AT, count > LARGEST_PLAIN_COUNT ? 256 - Math.log2(count) : count);
    view.setUint32(HIDDEN_SECTORS_AT, scaled(u32(bytes, HIDDEN_SECTORS_AT)), true);
    view.setBigUint64(TOTAL_SECTORS_AT, BigInt(scaled(u64(bytes, TOTAL_SECTORS_AT) ?? 0)), true);
  };
}
