import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MIB = 2 ** 20;

/**
 * Makes an ext4 image with these programs of the host under `bin`, and under `lib` the libraries that they need: a
 * machine reads from it what it uses, where a RAM disk would have to be unpacked whole.
 */
export async function buildToolsDisk(path: string, programs: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-tools-'));
  try {
    await mkdir(join(folder, 'bin'));
    await mkdir(join(folder, 'lib'));
    let bytes = 0;
    const add = async (file: string, to: string): Promise<void> => {
      await copyFile(await realpath(file), to);
      bytes += (await stat(to)).size;
    };
    const libraries = new Set<string>();
    for (const program of programs) {
      await add(program, join(folder, 'bin', basename(program)));
      const { stdout } = await run('ldd', [program]);
      for (const [, library = ''] of stdout.matchAll(/(?:=> |^\s*)(\/\S+)/gm)) libraries.add(library);
    }
    for (const library of libraries) await add(library, join(folder, 'lib', basename(library)));
    const blocks = Math.ceil((bytes * 1.1) / MIB) + 16;
    await run('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', '-d', folder, path, `${blocks}M`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
