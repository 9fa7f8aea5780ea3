import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Ran, run, runOrThrow } from './tools.ts';

const PROGRAMS = resolve(import.meta.dirname, '../../overlay/usr/lib/lifeboat');

/** What it takes, beside root. */
export const SPACE_TOOLS = ['unshare', 'nsenter', 'chroot', 'flock', 'losetup', 'partx', 'sfdisk'] as const;

/**
 * A system of its own, with the programs of the live image as they are, in which loop devices have the names of disks:
 * file systems and processes are apart from those of this machine, the kernel and its devices are the same.
 */
export interface LiveSpace extends AsyncDisposable {
  /** Runs lines of shell in it. */
  run(lines: string, env?: Readonly<Record<string, string>>): Promise<Ran>;
  /** The same; what they print. Rejects when they fail. */
  ask(lines: string, env?: Readonly<Record<string, string>>): Promise<string>;
  /** Starts lines of shell that go on by themselves. */
  start(lines: string, env?: Readonly<Record<string, string>>): void;
  /** Puts a shell program in the place of another one. */
  stub(name: string, lines: string): Promise<void>;
}

/** `disks`: loop devices by the names that they have in there (`sdc`), with the partitions that they have here. */
export async function liveSpace(disks: Readonly<Record<string, string>> = {}): Promise<LiveSpace> {
  const root = await mkdtemp(join(tmpdir(), 'lifeboat-space-'));
  const setup = join(root, 'setup');
  await writeFile(setup, SETUP);
  const parts = Object.entries(disks).map(([name, device]) => `${name}=${device.replace('/dev/', '')}`);
  const child = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', 'bash', setup, root, PROGRAMS, ...parts],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const [ready] = await Promise.race([once(child.stdout, 'data'), ended]);
  if (String(ready).trim() !== 'ready') throw new Error('The space for the live programs was not made');
  const [inner = ''] = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'))
    .trim()
    .split(' ');
  const words = (lines: string, env: Readonly<Record<string, string>>): string[] => [
    ...['--target', inner, '--mount', '--pid', '--root', 'env', '-i', 'PATH=/stubs:/usr/sbin:/usr/bin'],
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...['bash', '-c', `cd /; ${lines}`],
  ];
  return {
    run: (lines, env = {}) => run('nsenter', words(lines, env)),
    ask: (lines, env = {}) => runOrThrow('nsenter', words(lines, env)),
    start: (lines, env = {}) =>
      void spawn('nsenter', words(lines, env), { stdio: 'ignore', detached: true }).unref(),
    stub: async (name, lines) => {
      const write = `printf '#!/bin/bash\\n%s\\n' "$lines" > "/stubs/$name"; chmod 755 "/stubs/$name"`;
      await runOrThrow('nsenter', words(write, { name, lines }));
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** What is mounted lies in a tree in memory, and ends with the space. */
const SETUP = `
set -e
root=$1/root programs=$2
shift 2
mount --make-rprivate /
mkdir $root
mount -t tmpfs tmpfs $root
cd $root
mkdir -p host proc sys dev run/lifeboat/unlocked run/lock tmp root stubs usr/bin usr/lib/lifeboat
mount --rbind / host
ln -s usr/bin bin
ln -s /host/etc etc
for each in /usr/*; do case $each in */bin|*/lib) ;; *) ln -s /host$each .$each ;; esac; done
for each in /lib /lib64 /sbin; do ln -s "usr$each" ".$each"; done
ln -s $(printf '/host%s ' /usr/bin/*) usr/bin/
for each in /usr/lib/*; do [ $each = /usr/lib/lifeboat ] || ln -s "/host$each" ".$each"; done
mount --bind "$programs" usr/lib/lifeboat
mount -t proc proc proc
mount --rbind /sys sys
mount -t tmpfs tmpfs sys/class/block
for each in null zero full random urandom tty fuse; do [ ! -e /dev/$each ] || cp -a /dev/$each dev/; done
ln -s /proc/self/fd dev/fd
touch dev/tty1
# As the kernel shows a disk and its partitions, under another name.
show() {
  local from=$1 to=$2 at=sys/class/block/$3 file
  mkdir -p $at
  for file in ro size start partition dev; do [ ! -e $from/$file ] || ln -s $from/$file $at/$file; done
  cp -a /dev/$(basename $from) dev/$to
  [ -e sys/class/block/$to ] || ln -s $3 sys/class/block/$to
}
for pair in "$@"; do
  name=$(echo $pair | cut -d= -f1)
  loop=$(echo $pair | cut -d= -f2)
  at=$(readlink -f /sys/block/$loop)
  show $at $name $name
  for part in $at/"$loop"p*; do
    [ ! -e $part/partition ] || show $part $name$(cat $part/partition) $name/$name$(cat $part/partition)
  done
done
mount -t tmpfs tmpfs sys/block
for pair in "$@"; do ln -s ../class/block/\${pair%%=*} sys/block/; done
# Only from in there: who enters before would be in the root of this machine.
exec chroot $root bash -c 'echo ready; exec sleep 100000'
`;
