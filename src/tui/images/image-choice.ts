import type { ImageFacts } from '../../jobs/clone-events.ts';
import type { VolumePlace } from '../../jobs/folder-listing.ts';
import type { Machine } from '../../probe/machine.ts';
import {
  agreedWords,
  contentOf,
  keyOf,
  nameOf,
  type Place,
  pathOf,
  placesOf,
  useOf,
} from '../disks/place.ts';
import { bytesOf, fileStem, type Load } from '../rescue/load.ts';
import type { FileTarget, TargetChoice } from '../rescue/rescue-choice.ts';
import { WORDS } from '../words.ts';

/** Where an image lies: a path of this machine, or one in a drive that is mounted for the look. */
export type ImagePlace = Omit<VolumePlace, 'map'>;

/** How an image is saved. */
export type SaveSwitch = 'rescue' | 'force' | 'small' | 'plain';
export const SAVE_SWITCHES: readonly SaveSwitch[] = ['rescue', 'force', 'small', 'plain'];

/** How a volume is made of it again. */
export type RestoreSwitch = 'rescue' | 'newSerial';
export const RESTORE_SWITCHES: readonly RestoreSwitch[] = ['rescue', 'newSerial'];

/** Compresses as well as is worth the time. */
const SMALL_LEVEL = '15';

/** Every NTFS volume, the largest first. */
export function volumesOf(machine: Machine): Place[] {
  const volumes = placesOf(machine).filter((place) => contentOf(place)?.kind === 'ntfs');
  return volumes.sort((a, b) => bytesOf(b).sizeBytes - bytesOf(a).sizeBytes);
}

/** The volume that an image is of, if it is attached. */
export function volumeOf(machine: Machine, { zstd }: ImageFacts): Place | undefined {
  const serial = zstd?.volumeSerial;
  return volumesOf(machine).find((place) => serial !== undefined && contentOf(place)?.uuid === serial);
}

/** Why no image is made of a volume, as a sentence with what to do; undefined when one can be. */
export const whyNoImage = (place: Place): string | undefined => whyNotSaved(place, WORDS.images.failing);

/** The same, with other words for a disk that is failing. */
export function whyNotSaved(place: Place, failing: (disk: string) => string): string | undefined {
  if (place.disk.state.kind === 'gone') return WORDS.disks.isGone(nameOf(place));
  if (pathOf(place) === undefined) return WORDS.source.noName(nameOf(place));
  if (place.disk.health.verdict === 'failing' || place.disk.touched.failed > 0)
    return failing(place.disk.name);
  const { notSource } = useOf(place);
  return notSource && `${notSource.message} ${notSource.advice}`;
}

/** What is saved of a volume: to a new file, anywhere but in itself. */
export function imageLoad(source: Place, plain: boolean): Load {
  const { usedBytes } = bytesOf(source);
  return {
    name: nameOf(source),
    // Compressed it becomes smaller; how much nobody knows beforehand.
    usedBytes: plain ? usedBytes : Math.floor(usedBytes / 2),
    sizeBytes: usedBytes,
    fileName: `${fileStem(source)}.${plain ? 'ntfsimg' : 'ntfsimg.zst'}`,
    ways: ['file'],
    whyNot: (place) => (keyOf(place) === keyOf(source) ? WORDS.images.itself : undefined),
  };
}

/** What is in an image: to be put over a disk or partition, or into a new file. */
export function restoreLoad(image: ImagePlace, { deviceBytes, usedBytes, zstd }: ImageFacts): Load {
  const name = image.path.slice(image.path.lastIndexOf('/') + 1);
  return {
    name: zstd?.label ? `"${zstd.label}"` : name,
    usedBytes,
    sizeBytes: deviceBytes,
    fileName: `${name.replace(/(\.ntfsimg)?(\.zst)?$/, '')}.img`,
    ways: ['device', 'file'],
    whyNot: (place) => (holds(place, image) ? WORDS.images.holdsIt : undefined),
  };
}

/** Whether a disk or partition is, or has in it, the drive in which the image lies. What is mounted is refused anyway. */
export function holds({ disk, partition }: Place, { from }: ImagePlace): boolean {
  if (from === undefined) return false;
  const paths = partition ? [partition.path] : [disk.path, ...disk.partitions.map((part) => part.path)];
  return paths.includes(from);
}

/** The command that saves. */
export function saveWords(
  source: Place,
  { path, place, on }: FileTarget,
  isOn: (name: SaveSwitch) => boolean,
): string[] {
  return [
    ...['image', 'save', '--json', pathOf(source) ?? '', path],
    ...(on === undefined ? [] : ['--on', on]),
    ...(isOn('rescue') ? ['--rescue'] : []),
    ...(isOn('force') ? ['--force'] : []),
    ...(isOn('plain') ? ['--plain'] : isOn('small') ? ['--level', SMALL_LEVEL] : []),
    ...agreedWords(source, place),
  ];
}

/** The command that restores. The typed proof is the answer to what it would ask. */
export function restoreWords(
  image: ImagePlace,
  target: TargetChoice,
  isOn: (name: RestoreSwitch) => boolean,
): string[] {
  return [
    ...['image', 'restore', '--json', image.path, target.path],
    ...fromWords(image),
    ...(target.kind === 'file' && target.on !== undefined ? ['--on', target.on] : []),
    ...(target.kind === 'device' ? ['--yes'] : []),
    ...(isOn('rescue') ? ['--rescue'] : []),
    ...(isOn('newSerial') ? ['--new-serial'] : []),
    ...agreedWords(target.place),
  ];
}

/** The command that looks at an image: what it says of itself, or all of it. */
export const lookWords = (image: ImagePlace, verb: 'info' | 'verify'): string[] => [
  ...['image', verb, '--json', image.path],
  ...fromWords(image),
];

const fromWords = ({ from }: ImagePlace): string[] => (from === undefined ? [] : ['--from', from]);
