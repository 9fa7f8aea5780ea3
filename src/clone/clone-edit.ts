import type { CloneListener } from './clone-listener.ts';
import type { Output } from './output.ts';
import { sectorSizeEdit } from './sector-size.ts';
import { type ClusterEdit, type NewSerial, serialEdit } from './serial-number.ts';

/**
 * What is changed in clusters on their way to a raw output: serial number, and the boot sector for other sectors when
 * `adjustTo` is given. Throws a `CloneError` when that is impossible.
 */
export function cloneEdit(
  newSerial: NewSerial | undefined,
  adjustTo: Output | undefined,
  clusterBytes: number,
  listener: CloneListener,
): ClusterEdit {
  // The serial number first: the place of the backup boot sector is told in the old sectors.
  const edits = [
    newSerial && serialEdit(newSerial, clusterBytes, (serial) => listener.newSerial(serial)),
    adjustTo && sectorSizeEdit(adjustTo, clusterBytes, (text) => listener.note(text)),
  ];
  return (lcn, bytes) => {
    for (const edit of edits) edit?.(lcn, bytes);
  };
}
