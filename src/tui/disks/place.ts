import type { AgreedDevice } from '../../block/agreed-device.ts';
import { titleOf } from '../../probe/content/content.ts';
import type { Disk, Machine, Partition } from '../../probe/machine.ts';

/** A disk, or a partition of it. */
export interface Place {
  readonly disk: Disk;
  readonly partition: Partition | undefined;
}

export const pathOf = ({ disk, partition }: Place): string | undefined =>
  partition ? partition.path : disk.path;

export const sizeOf = ({ disk, partition }: Place): number => (partition ?? disk).sizeBytes;

export const contentOf = ({ disk, partition }: Place): Disk['content'] => (partition ?? disk).content;

export const useOf = ({ disk, partition }: Place): Disk['use'] => (partition ?? disk).use;

/** `sda`, `sda2`, or `sda (2)` for a partition that only the table knows. */
export function nameOf({ disk, partition }: Place): string {
  if (!partition) return disk.name;
  return partition.name ?? `${disk.name} (${partition.number})`;
}

/**
 * Something that tells two looks at the same place apart from looks at different places: another disk may have got the
 * name, and a table that the kernel has not read yet may use a number anew.
 */
export const keyOf = ({ disk, partition }: Place): string =>
  [
    ...[disk.name, disk.majorMinor, disk.diskSequence, disk.serial],
    ...[partition?.number, partition?.startBytes],
  ].join('/');

/** The same place as it is known now: who is quick has chosen before all was read. What is not there any more is gone. */
export function placeNow(machine: Machine, place: Place): Place {
  const key = keyOf(place);
  const now = placesOf(machine).find((each) => keyOf(each) === key);
  if (now) return now;
  const { disk, partition } = place;
  return { disk: { ...disk, state: { kind: 'gone', sinceMs: machine.takenMs } }, partition };
}

/** The device as it was shown; undefined where the system has no name for it. */
export function agreedDevice(place: Place): AgreedDevice | undefined {
  const path = pathOf(place);
  const { disk, partition } = place;
  const { diskSequence, serial, sizeBytes } = disk;
  return path === undefined
    ? undefined
    : {
        path,
        ...(diskSequence !== undefined && { diskSequence }),
        ...(serial !== undefined && { serial }),
        ...(partition ? { partitionStartBytes: partition.startBytes } : { diskBytes: sizeBytes }),
      };
}

/** The same of several places, of those that are devices. */
export const agreedDevices = (...places: readonly (Place | undefined)[]): AgreedDevice[] =>
  places.map((place) => place && agreedDevice(place)).filter((device) => device !== undefined);

/** The same as words of a command; none where there is no device. */
export function agreedWords(...places: readonly (Place | undefined)[]): string[] {
  const agreed = agreedDevices(...places);
  return agreed.length === 0 ? [] : ['--agreed', JSON.stringify(agreed)];
}

/** The live system's own root lies in memory; nobody wants to save that. */
const isOfInterest = ({ backingFile }: Disk): boolean => !backingFile?.startsWith('/live/root.squashfs');

/** Every disk followed by its partitions. */
export function placesOf(machine: Machine): Place[] {
  return machine.disks
    .filter(isOfInterest)
    .flatMap((disk) => [
      { disk, partition: undefined },
      ...disk.partitions.filter(({ extended }) => !extended).map((partition) => ({ disk, partition })),
    ]);
}

/** `NTFS "Windows"`, `empty`, or nothing while it is not known. */
export function contentText(place: Place): string {
  const content = contentOf(place);
  if (!content) return '';
  const label = content.label ? ` "${content.label}"` : '';
  return `${titleOf(content.kind)}${label}`;
}

/** What is worth a warning about what lies there: `dirty, hibernated`. */
export function conditionText(place: Place): string {
  const content = contentOf(place);
  const { mountPoints } = useOf(place);
  return [
    content?.hibernated ? 'hibernated' : content?.dirty ? 'dirty' : '',
    place.partition && mountPoints.length > 0 ? 'mounted' : '',
  ]
    .filter(Boolean)
    .join(', ');
}
