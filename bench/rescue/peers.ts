import { join, resolve } from 'node:path';
import type { Scenario } from './scenarios.ts';

/** Where a rescue reads and writes. */
export interface Place {
  readonly device: string;
  readonly target: string;
  /** Empty folder for maps, domains and logs. */
  readonly folder: string;
}

/** One who rescues: commands one after the other, each of which must not be refused. */
export interface Peer {
  readonly name: string;
  /** The last command is the rescue itself; those before it find out what to rescue. */
  readonly commands: (place: Place, scenario: Scenario) => readonly (readonly string[])[];
}

const LIFEBOAT = resolve(import.meta.dirname, '../../dist/lifeboat');

/** What whoever sits before the disk knows of it is told to all who can use it. */
const isKnown = ({ physicalSectorBytes }: Scenario): boolean => physicalSectorBytes === 4096;

function ddrescue({ device, target, folder }: Place, scenario: Scenario, domain?: string): readonly string[] {
  return [
    ...['ddrescue', '-q', '-d'],
    ...(isKnown(scenario) ? ['-b', '4096'] : []),
    ...(scenario.retries > 0 ? ['-r', String(scenario.retries)] : []),
    ...(domain === undefined ? [] : ['-m', join(folder, domain)]),
    ...[device, target, join(folder, 'map')],
  ];
}

/** All of them, on the same disk, with direct reads where they can do that. */
export const PEERS: readonly Peer[] = [
  { name: 'ddrescue -d', commands: (place, scenario) => [ddrescue(place, scenario)] },
  {
    name: 'ddrescue -d, ddrutility',
    commands: (place, scenario) => [
      [
        ...['ddru_ntfsbitmap', '-m', join(place.folder, 'mft'), '-o', '-d'],
        ...[place.device, join(place.folder, 'domain')],
      ],
      ddrescue(place, scenario, 'mft'),
      ddrescue(place, scenario, 'domain'),
    ],
  },
  {
    name: 'ddrescue -d, partclone -D',
    commands: (place, scenario) => [
      [
        ...['partclone.ntfs', '-D', '-F', '-q', '-L', join(place.folder, 'log')],
        ...['-s', place.device, '-O', join(place.folder, 'domain')],
      ],
      ddrescue(place, scenario, 'domain'),
    ],
  },
  {
    name: 'ntfsclone --rescue',
    commands: ({ device, target }) => [
      ['ntfsclone', '--rescue', '--force', '--quiet', '--output', target, device],
    ],
  },
  {
    name: 'partclone --rescue',
    commands: ({ device, target, folder }) => [
      [
        ...['partclone.ntfs', '-b', '-q', '-C', '-F', '--rescue', '-L', join(folder, 'log')],
        ...['-s', device, '-O', target],
      ],
    ],
  },
  {
    name: 'lifeboat',
    commands: ({ device, target, folder }, scenario) => [
      [
        ...[LIFEBOAT, 'rescue', device, target, '--yes', '--map', join(folder, 'map'), '--hopeless', 'leave'],
        ...(isKnown(scenario) ? ['--physical-sector', '4096'] : []),
        ...(scenario.retries > 0 ? ['--retries', String(scenario.retries)] : []),
      ],
    ],
  },
];
