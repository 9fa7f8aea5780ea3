import { CloneError } from './clone-error.ts';
import {
  type ByteSink,
  type ByteTarget,
  type CloneGeometry,
  type ClusterSink,
  cloneBytes,
} from './cluster-sink.ts';

/** Writes each cluster in its place: what is between them stays a hole in a file, and as it was on a device. */
export function rawWriter(target: ByteTarget, geometry: CloneGeometry): ClusterSink {
  return {
    used: (lcn, bytes) =>
      bytes.length === 0 ? Promise.resolve() : target.writeAt(lcn * geometry.clusterBytes, bytes),
    finish: () => target.finish(),
  };
}

const ZEROS = new Uint8Array(2 ** 20);

/** Writes a stream as long as the clone: zeros between the clusters, which must come in ascending order. */
export function rawStreamWriter(out: ByteSink, geometry: CloneGeometry): ClusterSink {
  const { clusterBytes } = geometry;
  let position = 0;
  let last: Promise<void> = Promise.resolve();

  const zerosUpTo = async (end: number): Promise<void> => {
    while (position < end) {
      const length = Math.min(ZEROS.length, end - position);
      await out.put(ZEROS.subarray(0, length));
      position += length;
    }
  };

  return {
    used(lcn, bytes) {
      last = last.then(async () => {
        if (lcn * clusterBytes < position) {
          throw new CloneError(
            'refused',
            'Cannot restore a metadata image to stdout',
            'Its clusters do not come in order: restore it to a file.',
          );
        }
        await zerosUpTo(lcn * clusterBytes);
        await out.put(bytes);
        position += bytes.length;
      });
      return last;
    },
    async finish() {
      await last;
      await zerosUpTo(cloneBytes(geometry));
      await out.finish();
    },
  };
}
