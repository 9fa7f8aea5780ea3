import { execa } from 'execa';
import type { FileRoom } from './file-room.ts';

/** Nothing on a strange drive is run, and nothing there is a device. */
const SAFE = ['noatime', 'nodev', 'nosuid', 'noexec'];

/** A drive that does not answer keeps its command for ever; who waits for it has been told so long before. */
const UNMOUNT_TRIES = 60;

/** A program that mounts, and its words before device and place; `{}` stands for the options. */
interface Way {
  readonly program: string;
  readonly words: readonly string[];
}

const kernel = (type: string, more = ''): Way => ({
  program: 'mount',
  words: ['-i', '-t', type, '-o', `{}${more}`],
});

const ext = (type: string) => (writable: boolean) => [
  // Without writing, what is still in the journal cannot be brought home.
  kernel(type, writable ? ',errors=remount-ro' : ',noload'),
];

/** How each file system is mounted, in the ways that are tried one after the other. */
const WAYS: Readonly<Record<FileRoom, (writable: boolean) => readonly Way[]>> = {
  // What Windows left unclean is turned down instead of repaired, and files stay uncompressed in every folder.
  ntfs: () => [{ program: 'ntfs-3g', words: ['-o', '{},norecover,nocompression,big_writes'] }],
  // The kernel's own driver, or where there is none the one in user space.
  exfat: () => [kernel('exfat'), { program: 'mount.exfat-fuse', words: ['-o', '{}'] }],
  fat: () => [kernel('vfat', ',utf8')],
  ext2: () => [kernel('ext2')],
  ext3: ext('ext3'),
  ext4: ext('ext4'),
};

/** Mounts `device` at `root`; tells what went wrong, in the words of the system. */
export async function mountAt(
  device: string,
  root: string,
  room: FileRoom,
  writable: boolean,
): Promise<string | undefined> {
  const options = [writable ? 'rw' : 'ro', ...SAFE].join();
  const problems: string[] = [];
  for (const { program, words } of WAYS[room](writable)) {
    const filled = words.map((word) => word.replace('{}', options));
    const result = await execa(program, [...filled, device, root], { reject: false, stdin: 'ignore' });
    if (!result.failed) return undefined;
    problems.push(lastLine(result.stderr) || (result.shortMessage ?? ''));
  }
  return problems.join('; ');
}

/** Writes out what is still on its way, and unmounts; a mount that is busy for long is at least hidden. */
export async function unmountFrom(root: string): Promise<string | undefined> {
  for (let tries = 0; ; tries++) {
    const isLast = tries === UNMOUNT_TRIES;
    const result = await execa('umount', [...(isLast ? ['--lazy'] : []), root], {
      reject: false,
      stdin: 'ignore',
    });
    if (!result.failed) return undefined;
    if (isLast) return lastLine(result.stderr) || (result.shortMessage ?? '');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
