import type { Outcome } from '../block/outcome.ts';
import type { OpenTarget } from '../block/target-device.ts';
import { bufferedSink } from './buffered-sink.ts';
import type { CloneError } from './clone-error.ts';
import type { ByteSink, ByteTarget } from './cluster-sink.ts';
import { closeWritten, outputFailure } from './output-failure.ts';

/** So much is written before the kernel is asked to bring it to stable storage, while writing goes on. */
const FLUSH_EVERY_BYTES = 2 ** 26;

/**
 * An open file or device as a target for bytes. What is written is brought to stable storage from early on, beside the
 * writing: left alone the kernel lets it pile up, slows the writer down, and the flush at the end takes as long as all
 * before (measured: 2 GiB in 0.7 s this way, in 2.5 to 6 s without).
 */
export function targetBytes(target: OpenTarget): ByteTarget {
  let unflushed = 0;
  let flushing = false;
  let failure: CloneError | undefined;
  const check = (outcome: Outcome, deed: string): void => {
    if (outcome.kind === 'done') return;
    throw outputFailure(target.path, outcome.errno, deed);
  };
  const flush = async (): Promise<void> => {
    flushing = true;
    try {
      check(await target.flush(), 'Syncing failed');
    } catch (error) {
      failure = error as CloneError;
    }
    flushing = false;
  };
  return {
    async writeAt(position, bytes) {
      if (failure !== undefined) throw failure;
      check(await target.write(position, bytes), 'Write failed');
      unflushed += bytes.length;
      if (unflushed < FLUSH_EVERY_BYTES || flushing) return;
      unflushed = 0;
      void flush();
    },
    async finish() {
      check(await target.flush(), 'Syncing failed');
      await closeWritten(target);
    },
  };
}

/** An open file or device as the end of a stream that begins at its first byte. */
export function targetStream(target: OpenTarget): ByteSink {
  const bytes = targetBytes(target);
  let position = 0;
  return bufferedSink({
    async write(piece) {
      await bytes.writeAt(position, piece);
      position += piece.length;
    },
    finish: () => bytes.finish(),
  });
}
