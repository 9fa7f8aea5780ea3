import { constants, fdatasync, fstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { bufferedSink } from './buffered-sink.ts';
import { CloneError } from './clone-error.ts';
import type { ByteSink } from './cluster-sink.ts';
import { writeAll } from './file-calls.ts';
import { outputFailureFrom } from './output-failure.ts';

const STANDARD_OUTPUT = 1;
/** The bits of the flags that tell the direction (`man 2 open`). */
const ACCESS_MODE = 3;

/** Standard output as the end of a stream. */
export function standardOutput(): ByteSink {
  const name = 'standard output';
  if (wasClosed(STANDARD_OUTPUT)) {
    throw new CloneError('output', 'Standard output is closed', 'Send it to a file or a program.', 'EBADF');
  }
  const facts = fstatSync(STANDARD_OUTPUT);
  // To a block device Node's own stream writes nothing at all, without an error.
  if (facts.isFile() || facts.isBlockDevice())
    return pipeOutput(STANDARD_OUTPUT, name, () => synchronise(STANDARD_OUTPUT, name));
  // Node has made a pipe non-blocking: only its own stream knows when there is room again.
  return bufferedSink({
    write: (bytes) =>
      new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => (error ? reject(outputFailureFrom(error, name)) : resolve()));
      }),
    finish: () => Promise.resolve(),
  });
}

/**
 * Whether a standard stream was closed when the program began: Node puts /dev/null in its place, open for both
 * directions, which no shell's redirection makes.
 */
function wasClosed(fd: number): boolean {
  if (readlinkSync(`/proc/self/fd/${fd}`) !== '/dev/null') return false;
  const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
  return (Number.parseInt(flags, 8) & ACCESS_MODE) === constants.O_RDWR;
}

/** What the kernel took may still fail on its way to the medium. */
async function synchronise(fd: number, name: string): Promise<void> {
  try {
    await promisify(fdatasync)(fd);
  } catch (error) {
    throw outputFailureFrom(error, name, 'Syncing failed');
  }
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
