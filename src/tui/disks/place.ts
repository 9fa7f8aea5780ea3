import { titleOf } from '../../probe/content/content.ts';
import type { Disk, Machine, Partition } from '../../probe/machine.ts';
import { bytesText, durationText } from '../../text/quantity.ts';
import { type Line, line, type Tone, toned } from '../frame/line.ts';

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

/** Something that tells two looks at the same place apart from looks at different places. */
export const keyOf = ({ disk, partition }: Place): string =>
  `${disk.name}/${disk.majorMinor}/${partition?.number ?? ''}`;

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
    content?.dirty ? 'dirty' : '',
    content?.hibernated ? 'hibernated' : '',
    place.partition && mountPoints.length > 0 ? 'mounted' : '',
  ]
    .filter(Boolean)
    .join(', ');
}

const BUSES: Readonly<Record<NonNullable<Disk['transport']>, string>> = {
  sata: 'SATA',
  sas: 'SAS',
  scsi: 'SCSI',
  usb: 'USB',
  nvme: 'NVMe',
  mmc: 'MMC',
  virtio: 'virt',
  firewire: '1394',
  iscsi: 'iSCSI',
  fc: 'FC',
};

const busText = ({ transport, kind }: Disk): string =>
  transport ? BUSES[transport] : kind === 'disk' ? '' : kind;

const VERDICTS: Readonly<Record<Disk['health']['verdict'], readonly [string, Tone]>> = {
  good: ['good', 'good'],
  worn: ['WORN', 'warn'],
  failing: ['FAILING', 'bad'],
  unknown: ['unknown', 'plain'],
};

/** How a disk is in a word or two: a disk that does not answer is worse than any verdict. */
function healthSpan(disk: Disk, nowMs: number): { readonly text: string; readonly tone: Tone } {
  const { state, health } = disk;
  if (state.kind === 'gone') return toned('bad', 'GONE');
  const waited = state.kind === 'waiting' ? nowMs - state.sinceMs : 0;
  if (waited > 2000) return toned('bad', `NO ANSWER ${durationText(waited / 1000)}`);
  if (health.state === 'asking' || state.kind === 'waiting') return toned('plain', 'asking ...');
  const [word, tone] = VERDICTS[health.verdict];
  const heat = health.temperatureC === undefined ? '' : `  ${health.temperatureC}C`;
  return toned(tone, `${word}${heat}`);
}

/** The last `count` characters of a serial number, with a mark in front when something is left out. */
function tailOf(serial: string | undefined, count: number): string {
  if (serial === undefined) return '';
  return serial.length > count ? `…${serial.slice(1 - count)}` : serial;
}

interface Column {
  readonly heading: string;
  readonly columns: number;
}

/** Columns of the list of disks; those further right only where there is room for them. */
function columnsFor(width: number): Column[] {
  const wide = width >= 104;
  return [
    { heading: 'DISK', columns: 11 },
    { heading: 'MODEL / CONTENT', columns: wide ? 34 : 24 },
    { heading: 'SERIAL', columns: wide ? 22 : 10 },
    { heading: 'SIZE', columns: 11 },
    { heading: 'BUS', columns: 6 },
    { heading: 'HEALTH', columns: Math.max(10, width - (wide ? 86 : 64)) },
  ];
}

const cell = (text: string, columns: number): string => text.slice(0, columns - 1).padEnd(columns);

export function placeHeading(width: number): Line {
  return line(
    toned(
      'strong',
      `  ${columnsFor(width)
        .map(({ heading, columns }) => cell(heading, columns))
        .join('')}`,
    ),
  );
}

/** A row of the list of disks, without the mark of the chosen one. */
export function placeLine(place: Place, width: number, nowMs: number): Line {
  const { disk, partition } = place;
  const [name, what, serial, size, bus, health] = columnsFor(width).map(({ columns }) => columns) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (partition) {
    return line(
      cell(`  ${nameOf(place)}`, name),
      cell(contentText(place), what + serial),
      cell(bytesText(partition.sizeBytes), size),
      cell('', bus),
      toned('warn', cell(conditionText(place), health)),
    );
  }
  const { text, tone } = healthSpan(disk, nowMs);
  return line(
    cell(nameOf(place), name),
    cell([disk.model, contentText(place)].filter(Boolean).join(' ') || (disk.backingFile ?? ''), what),
    cell(tailOf(disk.serial, serial - 1), serial),
    cell(bytesText(disk.sizeBytes), size),
    cell(busText(disk), bus),
    toned(tone, cell(text, health)),
  );
}
