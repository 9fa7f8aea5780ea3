import { execFileSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import type { PartitionTable } from '../../src/partition/partition.ts';
import type { SeededRandom } from './random.ts';

/** One partition as sfdisk tells it, in bytes. */
export interface ToldPartition {
  readonly number: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
  readonly type: string;
  readonly name: string;
  readonly guid: string | undefined;
  readonly boot: boolean;
}

interface SfdiskPartition {
  readonly node: string;
  readonly start: number;
  readonly size: number;
  readonly type: string;
  readonly uuid?: string;
  readonly name?: string;
  readonly bootable?: boolean;
}

/** Lets sfdisk write the table that `script` describes into an image (made when missing) or onto a device. */
export function writeTable(path: string, script: string, sizeBytes?: number): void {
  if (sizeBytes !== undefined) truncateSync(path, sizeBytes);
  const args = ['--quiet', '--no-reread', '--wipe', 'never', '--wipe-partitions', 'never', path];
  execFileSync('sfdisk', args, { input: script, stdio: ['pipe', 'ignore', 'pipe'] });
}

/** What sfdisk reads there; undefined when it finds no table. */
export function toldTable(path: string): readonly ToldPartition[] | undefined {
  let text: string;
  try {
    text = execFileSync('sfdisk', ['--json', path], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
  const table = (
    JSON.parse(text) as { partitiontable: { sectorsize: number; partitions?: SfdiskPartition[] } }
  ).partitiontable;
  return (table.partitions ?? []).map((one) => ({
    number: Number(one.node.slice(path.length).replace(/^p/, '')),
    startBytes: one.start * table.sectorsize,
    sizeBytes: one.size * table.sectorsize,
    type: one.type.length > 2 ? one.type : one.type.padStart(2, '0'),
    name: one.name ?? '',
    guid: one.uuid,
    boot: one.bootable ?? false,
  }));
}

/** Our reading in the same words. */
export function toldByUs(table: PartitionTable): readonly ToldPartition[] {
  return table.partitions.map((one) => ({
    number: one.number,
    startBytes: one.startBytes,
    sizeBytes: one.sizeBytes,
    type: one.type,
    name: one.name,
    guid: one.guid,
    boot: table.scheme === 'mbr' && one.flags.includes('boot'),
  }));
}

const ALIGN = 8;

/** Ascending places in a row of `sectors` sectors from `from`, with gaps between them. */
function places(
  random: SeededRandom,
  count: number,
  from: number,
  to: number,
): [start: number, size: number][] {
  const room = Math.floor((to - from) / count);
  return Array.from({ length: count }, (_, i) => {
    const start = from + i * room + ALIGN * (1 + random.integer(room / ALIGN / 4));
    const size = ALIGN * (1 + random.integer((room * 5) / ALIGN / 8));
    return [start, size];
  });
}

const MBR_TYPES = ['7', '83', 'b', 'c', '27', '82', 'af'];
const GPT_TYPES = [
  'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',
  'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
  'DE94BBA4-06D1-4D40-A16A-BFD50179D6AC',
];

/** A script for an MBR with primary partitions and, in an extended one, logical ones. */
export function randomMbr(random: SeededRandom, sectors: number): string {
  const lines = ['label: dos'];
  const primaries = 1 + random.integer(3);
  const parts = places(random, primaries + 1, 64, sectors);
  const extendedSlot = random.integer(primaries + 1);
  const [extendedStart, extendedSize] = [parts[extendedSlot]?.[0] ?? 0, parts[extendedSlot]?.[1] ?? 0];
  for (const [slot, [start, size]] of parts.entries()) {
    const type = slot === extendedSlot ? ['5', 'f', '85'][random.integer(3)] : MBR_TYPES[random.integer(7)];
    const boot = slot !== extendedSlot && random.integer(3) === 0 ? ',bootable' : '';
    lines.push(`${slot + 1}: start=${start},size=${size},type=${type}${boot}`);
  }
  const logicals = Math.min(random.integer(9), Math.floor(extendedSize / 128));
  for (const [start, size] of places(random, logicals, extendedStart, extendedStart + extendedSize)) {
    lines.push(`start=${start},size=${size},type=${MBR_TYPES[random.integer(7)]}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A script for a GPT whose slots are not all used, nor in the order of their places. */
export function randomGpt(random: SeededRandom, sectors: number): string {
  const lines = ['label: gpt'];
  let slot = 0;
  const all = places(random, 1 + random.integer(12), 2048, sectors - 64);
  for (const [start, size] of random.integer(2) === 0 ? all : all.toReversed()) {
    slot += 1 + random.integer(3);
    const name = ['', 'Basic data partition', 'Größe 大', 'x'.repeat(36)][random.integer(4)];
    const attributes = ['', 'RequiredPartition', 'GUID:62,63', 'LegacyBIOSBootable GUID:50'][
      random.integer(4)
    ];
    lines.push(
      `${slot}: start=${start},size=${size},type=${GPT_TYPES[random.integer(4)]},name="${name}"` +
        (attributes ? `,attrs="${attributes}"` : ''),
    );
  }
  return `${lines.join('\n')}\n`;
}
