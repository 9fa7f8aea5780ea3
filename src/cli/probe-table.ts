import type { Content, ContentKind } from '../probe/content/content.ts';
import type { Disk, Machine, Partition } from '../probe/machine.ts';
import { safeText } from '../text/safe.ts';

/** The tables of `fsarchiver probe` 0.8.7, as they were seen (facts of the program, not of its source text). */

export interface TableForm {
  readonly detailed: boolean;
  /** As the versions of 2009 to 2012 drew it: devices with /dev/, a narrower label. */
  readonly classic: boolean;
}

interface Column {
  readonly title: string;
  /** Its width; negative for text that stands right. */
  readonly width: number;
  readonly cell: (row: Row) => string;
}

interface Row {
  readonly name: string;
  readonly path: string;
  readonly majorMinor: string;
  readonly sizeBytes: number;
  readonly content: Content | undefined;
}

/** What libblkid calls the contents, which is what FSArchiver prints; those not listed are called the same. */
const BLKID_NAMES: Partial<Record<ContentKind, string>> = {
  fat12: 'vfat',
  fat16: 'vfat',
  fat32: 'vfat',
  lvm: 'LVM2_member',
  'md-raid': 'linux_raid_member',
  zfs: 'zfs_member',
  bitlocker: 'BitLocker',
  luks: 'crypto_LUKS',
  refs: 'ReFS',
  'ext-journal': 'jbd',
};
/** What it was called then. */
const CLASSIC_NAMES: Partial<Record<ContentKind, string>> = { lvm: 'lvm2pv' };

const UNKNOWN = '<unknown>';

const columns = ({ detailed, classic }: TableForm): Column[] => [
  { title: '[=====DEVICE=====]', width: 16, cell: ({ name, path }) => (classic ? path : name) },
  { title: '[==FILESYS==]', width: 11, cell: ({ content }) => kindText(content, classic) },
  classic
    ? { title: '[=====LABEL=====]', width: 15, cell: labelText }
    : { title: '[======LABEL======]', width: 17, cell: labelText },
  { title: '[====SIZE====]', width: -12, cell: ({ sizeBytes }) => sizeText(sizeBytes) },
  { title: '[MAJ]', width: -3, cell: ({ majorMinor }) => majorMinor.split(':')[0] ?? '' },
  { title: '[MIN]', width: -3, cell: ({ majorMinor }) => majorMinor.split(':')[1] ?? '' },
  ...(detailed
    ? [
        { title: '[==============LONGNAME==============]', width: 36, cell: ({ path }: Row) => path },
        {
          title: '[=================UUID=================]',
          width: 38,
          cell: ({ content }: Row) => content?.uuid ?? UNKNOWN,
        },
      ]
    : []),
];

/** The physical disks, then everything else as file systems: loop devices as a whole, and all partitions. */
export function tableLines(machine: Machine, form: TableForm): string[] {
  const readable = machine.disks.filter(({ state }) => state.kind === 'answering');
  const physical = readable.filter(isPhysical);
  const rows: Row[] = readable
    .flatMap((disk) => [...(isPhysical(disk) ? [] : [disk]), ...disk.partitions.filter(isNode)])
    .map(({ name, path, majorMinor, sizeBytes, content }) => ({
      name,
      path,
      majorMinor,
      sizeBytes,
      content,
    }));
  rows.sort((one, other) => deviceNumber(one.majorMinor) - deviceNumber(other.majorMinor));
  return [...diskLines(physical), ...fileSystemLines(rows, form)];
}

/** Those with a device of their own in sysfs. */
const isPhysical = ({ kind }: Disk): boolean => kind === 'disk' || kind === 'optical';

const isNode = (part: Partition): part is Partition & { name: string; path: string; majorMinor: string } =>
  part.name !== undefined && part.path !== undefined && part.majorMinor !== undefined && !part.extended;

function diskLines(disks: readonly Disk[]): string[] {
  if (disks.length === 0) return ['No physical disk found'];
  const rows = disks.map(
    ({ name, model, sizeBytes, majorMinor }) =>
      `[${name.padEnd(16)}] [${safeText(model ?? '').padEnd(31)}] [${sizeText(sizeBytes).padStart(12)}] ${majorMinor
        .split(':')
        .map((number) => `[${number.padStart(3)}]`)
        .join(' ')}`,
  );
  return ['[======DISK======] [=============NAME==============] [====SIZE====] [MAJ] [MIN]', ...rows, ''];
}

function fileSystemLines(rows: readonly Row[], form: TableForm): string[] {
  if (rows.length === 0) return ['No filesystem found'];
  const all = columns(form);
  // FSArchiver ends each line with a blank.
  const finish = (cells: readonly string[]): string => `${cells.join(' ')}${form.classic ? '' : ' '}`;
  return [
    finish(all.map(({ title }) => title)),
    ...rows.map((row) => finish(all.map(({ width, cell }) => `[${fit(safeText(cell(row)), width)}]`))),
  ];
}

/** Cut where FSArchiver cuts: file system and label. A device or UUID that is too long moves the rest. */
function fit(text: string, width: number): string {
  if (width < 0) return text.padStart(-width);
  const isCut = width === 11 || width === 17 || width === 15;
  let cut = text;
  // It counts bytes, not characters; half a character, which it may leave over, is left out.
  while (isCut && Buffer.byteLength(cut) > width) cut = [...cut].slice(0, -1).join('');
  return cut + ' '.repeat(Math.max(0, width - Buffer.byteLength(cut)));
}

function kindText(content: Content | undefined, classic: boolean): string {
  if (content === undefined || ['unknown', 'empty', 'unreadable'].includes(content.kind)) return UNKNOWN;
  return (classic ? CLASSIC_NAMES[content.kind] : undefined) ?? BLKID_NAMES[content.kind] ?? content.kind;
}

const labelText = ({ content }: Row): string => content?.label ?? UNKNOWN;

const UNITS = ['KB', 'MB', 'GB', 'TB'];

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)} ${UNITS[unit]}`;
}

/** In the order in which the C library packs device numbers. */
function deviceNumber(majorMinor: string): number {
  const [major = 0, minor = 0] = majorMinor.split(':').map(Number);
  return Math.floor(minor / 256) * 2 ** 20 + major * 256 + (minor % 256);
}
