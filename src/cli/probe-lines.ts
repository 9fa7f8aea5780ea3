import { type Content, titleOf } from '../probe/content/content.ts';
import type { Health } from '../probe/health/health.ts';
import type { HostFacts } from '../probe/host.ts';
import type { Disk, Machine, Partition } from '../probe/machine.ts';
import type { Use } from '../probe/use.ts';
import { hiddenDisksText } from '../telling/hidden-disks.ts';
import { bytesText, durationText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { wrapText } from '../text/wrap.ts';

const WIDTH = 80;
const INDENT = '  ';
/** Under the headings of a disk, such as `health`. */
const FACT_COLUMN = 10;

/** The machine as people read it, in lines of at most 80 columns (unless a single name is longer). */
export function machineLines(machine: Machine, nowMs: number): string[] {
  const lines = machine.host === undefined ? [] : hostLines(machine.host);
  if (machine.disks.length === 0) lines.push('', 'There is no disk in this machine that the system can see.');
  for (const disk of machine.disks) lines.push('', ...diskLines(disk, nowMs));
  const hidden = machine.host?.hiddenDisks;
  if (hidden !== undefined) lines.push('', ...wrapText(hiddenDisksText(hidden), WIDTH));
  return lines;
}

function hostLines(host: HostFacts): string[] {
  const { firmware } = host;
  const parts = [
    [host.maker, host.model].filter(Boolean).join(' '),
    host.processor ?? '',
    `${bytesText(host.memoryBytes)} of memory`,
    `${firmware.kind.toUpperCase()}${firmware.secureBoot ? ' with Secure Boot' : ''}`,
    host.onMains === undefined ? '' : host.onMains ? 'on mains' : `on battery, ${host.batteryPercent} %`,
  ];
  return wrapText(safeText(parts.filter(Boolean).join(', ')), WIDTH);
}

const KINDS: Readonly<Record<Disk['kind'], string>> = {
  disk: 'disk',
  optical: 'optical drive',
  loop: 'loop device',
  mapped: 'mapped device',
  raid: 'RAID',
  network: 'network disk',
};

const TRANSPORTS: Readonly<Record<NonNullable<Disk['transport']>, string>> = {
  sata: 'SATA',
  sas: 'SAS',
  scsi: 'SCSI',
  usb: 'USB',
  nvme: 'NVMe',
  mmc: 'MMC',
  virtio: 'virtio',
  firewire: 'FireWire',
  iscsi: 'iSCSI',
  fc: 'Fibre Channel',
};

function diskLines(disk: Disk, nowMs: number): string[] {
  const name = disk.model === undefined ? '' : `  ${safeText(disk.model)}`;
  const lines = [`${disk.path}${name}  ${bytesText(disk.sizeBytes)}`];
  const facts = [
    disk.transport === undefined ? '' : TRANSPORTS[disk.transport],
    disk.kind === 'disk' ? (disk.rotational ? 'spinning' : 'solid state') : KINDS[disk.kind],
    disk.removable ? 'removable' : '',
    disk.serial === undefined ? 'no serial number' : `serial ${safeText(disk.serial)}`,
    `sectors ${disk.logicalSectorBytes}/${disk.physicalSectorBytes}`,
    disk.readOnly ? 'read-only' : '',
    disk.backingFile === undefined ? '' : `over ${safeText(disk.backingFile)}`,
  ];
  lines.push(...fact('disk', facts.filter(Boolean).join(', ')));
  lines.push(...fact('answers', stateText(disk, nowMs)));
  lines.push(...healthLines(disk.health));
  lines.push(...fact('use', useText(disk.use, disk.path)));
  lines.push(...contentLines(disk));
  return lines;
}

/** A heading, and what is said under it, wrapped. */
function fact(heading: string, text: string): string[] {
  const column = INDENT.length + FACT_COLUMN;
  return wrapText(text, WIDTH - column).map((line, index) =>
    index === 0 ? `${INDENT}${heading.padEnd(FACT_COLUMN)}${line}` : `${' '.repeat(column)}${line}`,
  );
}

function stateText({ state, touched }: Disk, nowMs: number): string {
  const since = (ms: number): string => durationText((nowMs - ms) / 1000);
  const trouble = touched.failed > 0 ? `; ${plural(touched.failed, 'read')} failed` : '';
  const slow = touched.slow > 0 ? `; ${plural(touched.slow, 'read')} took longer than 10 s` : '';
  switch (state.kind) {
    case 'answering':
      return `yes${trouble}${slow} (${bytesText(touched.bytes)} read)`;
    case 'starting':
      return 'not asked yet';
    case 'waiting':
      return `does not answer, ${since(state.sinceMs)}${trouble}${slow}`;
    case 'unread':
      return safeText(`not read: ${state.reason}`);
    case 'gone':
      return `gone, ${since(state.sinceMs)} ago`;
  }
}

const VERDICTS: Readonly<Record<Health['verdict'], string>> = {
  good: 'good',
  worn: 'WORN',
  failing: 'FAILING',
  unknown: 'unknown',
};

function healthLines(health: Health): string[] {
  if (health.state === 'asking') return fact('health', 'the disk has not told yet');
  const { temperatureC, powerOnHours, wearPercent } = health;
  const figures = [
    VERDICTS[health.verdict],
    temperatureC === undefined ? '' : `${temperatureC} C`,
    powerOnHours === undefined ? '' : `${plural(powerOnHours, 'hour')} on`,
    wearPercent === undefined ? '' : `${wearPercent} % of its life used`,
  ];
  const sentences = health.reasons.map(({ message, advice }) => [message, advice].filter(Boolean).join(' '));
  return [
    ...fact('health', figures.filter(Boolean).join(', ')),
    ...sentences.flatMap((sentence) => fact('', safeText(sentence))),
  ];
}

/** What may be done with it, and why not. */
function useText(use: Use, path: string): string {
  if (!use.checked) return 'not known yet';
  const parts = [use.system ? 'the running system is on it' : ''];
  const { notSource, notTarget } = use;
  parts.push(notSource === undefined ? 'can be saved' : `to save it: ${reason(notSource.message, path)}`);
  parts.push(
    notTarget === undefined ? 'can be written over' : `to write over it: ${reason(notTarget.message, path)}`,
  );
  return safeText(parts.filter(Boolean).join('; '));
}

/** The sentence of a refusal without its full stop, and without saying again what it is about. */
const reason = (message: string, path: string): string =>
  message.replace(/\.$/, '').replace(`The source ${path}`, 'it').replace(`The target ${path}`, 'it');

const COLUMNS = [10, 13, 11, 11] as const;

const row = (cells: readonly string[]): string =>
  `${INDENT}${cells.map((cell, index) => cell.padEnd(COLUMNS[index] ?? 0)).join(' ')}`.trimEnd();

function contentLines(disk: Disk): string[] {
  const lines: string[] = [];
  const { table, content } = disk;
  if (table !== undefined) {
    lines.push(
      ...fact(
        'table',
        `${table.kind === 'none' ? 'none' : table.kind.toUpperCase()}${table.id === undefined ? '' : ` ${table.id}`}`,
      ),
    );
    for (const problem of table.problems) lines.push(...fact('', problem));
  }
  if (content === undefined && disk.partitions.length === 0) return lines;
  lines.push(row(['PART', 'CONTENT', 'SIZE', 'USED', 'LABEL, STATE']));
  if (content !== undefined) lines.push(...partLines('whole', disk.sizeBytes, content, []));
  for (const part of disk.partitions) lines.push(...partitionLines(part));
  return lines;
}

function partitionLines(part: Partition): string[] {
  const name = part.name ?? `(${part.number})`;
  const { system, mountPoints } = part.use;
  const state = [
    part.active ? 'active' : '',
    system ? 'running system' : '',
    ...mountPoints.map((place) => `mounted at ${place}`),
    part.name === undefined ? 'known to the table only' : '',
  ].filter(Boolean);
  if (part.extended) return [row([name, 'extended', bytesText(part.sizeBytes)])];
  return partLines(name, part.sizeBytes, part.content, state, part.typeName);
}

function partLines(
  name: string,
  sizeBytes: number,
  content: Content | undefined,
  state: readonly string[],
  typeName?: string,
): string[] {
  const words = [
    content?.label === undefined ? '' : `"${safeText(content.label)}"`,
    content?.group ?? '',
    content?.dirty ? 'dirty' : '',
    content?.hibernated ? 'hibernated or fast start' : '',
    content?.kind === 'empty' || content?.kind === 'unknown' ? (typeName ?? '') : '',
    ...state,
    content?.note ?? '',
  ].filter(Boolean);
  const used = content?.usedBytes === undefined ? '' : bytesText(content.usedBytes);
  const start = row([
    name,
    content === undefined ? 'not read' : titleOf(content.kind),
    bytesText(sizeBytes),
    used,
    '',
  ]);
  const column = INDENT.length + COLUMNS.reduce((sum, width) => sum + width + 1, 0);
  const [first = '', ...more] = wrapText(safeText(words.join(', ')), WIDTH - column);
  return [`${start.padEnd(column)}${first}`.trimEnd(), ...more.map((line) => `${' '.repeat(column)}${line}`)];
}
