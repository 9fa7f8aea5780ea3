import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoName } from '../block/errno.ts';

/** A pipe whose other end was set to not wait says so over and over; asked again after this time. */
const PIPE_FULL_MS = 5;

/** Writes all of `bytes` to a stream. Rejects with the system's error. */
export async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) done += await patiently(() => writeOnce(fd, bytes, done));
}

/** Reads some bytes of a stream into the start of `into`; 0 at its end. Rejects with the system's error. */
export function readSome(fd: number, into: Uint8Array): Promise<number> {
  return patiently(() => readOnce(fd, into));
}

/** Asks again as long as the system only puts off: nobody else knows how long a pipe may stay full. */
async function patiently(call: () => Promise<number>): Promise<number> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const errno = errnoName(error);
      if (errno !== 'EAGAIN' && errno !== 'EINTR') throw error;
    }
    await delay(PIPE_FULL_MS);
  }
}

function writeOnce(fd: number, bytes: Uint8Array, from: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(fd, bytes, from, bytes.length - from, null, (error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
}

function readOnce(fd: number, into: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, into, 0, into.length, null, (error, count) => (error ? reject(error) : resolve(count)));
  });
}
