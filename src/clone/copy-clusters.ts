import type { ByteRange } from '../block/range.ts';
import type { ClusterRun } from './cluster-bitmap.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { type CloneGeometry, type ClusterSink, cloneBytes } from './cluster-sink.ts';

/** What is read at once. */
const BATCH_BYTES = 2 ** 20;
/** Reads in flight, with the writes that follow from them. */
const BATCHES = 4;
/** So much free space between two runs is read along with them rather than jumped over. */
const BRIDGED_BYTES = 2 ** 15;
/** Runs that one read may serve. */
const MAX_RUNS = 1024;

export interface CopyOptions {
  readonly reader: ClusterReader;
  readonly geometry: CloneGeometry;
  readonly sink: ClusterSink;
  /** Do not read what nobody wants. */
  readonly sparing: boolean;
  readonly signal: AbortSignal;
  /** May change the bytes of clusters before they are written. */
  readonly edit: (lcn: number, bytes: Uint8Array) => void;
  /** Told in order, when clusters are read: how many there were so far, and the one behind the last. */
  readonly onCopied: (clusters: number, nextLcn: number) => void;
  readonly onLost: (range: ByteRange) => void;
}

/** Copies runs of clusters, in their order. Reading and writing overlap. Rejects with a `CloneError`. */
export async function copyClusters(runs: Iterable<ClusterRun>, options: CopyOptions): Promise<void> {
  const { reader, geometry, sink, signal, edit, onCopied, onLost } = options;
  const { clusterBytes } = geometry;
  const end = cloneBytes(geometry);
  const bytesOf = ({ lcn, length }: ClusterRun): ByteRange => ({
    start: Math.min(end, lcn * clusterBytes),
    end: Math.min(end, (lcn + length) * clusterBytes),
  });
  const batchBytes = Math.max(BATCH_BYTES, clusterBytes);
  const free = Array.from({ length: BATCHES }, () => reader.allocate(batchBytes));
  let copied = 0;
  let failure: unknown;
  let handed: Promise<void> = Promise.resolve();
  let wake: (() => void) | undefined;

  const release = (memory: Uint8Array): void => {
    free.push(memory);
    wake?.();
  };
  const fail = (error: unknown): void => {
    failure ??= error;
  };

  for (const batch of batches(runs, clusterBytes, batchBytes, options.sparing ? 0 : BRIDGED_BYTES)) {
    while (free.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== undefined || signal.aborted) break;
    const memory = free.pop() as Uint8Array;
    const reading = reader.read(batch.map(bytesOf), memory);
    // What fails is met in its turn below.
    reading.catch(() => undefined);
    handed = handed.then(async () => {
      try {
        if (failure !== undefined) return release(memory);
        const { lost, bytesOf: found } = await reading;
        for (const range of lost) onLost(range);
        const writing = batch.map((run) => {
          const bytes = found(bytesOf(run));
          edit(run.lcn, bytes);
          return sink.used(run.lcn, bytes, lost);
        });
        const last = batch.at(-1) as ClusterRun;
        for (const { length } of batch) copied += length;
        onCopied(copied, last.lcn + last.length);
        Promise.all(writing).then(
          () => release(memory),
          (error: unknown) => {
            fail(error);
            release(memory);
          },
        );
      } catch (error) {
        fail(error);
        release(memory);
      }
    });
  }
  await handed;
  while (free.length < BATCHES) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  if (failure !== undefined) throw failure;
  signal.throwIfAborted();
}

/** Puts runs together that one read can serve, and cuts those that are too long for one. */
function* batches(
  runs: Iterable<ClusterRun>,
  clusterBytes: number,
  batchBytes: number,
  bridgedBytes: number,
): IterableIterator<ClusterRun[]> {
  const most = batchBytes / clusterBytes;
  let batch: ClusterRun[] = [];
  let [start, end] = [0, 0];
  for (const { lcn, length } of runs) {
    for (let done = 0; done < length; ) {
      const at = lcn + done;
      const isNear = at >= end && (at - end) * clusterBytes <= bridgedBytes && batch.length < MAX_RUNS;
      if (batch.length > 0 && (!isNear || at - start >= most)) {
        yield batch;
        batch = [];
      }
      if (batch.length === 0) start = at;
      const taken = Math.min(length - done, most - (at - start));
      batch.push({ lcn: at, length: taken });
      done += taken;
      end = at + taken;
    }
  }
  if (batch.length > 0) yield batch;
}
