import type { ByteSink, CloneGeometry, ClusterSink } from './cluster-sink.ts';
import { encodeImageHeader } from './image-header.ts';

/** The commands of the special image format. */
export const COMMAND = { GAP: 0, NEXT: 1 } as const;

const NEXT = Uint8Array.of(COMMAND.NEXT);

/**
 * Writes ntfsclone's special image format: for each cluster a byte 1 and its data, and where the next cluster is not
 * the one behind, a byte 0 and the distance, forward or backward, as a signed 64-bit number. Clusters may come in any
 * order and more than once. There is no end mark: the last one is the stretch behind the last cluster.
 */
export function imageWriter(out: ByteSink, geometry: CloneGeometry, usedClusters: number): ClusterSink {
  const { clusterBytes } = geometry;
  let position = 0;
  let last: Promise<void> = Promise.resolve(out.put(encodeImageHeader(geometry, usedClusters)));

  const write = async (lcn: number, bytes: Uint8Array): Promise<void> => {
    if (lcn !== position) await out.put(gapCommand(lcn - position));
    position = lcn;
    // A step to a place without a cluster: ntfsclone notes it in an image.
    if (bytes.length === 0 && lcn < geometry.clusterCount) return;
    let at = 0;
    do {
      const command = out.put(NEXT);
      if (command !== undefined) await command;
      const data = out.put(bytes.subarray(at, Math.min(bytes.length, at + clusterBytes)));
      if (data !== undefined) await data;
      at += clusterBytes;
      position++;
    } while (at < bytes.length);
  };

  return {
    used(lcn, bytes) {
      last = last.then(() => write(lcn, bytes));
      return last;
    },
    async finish() {
      await last;
      await out.finish();
    },
  };
}

function gapCommand(clusters: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = COMMAND.GAP;
  new DataView(bytes.buffer).setBigInt64(1, BigInt(clusters), true);
  return bytes;
}
