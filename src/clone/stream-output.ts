import { fstatSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { bufferedSink } from './buffered-sink.ts';
import type { ByteSink } from './cluster-sink.ts';
import { writeAll } from './file-calls.ts';
import { outputFailureFrom } from './output-failure.ts';

const STANDARD_OUTPUT = 1;

/** Standard output as the end of a stream. */
export function standardOutput(): ByteSink {
  const name = 'standard output';
  let isFile: boolean;
  try {
    isFile = fstatSync(STANDARD_OUTPUT).isFile();
  } catch (error) {
    throw outputFailureFrom(error, name);
  }
  if (isFile) return pipeOutput(STANDARD_OUTPUT, name, () => Promise.resolve());
  // Node has made a pipe non-blocking: only its own stream knows when there is room again.
  return bufferedSink({
    write: (bytes) =>
      new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => (error ? reject(outputFailureFrom(error, name)) : resolve()));
      }),
    finish: () => Promise.resolve(),
  });
}

/** A pipe or character device that was opened here. */
export function openPipeOutput(handle: FileHandle, name: string): ByteSink {
  return pipeOutput(handle.fd, name, () => handle.close());
}

function pipeOutput(fd: number, name: string, close: () => Promise<void>): ByteSink {
  return bufferedSink({
    async write(bytes) {
      try {
        await writeAll(fd, bytes);
      } catch (error) {
        throw outputFailureFrom(error, name);
      }
    },
    finish: close,
  });
}
