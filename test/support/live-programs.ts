import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Ran, run } from './tools.ts';

const PROGRAMS = resolve(import.meta.dirname, '../../overlay/usr/lib/lifeboat');

/** The small programs of the live image, laid out in a folder in which they find all their places. */
export interface LivePrograms extends AsyncDisposable {
  /** Stands for `/`: below it are `sys`, `proc`, `dev`, `run/lifeboat` and `usr/lib/lifeboat`. */
  readonly root: string;
  /** Writes files below the root; contents end with an end of line. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Puts a shell program in the place of another one, by its name: what the machine of the test cannot do. */
  stub(name: string, lines: string): Promise<void>;
  run(program: string, words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>;
}

/**
 * Their own text runs, with the places that it names moved below a folder; what they would say on screens goes to the
 * file `said`.
 */
export async function livePrograms(): Promise<LivePrograms> {
  const root = await mkdtemp(join(tmpdir(), 'lifeboat-live-'));
  const [here, stubs] = [join(root, 'usr/lib/lifeboat'), join(root, 'stubs')];
  await cp(PROGRAMS, here, { recursive: true });
  for (const folder of ['sys', 'proc', 'dev', 'run/lifeboat/stick', 'stubs', 'var'])
    await mkdir(join(root, folder), { recursive: true });
  for (const name of await readdir(here)) {
    const path = join(here, name);
    const text = await readFile(path, 'utf8');
    await writeFile(
      path,
      text.replaceAll(/(?<=^|[\s"'=(<>])\/(sys|proc|dev|run|usr\/lib\/lifeboat)(?=[\s"'/])/gm, `${root}/$1`),
    );
  }
  await writeFile(join(here, 'say'), `#!/bin/sh\necho "$*" >> ${root}/said\n`);
  const programs: LivePrograms = {
    root,
    async write(files) {
      for (const [name, content] of Object.entries(files)) {
        const path = join(root, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, `${content}\n`);
      }
    },
    async stub(name, lines) {
      await writeFile(join(stubs, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    },
    run: (program, words, env = {}) =>
      run('env', [
        `PATH=${stubs}:${process.env.PATH}:/usr/sbin:/sbin`,
        ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
        join(here, program),
        ...words,
      ]),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  await programs.write({ 'proc/cmdline': 'quiet', said: '' });
  return programs;
}
