import { join, resolve } from 'node:path';

/** What there is to copy and where to. */
export interface Race {
  /** The volume, and the same used bytes of it as one plain file: what a copy without any thinking would be. */
  readonly volume: string;
  readonly plain: string;
  readonly target: string;
  /** For maps and logs; empty at each start. */
  readonly scratch: string;
}

/** One who copies. */
export interface Contestant {
  readonly name: string;
  readonly command: (race: Race) => readonly string[];
}

const LIFEBOAT = resolve(import.meta.dirname, '../dist/lifeboat');

/** The first `dd` and `ntfsclone` are the measures that the others are held against. */
export const CONTESTANTS: readonly Contestant[] = [
  {
    name: 'dd',
    command: ({ plain, target }) => ['dd', `if=${plain}`, `of=${target}`, 'bs=4M', 'conv=notrunc'],
  },
  {
    // What the disks can do when the page cache costs nothing.
    name: 'dd (direct)',
    command: ({ plain, target }) => [
      ...['dd', `if=${plain}`, `of=${target}`, 'bs=4M', 'conv=notrunc', 'iflag=direct', 'oflag=direct'],
    ],
  },
  {
    name: 'lifeboat',
    command: ({ volume, target, scratch }) => [
      ...[LIFEBOAT, 'rescue', volume, target, '--yes', '--map', join(scratch, 'map')],
    ],
  },
  {
    name: 'ntfsclone',
    command: ({ volume, target }) => ['ntfsclone', '--quiet', '--force', '--overwrite', target, volume],
  },
  {
    name: 'partclone.ntfs',
    command: ({ volume, target, scratch }) => [
      ...['partclone.ntfs', '-b', '-q', '-C', '-F', '-L', join(scratch, 'log'), '-s', volume, '-O', target],
    ],
  },
  {
    name: 'ddrescue (all sectors)',
    command: ({ volume, target, scratch }) => [
      ...['ddrescue', '-q', '--force', volume, target, join(scratch, 'map')],
    ],
  },
  {
    name: 'ddrescue -d (all sectors)',
    command: ({ volume, target, scratch }) => [
      ...['ddrescue', '-q', '-d', '--force', volume, target, join(scratch, 'map')],
    ],
  },
];
