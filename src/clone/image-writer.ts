import type { ClusterRun } from './cluster-bitmap.ts';
import { type ByteSink, type CloneGeometry, type ClusterSink, tailBytes } from './cluster-sink.ts';
import type { CommandSink } from './command-sink.ts';
import { encodeImageHeader } from './image-header.ts';

/** The commands of the special image format. */
export const COMMAND = { GAP: 0, NEXT: 1 } as const;

/** Bytes of the command that goes forward or backward. */
export const GAP_BYTES = 9;

const NEXT = Uint8Array.of(COMMAND.NEXT);

/** Where a special image stands that was begun before. */
export interface ImagePlace {
  /** The cluster behind the last one. */
  readonly position: number;
}

/**
 * Writes ntfsclone's special image format: for each cluster a byte 1 and its data, and where the next cluster is not
 * the one behind, a byte 0 and the distance, forward or backward, as a signed 64-bit number. Clusters may come in any
 * order and more than once. There is no end mark: the last one is the stretch behind the last cluster. With `goOn` the
 * header is there already.
 */
export function imageWriter(
  out: CommandSink,
  geometry: CloneGeometry,
  usedClusters: number,
  goOn?: ImagePlace,
): ClusterSink {
  const { clusterBytes } = geometry;
  let position = goOn?.position ?? 0;
  let last: Promise<void> =
    goOn === undefined
      ? Promise.resolve(out.header(encodeImageHeader(geometry, usedClusters)))
      : Promise.resolve();
  // What fails is met by the first call, which may come late.
  last.catch(() => undefined);

  return {
    used(lcn, bytes, lost = []) {
      last = last.then(() => {
        // A step to a place without a cluster: ntfsclone notes it in an image.
        const isStep = bytes.length === 0 && lcn < geometry.clusterCount;
        const clusters = isStep ? 0 : Math.max(1, Math.ceil(bytes.length / clusterBytes));
        const gap = lcn - position;
        position = lcn + clusters;
        return out.run(gap, lcn, clusters, bytes, lost);
      });
      return last;
    },
    async finish() {
      await last;
      await out.finish();
    },
    async leave() {
      await last;
      await out.leave?.();
    },
  };
}

/** The length of the special image that holds these clusters in their order, what lies behind the last one at its end. */
export function imageBytes(runs: Iterable<ClusterRun>, geometry: CloneGeometry): number {
  let [bytes, position] = [encodeImageHeader(geometry, 0).length, 0];
  for (const { lcn, length } of runs) {
    if (lcn !== position) bytes += GAP_BYTES;
    bytes += length * (1 + geometry.clusterBytes);
    position = lcn + length;
  }
  return bytes - geometry.clusterBytes + tailBytes(geometry);
}

/** The commands as they are, one behind the other: the special image itself. */
export function plainCommands(out: ByteSink, clusterBytes: number): CommandSink {
  return {
    header: (bytes) => out.put(bytes),
    async run(gap, _lcn, clusters, bytes) {
      if (gap !== 0) await out.put(gapCommand(gap));
      for (let i = 0; i < clusters; i++) {
        const command = out.put(NEXT);
        if (command !== undefined) await command;
        const data = out.put(bytes.subarray(i * clusterBytes, (i + 1) * clusterBytes));
        if (data !== undefined) await data;
      }
    },
    finish: () => out.finish(),
  };
}

export function gapCommand(clusters: number): Uint8Array {
  const bytes = new Uint8Array(GAP_BYTES);
  bytes[0] = COMMAND.GAP;
  new DataView(bytes.buffer).setBigInt64(1, BigInt(clusters), true);
  return bytes;
}
