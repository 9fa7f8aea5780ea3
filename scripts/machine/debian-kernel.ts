import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache/lifeboat/machine');
/** The kernel for virtual machines: small, with drivers for what QEMU plays, and ext4 built in. */
const META_PACKAGE = 'linux-image-cloud-amd64';

/** A kernel of Debian, unpacked and not installed. */
export interface Kernel {
  readonly image: string;
  /** The folder of its modules. */
  readonly modules: string;
}

/** Fetches the current kernel package of the machine's own Debian release once, and unpacks it. */
export async function debianKernel(): Promise<Kernel> {
  const { stdout } = await run('apt-cache', ['depends', '--important', META_PACKAGE]);
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
  if (name === undefined) throw new Error(`${META_PACKAGE} is in no package list: apt-get update?`);
  const folder = join(CACHE, name);
  if (!existsSync(folder)) await unpack(name, folder);
  const boot = await readdir(join(folder, 'boot'));
  const image = boot.find((file) => file.startsWith('vmlinuz-'));
  if (image === undefined) throw new Error(`${name} holds no kernel`);
  return {
    image: join(folder, 'boot', image),
    modules: join(folder, 'lib/modules', image.replace('vmlinuz-', '')),
  };
}

async function unpack(name: string, folder: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const aside = await mkdtemp(join(CACHE, 'unpacking-'));
  try {
    await run('apt-get', ['download', name], { cwd: aside });
    const [archive = ''] = await readdir(aside);
    await run('dpkg-deb', ['-x', archive, 'tree'], { cwd: aside });
    await rename(join(aside, 'tree'), folder).catch((error: NodeJS.ErrnoException) => {
      // Two test files start at once on a fresh machine: the other one was first, with the same package.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** Files of these modules and of all that they need, in the order in which they have to be loaded. */
export async function moduleFiles(kernel: Kernel, wanted: readonly string[]): Promise<string[]> {
  const files = await readdir(kernel.modules, { recursive: true });
  const byName = new Map(files.filter((file) => file.endsWith('.ko')).map((file) => [nameOf(file), file]));
  const ordered: string[] = [];
  const add = async (name: string): Promise<void> => {
    const file = byName.get(name);
    if (file === undefined) throw new Error(`the kernel has no module ${name}`);
    const path = join(kernel.modules, file);
    if (ordered.includes(path)) return;
    // A module says what it needs in plain text.
    const needs = /\0depends=([^\0]*)\0/.exec((await readFile(path)).toString('latin1'))?.[1] ?? '';
    for (const need of needs.split(',').filter(Boolean)) await add(need.replaceAll('-', '_'));
    ordered.push(path);
  };
  for (const name of wanted) await add(name);
  return ordered;
}

const nameOf = (file: string): string => basename(file, '.ko').replaceAll('-', '_');
