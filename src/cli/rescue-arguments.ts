import type { FixGpt, Hopeless, JobSpec } from '../jobs/job-spec.ts';
import type { Fill } from '../rescue/fill.ts';
import { parseBytes } from '../text/quantity.ts';
import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

/** What `lifeboat rescue` was asked for. */
export interface RescueArguments {
  readonly help: boolean;
  readonly json: boolean;
  /** Lines instead of a panel. */
  readonly plain: boolean;
  /** The job's folder. */
  readonly job: string | undefined;
  /** The drive in which the target is a path. */
  readonly on: string | undefined;
  /** With some defaults left open: they depend on the target and the terminal. */
  readonly spec: Omit<JobSpec, 'map' | 'on' | 'job' | 'hopeless' | 'fixGpt' | 'waitSeconds'> & {
    readonly waitSeconds: JobSpec['waitSeconds'] | undefined;
    readonly map: string | undefined;
    readonly hopeless: Hopeless | undefined;
    readonly fixGpt: FixGpt | undefined;
  };
}

const FILLS: readonly string[] = ['marker', 'zero', 'keep'] satisfies readonly Fill[];

const HOPELESS: readonly string[] = ['try', 'leave', 'ask'] satisfies readonly Hopeless[];

const FIX_GPT: readonly string[] = ['yes', 'no', 'ask'] satisfies readonly FixGpt[];

const MOST_RETRIES = 100;

const PHYSICAL_SECTORS: readonly string[] = ['512', '4096'];

/** Reads the words behind `lifeboat rescue`. Throws a `UsageError`. */
export function parseRescueArguments(words: readonly string[]): RescueArguments {
  const { values, positionals } = parse(words);
  const [source, target, ...rest] = positionals;
  const help = values.help ?? false;
  if (!help) {
    if (source === undefined)
      throw new UsageError('say what to rescue: lifeboat rescue SOURCE TARGET', 'rescue');
    if (target === undefined)
      throw new UsageError('say where to save it: lifeboat rescue SOURCE TARGET', 'rescue');
    if (rest.length > 0) {
      throw new UsageError(
        `one source and one target are expected, found also "${rest.join(' ')}"`,
        'rescue',
      );
    }
    for (const [name, value] of Object.entries({
      SOURCE: source,
      TARGET: target,
      map: values.map,
      job: values.job,
      on: values.on,
      report: values.report,
    })) {
      if (value === '') throw new UsageError(`${name} is empty`, 'rescue');
    }
  }
  const force = values.force ?? false;
  return {
    help,
    json: values.json ?? false,
    plain: values.plain ?? false,
    job: values.job,
    on: values.on,
    spec: {
      source: source ?? '',
      target: target ?? '',
      map: values.map,
      report: values.report,
      fill: fillOf(values.fill),
      allSectors: values['all-sectors'] ?? false,
      first: firstOf(values.first),
      hopeless: hopelessOf(values.hopeless),
      fixGpt: fixGptOf(values['fix-gpt']),
      retries: retriesOf(values.retries),
      physicalSectorBytes: physicalSectorOf(values['physical-sector']),
      minRate: rateOf(values['min-rate']),
      waitSeconds: waitOf(values.wait, 'rescue'),
      verify: values.verify ?? false,
      detached: values.detach ?? false,
      keepTimeouts: values['keep-timeouts'] ?? false,
      overwrite: force || (values.yes ?? false),
      force,
    },
  };
}

function parse(words: readonly string[]) {
  return parseWords(words, 'rescue', {
    map: { type: 'string', short: 'm' },
    job: { type: 'string' },
    on: { type: 'string' },
    detach: { type: 'boolean' },
    verify: { type: 'boolean' },
    fill: { type: 'string' },
    'all-sectors': { type: 'boolean' },
    first: { type: 'string', multiple: true },
    hopeless: { type: 'string' },
    'fix-gpt': { type: 'string' },
    retries: { type: 'string', short: 'r' },
    'physical-sector': { type: 'string' },
    'min-rate': { type: 'string' },
    wait: { type: 'string' },
    'keep-timeouts': { type: 'boolean' },
    report: { type: 'string' },
    json: { type: 'boolean' },
    plain: { type: 'boolean' },
    yes: { type: 'boolean', short: 'y' },
    force: { type: 'boolean', short: 'f' },
    help: { type: 'boolean', short: 'h' },
  });
}

function fillOf(word: string | undefined): Fill {
  if (word === undefined) return 'marker';
  if (!FILLS.includes(word)) {
    throw new UsageError(`--fill takes marker, zero or keep, found "${word}"`, 'rescue');
  }
  return word as Fill;
}

const MOST_PATTERNS = 1000;

function firstOf(words: readonly string[] | undefined): readonly string[] {
  if (words === undefined) return [];
  if (words.some((word) => word === '')) throw new UsageError('first is empty', 'rescue');
  if (words.length > MOST_PATTERNS) {
    throw new UsageError(`--first can be said ${MOST_PATTERNS} times, found ${words.length}`, 'rescue');
  }
  return words;
}

function fixGptOf(word: string | undefined): FixGpt | undefined {
  if (word !== undefined && !FIX_GPT.includes(word)) {
    throw new UsageError(`--fix-gpt takes yes, no or ask, found "${word}"`, 'rescue');
  }
  return word as FixGpt | undefined;
}

function hopelessOf(word: string | undefined): Hopeless | undefined {
  if (word !== undefined && !HOPELESS.includes(word)) {
    throw new UsageError(`--hopeless takes try, leave or ask, found "${word}"`, 'rescue');
  }
  return word as Hopeless | undefined;
}

function retriesOf(word: string | undefined): number {
  if (word === undefined) return 0;
  const count = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (!(count <= MOST_RETRIES)) {
    throw new UsageError(
      `--retries takes a whole number from 0 to ${MOST_RETRIES}, found "${word}"`,
      'rescue',
    );
  }
  return count;
}

/** How long to wait for what is lost, as `--wait` of a command says. Throws a `UsageError`. */
export function waitOf(word: string | undefined, command: string): JobSpec['waitSeconds'] | undefined {
  if (word === undefined || word === 'forever') return word;
  const seconds = /^\d{1,9}$/.test(word) ? Number(word) : Number.NaN;
  if (Number.isNaN(seconds)) {
    throw new UsageError(`--wait takes whole seconds or forever, found "${word}"`, command);
  }
  return seconds;
}

function rateOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const bytes = parseBytes(word);
  if (bytes === undefined) {
    throw new UsageError(
      `--min-rate takes bytes a second, such as 0, 500k, 1M or 2MiB, found "${word}"`,
      'rescue',
    );
  }
  return bytes;
}

function physicalSectorOf(word: string | undefined): number | undefined {
  if (word !== undefined && !PHYSICAL_SECTORS.includes(word)) {
    throw new UsageError(`--physical-sector takes 512 or 4096, found "${word}"`, 'rescue');
  }
  return word === undefined ? undefined : Number(word);
}
