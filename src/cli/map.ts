import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from '../rescue/block-map.ts';
import { mapCells } from '../rescue/map-cells.ts';
import { type Mapfile, MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import { partitionsFromComments, partitionTitle } from '../rescue/partition-facts.ts';
import { STATUSES, type Status } from '../rescue/status.ts';
import { bytesText, percentText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { mapLegend, mapLines } from './map-picture.ts';
import { type TerminalLook, terminalLook } from './terminal.ts';
import { argumentProblem, UsageError } from './usage-error.ts';

const DEFAULT_WIDTH = 78;
const SMALLEST_WIDTH = 20;
const LARGEST_WIDTH = 1000;
const PICTURE_ROWS = 12;
const SECTOR_BYTES = 512;

const WORDS: Record<Status, string> = {
  '+': 'saved',
  '?': 'not tried',
  '*': 'failed, to be narrowed',
  '/': 'inside damage, not tried alone',
  '-': 'bad',
};

interface MapArguments {
  readonly help: boolean;
  readonly file: string;
  readonly diff: string | undefined;
  readonly list: boolean;
  readonly sectorBytes: number;
  readonly width: number | undefined;
}

/** `lifeboat map FILE`: shows what a map knows, compares two, or lists bad sectors. Reads nothing but maps. */
export async function mapCommand(words: readonly string[]): Promise<ExitCode> {
  const wanted = parseMapArguments(words);
  if (wanted.help) {
    process.stdout.write(helpFor('map') ?? '');
    return EXIT.saved;
  }
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const first = await loadMap(wanted.file);
  const second = wanted.diff === undefined ? undefined : await loadMap(wanted.diff);
  for (const problem of [first, second]) {
    if (typeof problem !== 'string') continue;
    process.stderr.write(`lifeboat: ${problem}\n`);
    return EXIT.refused;
  }
  const { map, comments } = first as Mapfile;
  if (wanted.list) {
    for (const sector of badSectors(map, wanted.sectorBytes)) print(String(sector));
  } else if (second instanceof Object) {
    for (const line of differenceLines(map, second.map)) print(line);
  } else {
    const { stdout } = process;
    const look = terminalLook(process.env);
    const width =
      wanted.width ?? Math.max(SMALLEST_WIDTH, Math.min(stdout.columns ?? DEFAULT_WIDTH, LARGEST_WIDTH));
    for (const line of pictureLines(map, width, stdout.isTTY ? look : { ...look, colour: false }))
      print(line);
    for (const line of partitionLines(map, comments)) print(line);
  }
  return EXIT.saved;
}

function parseMapArguments(words: readonly string[]): MapArguments {
  const { values, positionals } = parse(words);
  const help = values.help ?? false;
  const [file, ...rest] = positionals;
  if (!help && file === undefined) throw new UsageError('say which map: lifeboat map FILE', 'map');
  if (rest.length > 0) throw new UsageError(`one map is expected, found also "${rest.join(' ')}"`, 'map');
  return {
    help,
    file: file ?? '',
    diff: values.diff,
    list: values.list ?? false,
    sectorBytes: wholeNumber('--sector-size', values['sector-size'], SECTOR_BYTES, 1, 65536) ?? SECTOR_BYTES,
    width: wholeNumber('--width', values.width, undefined, SMALLEST_WIDTH, LARGEST_WIDTH),
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        diff: { type: 'string' },
        list: { type: 'boolean' },
        'sector-size': { type: 'string', short: 'b' },
        width: { type: 'string', short: 'w' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw argumentProblem(error, 'map');
  }
}

function wholeNumber(
  option: string,
  word: string | undefined,
  otherwise: number | undefined,
  least: number,
  most: number,
): number | undefined {
  if (word === undefined) return otherwise;
  const value = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}, found "${word}"`, 'map');
}

/** The map in a file with its comments, or what is wrong with it as a sentence. */
async function loadMap(path: string): Promise<Mapfile | string> {
  try {
    return parseMapfile(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof MapfileError) return `${path} is no map: ${error.message}.`;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return `The map ${path} cannot be read (${code}).`;
  }
}

/** Numbers of the sectors that hold bad bytes, ascending. */
function* badSectors(map: BlockMap, sectorBytes: number): Iterable<number> {
  let next = 0;
  for (const { start, end } of map.bytesWith('-')) {
    const last = Math.ceil(end / sectorBytes);
    for (let sector = Math.max(next, Math.floor(start / sectorBytes)); sector < last; sector++) yield sector;
    next = last;
  }
}

function pictureLines(map: BlockMap, width: number, look: TerminalLook): string[] {
  const everything = RangeSet.single(0, map.sizeBytes);
  const cells = mapCells(map, everything, width * PICTURE_ROWS);
  const lines = [`Source: ${bytesText(map.sizeBytes)}`];
  for (const status of STATUSES.toReversed()) {
    const bytes = map.bytesWith(status);
    if (bytes.isEmpty) continue;
    lines.push(
      `${status}  ${WORDS[status].padEnd(32)} ${bytesText(bytes.totalBytes).padStart(10)}  ` +
        `${percentText(bytes.totalBytes, map.sizeBytes).padStart(9)}  in ${plural(bytes.count, 'area')}`,
    );
  }
  return [
    ...lines,
    '',
    ...mapLines(cells, width, PICTURE_ROWS, look),
    `one cell is ${bytesText(Math.ceil(map.sizeBytes / (width * PICTURE_ROWS)))}`,
    mapLegend(look, ''),
  ];
}

/** What became of each partition, in a map of a whole disk. */
function partitionLines(map: BlockMap, comments: readonly string[]): string[] {
  return partitionsFromComments(comments, map.sizeBytes).map((partition) => {
    const { startBytes, sizeBytes } = partition;
    const whole = RangeSet.single(startBytes, startBytes + sizeBytes);
    const parts = STATUSES.toReversed().flatMap((status) => {
      const { totalBytes } = map.bytesWith(status).intersect(whole);
      return totalBytes > 0 ? [`${WORDS[status]} ${bytesText(totalBytes)}`] : [];
    });
    return `${safeText(partitionTitle(partition))}, ${bytesText(sizeBytes)}: ${parts.join(', ')}`;
  });
}

/** Where two maps disagree, and what that comes to. */
function differenceLines(a: BlockMap, b: BlockMap): string[] {
  if (a.sizeBytes !== b.sizeBytes) {
    return [`The maps are of sources of different sizes: ${a.sizeBytes} and ${b.sizeBytes} bytes.`];
  }
  const lines: string[] = [];
  const totals = new Map<string, number>();
  for (const left of a.runs()) {
    for (const right of b.runs(left.start, left.end)) {
      if (left.status === right.status) continue;
      const change = `${left.status} -> ${right.status}`;
      totals.set(change, (totals.get(change) ?? 0) + right.end - right.start);
      lines.push(
        `0x${right.start.toString(16).toUpperCase().padStart(8, '0')}  ${right.end - right.start}  ${change}`,
      );
    }
  }
  for (const [change, bytes] of totals) lines.push(`${change}: ${bytesText(bytes)}`);
  return lines.length > 0 ? lines : ['The maps agree.'];
}
