import { ATTRIBUTE } from '../ntfs/attribute.ts';
import { readAttribute } from '../ntfs/attribute-data.ts';
import { SYSTEM_RECORD } from '../ntfs/attribute-role.ts';
import { fileAttribute } from '../ntfs/file-attributes.ts';
import { inHole } from '../ntfs/holes.ts';
import { CloneError } from './clone-error.ts';
import type { CloneListener } from './clone-listener.ts';
import { ClusterBitmap } from './cluster-bitmap.ts';
import type { CloneVolume } from './open-volume.ts';
import { inconsistent } from './volume-walk.ts';

const CHUNK_BYTES = 2 ** 18;
/** So many mismatches are told one by one. */
const TOLD = 10;
/** What cannot be read of $Bitmap is unknown in pieces of this size: holes are whole sectors. */
const HOLE_STEP = 512;

/**
 * Compares the clusters of the files with $Bitmap and returns those that only $Bitmap calls used. One difference is
 * enough for a `CloneError`, unless `ignoreFsCheck`.
 */
export async function accountClusters(
  volume: CloneVolume,
  owned: ClusterBitmap,
  ignoreFsCheck: boolean,
  listener: CloneListener,
): Promise<ClusterBitmap> {
  listener.phase('accounting');
  const { clusterCount, clusterBytes } = volume.geometry;
  const state = await volume.mft.record(SYSTEM_RECORD.BITMAP);
  const record = state.state === 'in-use' ? state.record : undefined;
  const data = record && (await fileAttribute(volume, record, ATTRIBUTE.DATA, ''));
  if (data === undefined) {
    throw new CloneError('refused', "Couldn't get $Bitmap $DATA", 'The volume is damaged.', 'EIO');
  }
  const needed = Math.ceil(clusterCount / 8);
  if (data.dataBytes < needed) {
    throw inconsistent(`$Bitmap size is smaller than expected (${data.dataBytes} < ${needed})`);
  }
  const extra = new ClusterBitmap(clusterCount);
  let count = 0;
  let hasMiddleBackup = false;
  const differ = (cluster: number, isOwned: boolean): void => {
    // NTFS before 3.0 kept its second boot sector in the middle of the volume, in no file.
    if (count === 0 && !isOwned && !hasMiddleBackup && cluster === Math.floor(clusterCount / 2)) {
      hasMiddleBackup = true;
      listener.note('Found backup boot sector in the middle of the volume.');
      return;
    }
    count++;
    if (count <= TOLD) listener.mismatch(cluster, isOwned ? 'missing' : 'extra');
    if (!isOwned && cluster < clusterCount) extra.add({ lcn: cluster, length: 1 }, () => undefined);
  };

  const end = Math.min(owned.bytes.length, data.dataBytes);
  for (let at = 0; at < end; at += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, end - at);
    const { bytes, holes } = await readAttribute(volume.reader, data, clusterBytes, at, length);
    for (let step = 0; step < length; step += HOLE_STEP) {
      const until = Math.min(step + HOLE_STEP, length);
      if (!inHole(holes, step, until)) continue;
      if (!ignoreFsCheck) {
        throw new CloneError(
          'unreadable',
          "Couldn't get $Bitmap $DATA",
          'A part of it cannot be read.',
          'EIO',
        );
      }
      // Nobody can tell which of these clusters are in use: all of them may be.
      bytes.fill(0xff, step, until);
    }
    for (let i = 0; i < length; i++) {
      const [own, told] = [owned.bytes[at + i] ?? 0, bytes[i] ?? 0];
      if (own === told) continue;
      for (let bit = 0; bit < 8; bit++) {
        if ((((own ^ told) >>> bit) & 1) === 1) differ((at + i) * 8 + bit, ((own >>> bit) & 1) === 1);
      }
    }
  }
  if (count === 0) return extra;
  listener.mismatches(count, ignoreFsCheck);
  if (!ignoreFsCheck) {
    throw inconsistent(
      "Filesystem check failed! Windows wasn't shutdown properly or inconsistent filesystem.",
    );
  }
  return extra;
}
