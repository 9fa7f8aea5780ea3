import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { writeNewFile } from '../block/new-file.ts';
import { didYouMean, readMapText, whyNoMap } from '../jobs/map-text.ts';
import type { BlockMap } from '../rescue/block-map.ts';
import { formatMapfile, type Mapfile, MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import { mapPage } from '../telling/map-page.ts';
import type { MapPortrait } from '../telling/map-portrait.ts';
import { type MapReport, parseMapReport } from '../telling/map-report.ts';
import { mapSvg } from '../telling/map-svg.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import {
  LARGEST_WIDTH,
  type MapColour,
  type MapWork,
  parseMapArguments,
  SMALLEST_WIDTH,
} from './map-arguments.ts';
import { MAP_HELP } from './map-help.ts';
import { differenceLines, partitionLines, pictureLines } from './map-lines.ts';
import { mapFromSectors, SectorListError, sectorsWith } from './map-sectors.ts';
import { Printer } from './printer.ts';
import { type TerminalLook, terminalLook } from './terminal.ts';

const DEFAULT_WIDTH = 78;

/** What speaks against it, as a sentence; nothing was touched. */
class Refused extends Error {}

/** `lifeboat map FILE`: shows, draws, compares, lists and makes maps. Reads nothing of any disk. */
export async function mapCommand(words: readonly string[]): Promise<ExitCode> {
  const { file, work } = parseMapArguments(words);
  try {
    return await carryOut(file, work);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    process.stderr.write(`lifeboat: ${error.message}\n`);
    return EXIT.refused;
  }
}

async function carryOut(file: string, work: MapWork): Promise<ExitCode> {
  switch (work.kind) {
    case 'help':
      process.stdout.write(MAP_HELP);
      return EXIT.saved;
    case 'show':
      return show(await loadMap(file), work);
    case 'list':
      return print(sectorsWith((await loadMap(file)).map, work.statuses, work.sectorBytes));
    case 'diff':
      return print(differenceLines((await loadMap(file)).map, (await loadMap(work.other)).map));
    case 'draw':
      return draw(file, work);
    case 'make':
      return make(file, work);
  }
}

async function print(lines: Iterable<string | number>): Promise<ExitCode> {
  const printer = new Printer(process.stdout);
  for (const line of lines) await printer.line(String(line));
  await printer.end();
  return EXIT.saved;
}

function show({ map, comments }: Mapfile, work: Extract<MapWork, { kind: 'show' }>): Promise<ExitCode> {
  const picture = pictureLines(map, work.width ?? columns(), lookFor(work.colour));
  return print([...picture, ...partitionLines(map, comments)]);
}

const columns = (): number =>
  Math.max(SMALLEST_WIDTH, Math.min(process.stdout.columns ?? DEFAULT_WIDTH, LARGEST_WIDTH));

function lookFor(colour: MapColour): TerminalLook {
  const look = terminalLook(process.env);
  if (colour !== 'auto') return { ...look, colour: colour === 'always' };
  return process.stdout.isTTY ? look : { ...look, colour: false };
}

async function draw(file: string, work: Extract<MapWork, { kind: 'draw' }>): Promise<ExitCode> {
  const { map } = await loadMap(file);
  const report = work.report === undefined ? undefined : await loadReport(work.report, map);
  const portrait: MapPortrait = { title: basename(file), map, report };
  const inputs = [file, ...(work.report === undefined ? [] : [work.report])];
  if (work.svg !== undefined && work.svg === work.html) {
    throw new Refused('--svg and --html name the same file.');
  }
  const outputs = [
    [work.svg, mapSvg],
    [work.html, mapPage],
  ] as const;
  for (const [path, render] of outputs) {
    if (path !== undefined) await write(path, render(portrait), work.force, inputs);
  }
  return EXIT.saved;
}

async function make(file: string, work: Extract<MapWork, { kind: 'make' }>): Promise<ExitCode> {
  const lines = await linesOf(work.list);
  let map: BlockMap;
  try {
    map = await mapFromSectors(lines, work);
  } catch (error) {
    if (!(error instanceof SectorListError)) throw error;
    throw new Refused(`${work.list === '-' ? 'The list' : work.list} cannot be used: ${error.message}.`);
  }
  const isDone = map.bytesWith('?', '*', '/').isEmpty;
  const text = formatMapfile(map, { offset: 0, phase: isDone ? '+' : '?', pass: 1 }, [
    `Made by lifeboat from a list of sectors of ${work.sectorBytes} bytes`,
  ]);
  await write(file, text, work.force, work.list === '-' ? [] : [work.list]);
  return EXIT.saved;
}

/** Writes a file that must not be one of those it is made of; without `force` it must not be there either. */
async function write(path: string, text: string, force: boolean, inputs: readonly string[]): Promise<void> {
  const there = await statOf(path);
  if (there !== undefined) {
    for (const input of inputs) {
      const other = await statOf(input);
      if (other?.dev === there.dev && other.ino === there.ino) {
        throw new Refused(`${path} is what this is made of; name another file.`);
      }
    }
    if (!there.isFile()) throw new Refused(`${path} is there and is no file; name another.`);
    if (!force)
      throw new Refused(`${path} is there already; name another file, or overwrite it with --force.`);
  }
  try {
    await writeNewFile(path, text, force);
  } catch (error) {
    throw new Refused(`${path} cannot be written (${codeOf(error)}).`);
  }
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new Refused(`${path} cannot be looked at (${codeOf(error)}).`);
  }
}

async function linesOf(list: string): Promise<AsyncIterable<string>> {
  if (list === '-') return createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  const input = createReadStream(list);
  try {
    await once(input, 'open');
  } catch (error) {
    throw new Refused(`The list ${list} cannot be read (${codeOf(error)}).`);
  }
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

async function loadMap(path: string): Promise<Mapfile> {
  try {
    return parseMapfile(await readMapText(path));
  } catch (error) {
    if (error instanceof MapfileError) {
      const question = await didYouMean(path);
      throw new Refused(`${path} is no map: ${whyNoMap(error)}.${question ? ` ${question}` : ''}`);
    }
    throw new Refused(`The map ${path} cannot be read (${codeOf(error)}).`);
  }
}

async function loadReport(path: string, map: BlockMap): Promise<MapReport> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new Refused(`The report ${path} cannot be read (${codeOf(error)}).`);
  }
  const report = parseMapReport(text);
  if (typeof report === 'string') throw new Refused(`${path} is no report of a rescue: ${report}.`);
  if (report.sizeBytes !== map.sizeBytes) {
    throw new Refused(
      `${path} is the report of another source: it had ${report.sizeBytes} bytes, the map has ${map.sizeBytes}.`,
    );
  }
  return report;
}

/** The code of what the system said; anything else is a defect of this program, and goes on up. */
function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return code;
}
