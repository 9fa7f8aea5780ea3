import { safeText } from '../text/safe.ts';
import { BlockMap, type MapRun } from './block-map.ts';
import { STATUSES, type Status } from './status.ts';

/**
 * GNU ddrescue's mapfile (manual of ddrescue 1.27, "Mapfile structure"): comments, one status line, then one line
 * a block. Both programs read and continue each other's maps.
 */
export interface Mapfile {
  readonly map: BlockMap;
  /** Text of the comment lines, without `#` and surrounding blanks. */
  readonly comments: readonly string[];
}

/** So much of a line that is no line of a map is shown. */
const SHOWN = 60;

/** A map that cannot be trusted, with the line (from 1) that says so. */
export class MapfileError extends Error {
  readonly line: number;
  readonly expected: string;
  readonly found: string;

  constructor(line: number, expected: string, found: string) {
    super(`line ${line} of the map: expected ${expected}, found "${safeText(found).slice(0, SHOWN)}"`);
    this.name = 'MapfileError';
    this.line = line;
    this.expected = expected;
    this.found = found;
  }
}

/** What the engine was doing when a map was written: ddrescue's status line. */
export interface MapPosition {
  /** Byte offset of the last request. */
  readonly offset: number;
  readonly phase: MapPhase;
  /** Number of the pass within the phase, from 1. */
  readonly pass: number;
}

/** ddrescue's phase letters: copying, trimming, scraping, retrying, finished. */
export type MapPhase = '?' | '*' | '/' | '-' | '+';

const PHASES = '?*/-FG+';
const PHASE_WORDS: Record<MapPhase, string> = {
  '?': 'Copying non-tried blocks',
  '*': 'Trimming failed blocks',
  '/': 'Scraping failed blocks',
  '-': 'Retrying bad sectors',
  '+': 'Finished',
};

const hex = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(8, '0')}`;

/** The text of a mapfile. `comments` become comment lines; they must not hold line breaks. */
export function formatMapfile(map: BlockMap, position: MapPosition, comments: readonly string[]): string {
  const lines = comments.map((comment) => `# ${comment}`);
  lines.push(`# ${PHASE_WORDS[position.phase]}... Pass ${position.pass}`);
  lines.push('# current_pos  current_status  current_pass');
  lines.push(`${hex(position.offset)}     ${position.phase}               ${position.pass}`);
  lines.push('#      pos        size  status');
  for (const run of map.runs()) lines.push(`${hex(run.start)}  ${hex(run.end - run.start)}  ${run.status}`);
  lines.push('');
  return lines.join('\n');
}

/** C notation, as ddrescue reads it: `0x` hexadecimal, a leading 0 octal, else decimal. */
function parseNumber(word: string, line: number): number {
  let value = Number.NaN;
  if (/^0[xX][0-9a-fA-F]+$/.test(word)) value = Number.parseInt(word.slice(2), 16);
  else if (/^0[0-7]*$/.test(word)) value = Number.parseInt(word, 8);
  else if (/^[1-9][0-9]*$/.test(word)) value = Number.parseInt(word, 10);
  if (!Number.isSafeInteger(value)) throw new MapfileError(line, 'a number of bytes', word);
  return value;
}

/**
 * Reads a mapfile. Blocks must be in order and without gaps, and must end at `sizeBytes`, the size of the source:
 * a map of a source of another size is not this source's. Without `sizeBytes` any size is taken. Throws
 * `MapfileError`.
 */
export function parseMapfile(text: string, sizeBytes?: number): Mapfile {
  const blocks: MapRun[] = [];
  const comments: string[] = [];
  let sawStatusLine = false;
  let line = 0;
  for (const raw of text.split('\n')) {
    line++;
    const trimmed = raw.trim();
    if (trimmed === '') continue;
    if (trimmed.startsWith('#')) {
      comments.push(trimmed.slice(1).trim());
      continue;
    }
    const words = trimmed.split(/\s+/);
    if (sawStatusLine) {
      blocks.push(readBlock(words, line, blocks.at(-1)));
      continue;
    }
    // Maps of ddrescue before 1.20 have no pass number.
    if (words.length < 2 || words.length > 3 || words[1]?.length !== 1 || !PHASES.includes(words[1])) {
      throw new MapfileError(line, 'the status line "position status pass"', trimmed);
    }
    parseNumber(words[0] as string, line);
    sawStatusLine = true;
  }
  if (!sawStatusLine) throw new MapfileError(line, 'a status line', 'the end of the map');
  const end = blocks.at(-1)?.end;
  if (end === undefined) throw new MapfileError(line, 'at least one block', 'the end of the map');
  if (sizeBytes !== undefined && end !== sizeBytes) {
    throw new MapfileError(line, `a map that ends at ${sizeBytes}, the size of the source`, `${end}`);
  }
  const map = new BlockMap(end);
  for (const block of blocks) map.set(block.start, block.end, block.status);
  return { map, comments };
}

/** One block line. */
function readBlock(words: readonly string[], line: number, previous: MapRun | undefined): MapRun {
  const [positionWord, sizeWord, status] = words;
  if (words.length !== 3 || positionWord === undefined || sizeWord === undefined) {
    throw new MapfileError(line, 'a block "position size status"', words.join(' '));
  }
  if (!STATUSES.includes(status as Status)) throw new MapfileError(line, 'a status ? * / - +', status ?? '');
  const start = parseNumber(positionWord, line);
  const size = parseNumber(sizeWord, line);
  if (size === 0) throw new MapfileError(line, 'a block with a size', '0');
  if (previous !== undefined && start !== previous.end) {
    throw new MapfileError(line, `a block that starts at ${hex(previous.end)}`, positionWord);
  }
  if (!Number.isSafeInteger(start + size))
    throw new MapfileError(line, 'a block that ends below 2^53', sizeWord);
  return { start, end: start + size, status: status as Status };
}
