import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MAX_THREADS } from '../archive/fsarchiver/run-fsarchiver.ts';
import { parseBytes } from '../text/quantity.ts';
import { argumentProblem, UsageError } from './usage-error.ts';

const COMMAND = 'archive';
const MIB = 2 ** 20;

/** The words behind `lifeboat archive VERB`, as far as all verbs have them in common. */
export type ArchiveWords = ReturnType<typeof parseArchiveWords>;

const FLAGS = {
  check: { type: 'boolean' },
  compare: { type: 'boolean' },
  contents: { type: 'boolean' },
  'without-side-file': { type: 'boolean' },
  encrypt: { type: 'boolean' },
  mend: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  force: { type: 'boolean', short: 'f' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  help: { type: 'boolean', short: 'h' },
  level: { type: 'string' },
  threads: { type: 'string' },
  split: { type: 'string' },
  label: { type: 'string' },
  exclude: { type: 'string', multiple: true },
  fs: { type: 'string' },
  'password-file': { type: 'string' },
  from: { type: 'string' },
  on: { type: 'string' },
  agreed: { type: 'string' },
} as const;

const COMMON: readonly string[] = ['json', 'quiet', 'help', 'force'];
const OF_VERB: Readonly<Record<string, readonly string[]>> = {
  save: ['level', 'threads', 'split', 'label', 'exclude', 'encrypt', 'password-file', 'on', 'agreed'],
  restore: ['threads', 'check', 'compare', 'without-side-file', 'yes', 'password-file', 'from', 'agreed'],
  compare: ['fs', 'contents', 'password-file'],
  list: ['fs', 'from'],
  info: ['from'],
  verify: ['mend', 'from'],
};

/** Reads the words behind a verb, and refuses options that belong to another one. Throws a `UsageError`. */
export function parseArchiveWords(verb: string, words: readonly string[]) {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(words);
  } catch (error) {
    throw argumentProblem(error, COMMAND);
  }
  const allowed = [...COMMON, ...(OF_VERB[verb] ?? [])];
  for (const name of Object.keys(parsed.values)) {
    if (!allowed.includes(name)) throw new UsageError(`archive ${verb} has no option --${name}`, COMMAND);
  }
  for (const [name, value] of Object.entries(parsed.values)) {
    if (value === '') throw new UsageError(`--${name} is empty`, COMMAND);
  }
  if (parsed.positionals.some((word) => word === '')) throw new UsageError('a name is empty', COMMAND);
  return parsed;
}

function parse(words: readonly string[]) {
  return parseArgs({ args: [...words], allowPositionals: true, allowNegative: true, options: FLAGS });
}

export function levelOf(word: string | undefined): number {
  const DEFAULT_LEVEL = 8;
  return word === undefined ? DEFAULT_LEVEL : wholeNumber('level', word, 1, 22);
}

export function threadsOf(word: string | undefined): number {
  if (word === undefined) return Math.min(MAX_THREADS, availableParallelism());
  return wholeNumber('threads', word, 1, MAX_THREADS);
}

export function splitOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const bytes = parseBytes(word);
  if (bytes !== undefined && bytes >= MIB) return bytes;
  throw new UsageError(`--split takes a size of at least 1MiB, such as 4GiB, found "${word}"`, COMMAND);
}

export function labelOf(word: string | undefined): string | undefined {
  const MOST_BYTES = 500;
  if (word === undefined || Buffer.byteLength(word) <= MOST_BYTES) return word;
  throw new UsageError(`--label takes at most ${MOST_BYTES} bytes`, COMMAND);
}

export function fileSystemOf(word: string | undefined): number | undefined {
  return word === undefined ? undefined : wholeNumber('fs', word, 0, 127);
}

/** `0=/dev/sdc1` or `/dev/sdc1`. */
export function targetOf(word: string): { id: number | undefined; device: string } {
  const [, id, device] = /^(\d{1,3})=(.+)$/.exec(word) ?? [];
  if (id === undefined || device === undefined) return { id: undefined, device: word };
  return { id: Number(id), device };
}

function wholeNumber(name: string, word: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(word) ? Number(word) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, found "${word}"`, COMMAND);
}
