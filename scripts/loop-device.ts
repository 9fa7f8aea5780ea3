import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A healthy block device over a file; disposing of it gives the device back, not the file. Needs root. */
export interface LoopDevice extends AsyncDisposable {
  readonly device: string;
}

/** Makes a loop device over `file`, past the page cache, so that what is flushed is in the file. */
export async function loopDevice(
  file: string,
  { sectorBytes = 512, readOnly = false }: { sectorBytes?: 512 | 4096; readOnly?: boolean } = {},
): Promise<LoopDevice> {
  const { stdout } = await run('losetup', [
    ...['--find', '--show', '--direct-io=on', '--sector-size', String(sectorBytes)],
    ...(readOnly ? ['--read-only'] : []),
    file,
  ]);
  const device = stdout.trim();
  // Write protection that somebody once gave to the node of this name outlives the file that was behind it.
  const makeWritable = async (): Promise<void> => {
    if (!readOnly) await run('blockdev', ['--setrw', device]);
  };
  await makeWritable();
  return {
    device,
    async [Symbol.asyncDispose]() {
      await makeWritable();
      await run('losetup', ['--detach', device]);
    },
  };
}
