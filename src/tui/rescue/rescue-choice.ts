import type { Place } from '../disks/place.ts';

/** Where the copy goes. */
export type TargetChoice =
  /** Written over: what it holds is lost. */
  | { readonly kind: 'device'; readonly path: string; readonly place: Place }
  /** A new file; nothing that is there is lost. */
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly place: Place | undefined;
      /** The drive in which `path` is, when it is to be mounted for the job alone. */
      readonly on: string | undefined;
    };

/** A new file, and where it goes. */
export type FileTarget = Extract<TargetChoice, { kind: 'file' }>;

/** How hard it is tried. Several may be wanted at once. */
export interface RescueManner {
  /** The personal folders of everybody before all else. */
  readonly personalFirst: boolean;
  /** Areas that are bad wherever they were tried are left alone at the end. */
  readonly leaveHopeless: boolean;
  /** Free space too. */
  readonly allSectors: boolean;
  /** Bad sectors three more times at the end. */
  readonly retry: boolean;
  /** The copy is compared with what was read, at the end. */
  readonly compare: boolean;
  /** Paths in the volume that come before all else. */
  readonly folders: readonly string[];
}

/** What is switched on or off. */
export type MannerSwitch = 'personalFirst' | 'compare' | 'allSectors' | 'retry' | 'leaveHopeless';

export const MANNER_SWITCHES: readonly MannerSwitch[] = [
  'personalFirst',
  'compare',
  'allSectors',
  'retry',
  'leaveHopeless',
];

export const GENTLE: RescueManner = {
  personalFirst: false,
  leaveHopeless: false,
  allSectors: false,
  retry: false,
  compare: false,
  folders: [],
};

/** What was chosen on the way to a rescue. */
export interface RescueChoice {
  readonly source: Place;
  readonly target: TargetChoice;
  readonly manner: RescueManner;
}

/** What can be saved of a disk, the best suggestion first: the largest NTFS volume, else the disk itself. */
export function sourcesOn({ disk }: Place): Place[] {
  const parts = disk.partitions
    .filter(({ extended }) => !extended)
    .map((partition): Place => ({ disk, partition }));
  const worth = (place: Place): number =>
    (place.partition?.content?.kind === 'ntfs' ? 1e18 : 0) + (place.partition?.sizeBytes ?? 0);
  const best = [...parts].sort((a, b) => worth(b) - worth(a));
  return [...best, { disk, partition: undefined }];
}

/** The characters that must be typed before a device is written over: of its serial, or its size in digits. */
export interface Proof {
  readonly kind: 'serial' | 'size';
  /** What it is part of, with the place of `wanted` left open. */
  readonly shown: string;
  readonly wanted: string;
}

const PROOF_LENGTH = 4;

/** What only somebody types who means this very disk. */
export const proofFor = ({ disk, partition }: Place): Proof =>
  proofOf(disk.serial, (partition ?? disk).sizeBytes);

/** The same for what is no disk in the list, such as an image of one. */
export function proofOf(serialNumber: string | undefined, sizeBytes: number): Proof {
  // A blank cannot be seen, and at the beginning of a typed line it is no part of it.
  const serial = serialNumber?.replace(/[^!-~]/g, '') ?? '';
  if (serial.length >= PROOF_LENGTH) {
    const wanted = serial.slice(-PROOF_LENGTH);
    return { kind: 'serial', shown: serial.slice(0, -PROOF_LENGTH) + '_'.repeat(PROOF_LENGTH), wanted };
  }
  const megabytes = String(Math.floor(sizeBytes / 1e6));
  return { kind: 'size', shown: `${'_'.repeat(megabytes.length)} MB`, wanted: megabytes };
}
