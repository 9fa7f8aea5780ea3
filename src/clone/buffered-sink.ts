import type { ByteSink } from './cluster-sink.ts';

const BUFFER_BYTES = 2 ** 20;
const BUFFERS = 4;

/** Where a stream of bytes goes. */
export interface Outlet {
  /** Takes the next piece; pieces are handed over one after the other. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything is on stable storage, or has left the process. */
  finish(): Promise<void>;
}

/** Gathers small pieces into large ones; the next is filled while others are written. */
export function bufferedSink(outlet: Outlet): ByteSink {
  const free: Buffer[] = Array.from({ length: BUFFERS - 1 }, () => Buffer.allocUnsafeSlow(BUFFER_BYTES));
  let current: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  let filled = 0;
  let writing: Promise<void> = Promise.resolve();
  let failure: unknown;
  /** Resolves when a buffer is free again. */
  let wake: (() => void) | undefined;

  const submit = (): void => {
    const [buffer, length] = [current, filled];
    filled = 0;
    writing = writing
      .then(() => (failure === undefined ? outlet.write(buffer.subarray(0, length)) : undefined))
      .catch((error: unknown) => {
        failure ??= error;
      })
      .then(() => {
        free.push(buffer);
        wake?.();
      });
  };

  const put = async (bytes: Uint8Array): Promise<void> => {
    let at = 0;
    while (at < bytes.length) {
      if (failure !== undefined) throw failure;
      const length = Math.min(bytes.length - at, BUFFER_BYTES - filled);
      current.set(bytes.subarray(at, at + length), filled);
      filled += length;
      at += length;
      if (filled < BUFFER_BYTES) continue;
      submit();
      while (free.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      current = free.pop() as Buffer;
    }
  };

  return {
    put(bytes) {
      if (filled + bytes.length >= BUFFER_BYTES || failure !== undefined) return put(bytes);
      current.set(bytes, filled);
      filled += bytes.length;
      return undefined;
    },
    async finish() {
      if (filled > 0) submit();
      await writing;
      if (failure !== undefined) throw failure;
      await outlet.finish();
    },
  };
}
