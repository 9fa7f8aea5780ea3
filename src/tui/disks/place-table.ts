import type { Disk } from '../../probe/machine.ts';
import { bytesText, durationText } from '../../text/quantity.ts';
import { type Line, line, type Span, type Tone, toned } from '../frame/line.ts';
import { WORDS } from '../words.ts';
import { conditionText, contentOf, contentText, nameOf, type Place, sizeOf } from './place.ts';

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

const VERDICT_TONES: Readonly<Record<Disk['health']['verdict'], Tone>> = {
  good: 'good',
  worn: 'warn',
  failing: 'bad',
  unknown: 'plain',
};

/** From this age on a request that is not answered is worth a word. */
const SILENT_MS = 2000;

/** Since how many milliseconds the disk does not answer; undefined when it does. */
export function silentMs({ state }: Disk, nowMs: number): number | undefined {
  const waited = state.kind === 'waiting' ? nowMs - state.sinceMs : 0;
  return waited > SILENT_MS ? waited : undefined;
}

/** How a disk is in a word or two. That it does not answer, or gives errors, is worse than what it says of itself. */
export function healthSpan(disk: Disk, nowMs: number): Span {
  const { state, health, touched } = disk;
  const words = WORDS.health;
  if (state.kind === 'gone') return toned('bad', words.gone);
  const silent = silentMs(disk, nowMs);
  if (silent !== undefined) return toned('bad', words.silent(durationText(silent / 1000)));
  const heat = health.temperatureC === undefined ? '' : `  ${health.temperatureC}C`;
  if (health.verdict === 'failing') return toned('bad', words.failing + heat);
  if (touched.failed > 0) return toned('bad', words.errors);
  if (health.state === 'asking' || state.kind === 'starting' || state.kind === 'waiting')
    return toned('plain', words.asking);
  if (touched.slow > 0) return toned('warn', words.slow);
  return toned(VERDICT_TONES[health.verdict], words[health.verdict] + heat);
}

/** The last `count` characters of a serial number, with a mark in front when something is left out. */
function tailOf(serial: string | undefined, count: number): string {
  if (serial === undefined) return '';
  return serial.length > count ? `…${serial.slice(1 - count)}` : serial;
}

interface Column {
  readonly heading: string;
  readonly columns: number;
  readonly disk: (disk: Disk, columns: number, nowMs: number) => string | Span;
  readonly part: (place: Place) => string | Span;
}

const usedText = (place: Place): string => {
  const used = contentOf(place)?.usedBytes;
  return used === undefined ? '' : bytesText(used);
};

const nothing = (): string => '';

/** Columns of the list of disks; some only where there is room for them. */
function columnsFor(width: number): Column[] {
  const [name, what, serial, size, used, bus, lock] =
    width >= 112
      ? [13, 32, 22, 11, 11, 7, 5]
      : width >= 90
        ? [12, 26, 16, 11, 0, 6, 5]
        : [12, 22, 9, 11, 0, 6, 0];
  const fixed = name + what + serial + size + used + bus + lock;
  const columns: Column[] = [
    {
      heading: 'DISK',
      columns: name,
      disk: (disk) => disk.name,
      part: (place) => ` ${nameOf(place)}`,
    },
    {
      heading: 'MODEL / CONTENT',
      columns: what,
      disk: (disk) =>
        [disk.model, contentText({ disk, partition: undefined })].filter(Boolean).join(' ') ||
        (disk.backingFile ?? ''),
      part: contentText,
    },
    {
      heading: 'SERIAL',
      columns: serial,
      disk: (disk, room) => tailOf(disk.serial, room - 1),
      part: nothing,
    },
    {
      heading: 'SIZE',
      columns: size,
      disk: ({ sizeBytes }) => bytesText(sizeBytes),
      part: (place) => bytesText(sizeOf(place)),
    },
    {
      heading: 'USED',
      columns: used,
      disk: (disk) => usedText({ disk, partition: undefined }),
      part: usedText,
    },
    { heading: 'BUS', columns: bus, disk: busText, part: nothing },
    { heading: 'LOCK', columns: lock, disk: ({ readOnly }) => (readOnly ? 'R/O' : 'r/w'), part: nothing },
    {
      heading: 'HEALTH',
      columns: Math.max(10, width - 2 - fixed),
      disk: (disk, _, nowMs) => healthSpan(disk, nowMs),
      part: (place) => toned('warn', conditionText(place)),
    },
  ];
  return columns.filter(({ columns: room }) => room > 0);
}

/** Text in its column, with a blank behind it; the last one needs none. */
function cell(content: string | Span, columns: number, isLast = false): Span {
  const { text, tone } = typeof content === 'string' ? toned('plain', content) : content;
  return toned(tone, text.slice(0, isLast ? columns : columns - 1).padEnd(columns));
}

export function placeHeading(width: number): Line {
  const text = columnsFor(width)
    .map(({ heading, columns }) => cell(heading, columns).text)
    .join('');
  return line(toned('strong', `  ${text}`));
}

/** A row of the list of disks, without the mark of the chosen one. */
export function placeLine(place: Place, width: number, nowMs: number): Line {
  const columns = columnsFor(width);
  if (!place.partition)
    return columns.map(({ disk, columns: room }, i) =>
      cell(disk(place.disk, room, nowMs), room, i === columns.length - 1),
    );
  // What a partition holds may take the room of the serial number, which it has none of.
  const [name, what, serial, ...rest] = columns as [Column, Column, Column, ...Column[]];
  return [
    cell(name.part(place), name.columns),
    cell(what.part(place), what.columns + serial.columns),
    ...rest.map(({ part, columns: room }, i) => cell(part(place), room, i === rest.length - 1)),
  ];
}
