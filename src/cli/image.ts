import { LEVELS } from '../clone/compressed/zstd-codec.ts';
import { STANDARD_STREAM } from '../clone/standard-stream.ts';
import type { CloneSpec } from '../jobs/clone-spec.ts';
import { Refusal } from '../jobs/refusal.ts';
import { agreedOf } from './agreed-words.ts';
import { runCloneInFront } from './clone-front.ts';
import { inDrives } from './drives.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

/** What may follow `lifeboat image`, with the names and options that it takes. */
const VERBS = {
  save: {
    names: ['SOURCE', 'IMAGE'],
    options: [
      ...['on', 'agreed', 'plain', 'level', 'rescue', 'ignore-check', 'keep-timeouts', 'yes', 'force'],
      ...['quiet', 'json'],
    ],
  },
  restore: {
    names: ['IMAGE', 'TARGET'],
    options: [
      ...['from', 'on', 'agreed', 'rescue', 'new-serial', 'adjust-sector-size', 'yes'],
      ...['quiet', 'json'],
    ],
  },
  convert: {
    names: ['IMAGE', 'IMAGE'],
    options: ['from', 'on', 'plain', 'level', 'rescue', 'yes', 'quiet', 'json'],
  },
  info: { names: ['IMAGE'], options: ['from', 'json'] },
  verify: { names: ['IMAGE'], options: ['from', 'quiet', 'json'] },
} as const;

type Verb = keyof typeof VERBS;

/** `lifeboat image`: saves volumes to images, makes volumes of them again, and looks into them. */
export async function imageCommand(words: readonly string[]): Promise<ExitCode> {
  const [verb = '', ...rest] = words;
  if (verb === '--help' || verb === '-h') return helpPage();
  if (!isVerb(verb)) {
    const found = verb === '' ? 'nothing' : `"${verb}"`;
    throw new UsageError(`${Object.keys(VERBS).join(', ')} may follow, found ${found}`, 'image');
  }
  const { values, positionals } = parse(rest);
  if (values.help) return helpPage();
  const { names, options } = VERBS[verb];
  const foreign = Object.keys(values).find((name) => !options.some((known) => known === name));
  if (foreign !== undefined) throw new UsageError(`image ${verb} has no option --${foreign}`, 'image');
  const [source = '', target = ''] = positionals;
  if (positionals.length !== names.length) {
    throw new UsageError(`wrong number of names: lifeboat image ${verb} ${names.join(' ')}`, 'image');
  }
  return inTheirDrives(specFor(verb, source, target, values), values);
}

/** Runs it while the drives that hold its ends are mounted, if any were named. */
async function inTheirDrives(spec: CloneSpec, values: Values): Promise<ExitCode> {
  const { quiet = false, json = false, from, on } = values;
  const look = { quiet, json };
  const target = 'target' in spec ? spec.target : undefined;
  if (from === undefined && on === undefined) return runCloneInFront(spec, 'image', look);
  if (
    (from !== undefined && spec.source === STANDARD_STREAM) ||
    (on !== undefined && target === STANDARD_STREAM)
  )
    throw new UsageError('a standard stream is in no drive', 'image');
  try {
    return await inDrives(
      { from, on, source: spec.source, sameDisk: true, agreed: 'agreed' in spec ? spec.agreed : undefined },
      async ({ read, written, told }) => {
        const placed = { ...spec, source: await read(spec.source) };
        const whole = 'target' in placed ? { ...placed, target: await written(placed.target) } : placed;
        return runCloneInFront(whole, 'image', look, told);
      },
    );
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message, advice } = error;
    if (json) process.stdout.write(`${JSON.stringify({ event: 'refused', code, message, advice })}\n`);
    process.stderr.write(`lifeboat: ${message} ${advice}\n`);
    return EXIT.refused;
  }
}

type Values = ReturnType<typeof parse>['values'];

function specFor(verb: Verb, source: string, target: string, values: Values): CloneSpec {
  const { yes: overwrite = false, rescue = false, force = false } = values;
  const agreed = agreedOf(values.agreed, 'image');
  switch (verb) {
    case 'save': {
      const ignoreFsCheck = values['ignore-check'] ?? false;
      if (ignoreFsCheck && !rescue) throw new UsageError('--ignore-check needs --rescue', 'image');
      const keepTimeouts = values['keep-timeouts'] ?? false;
      const reading = { rescue, ignoreFsCheck, force, keepTimeouts };
      return { task: 'save', source, target, overwrite, agreed, ...reading, ...formOf(values) };
    }
    case 'restore':
      return {
        task: 'restore',
        source,
        target,
        overwrite,
        agreed,
        rescue,
        newSerial: values['new-serial'] ?? false,
        adjustSectorSize: values['adjust-sector-size'] ?? false,
      };
    case 'convert':
      return { task: 'convert', source, target, overwrite, rescue, ...formOf(values) };
    case 'info':
    case 'verify':
      return { task: verb, source };
  }
}

function formOf({ plain = false, level }: Values): { form: 'zstd' | 'plain'; level: number } {
  if (plain && level !== undefined) throw new UsageError('a plain image has no --level', 'image');
  const number = level === undefined ? LEVELS.usual : Number(level);
  if (!Number.isInteger(number) || number < LEVELS.lowest || number > LEVELS.highest) {
    throw new UsageError(
      `--level must be a number from ${LEVELS.lowest} to ${LEVELS.highest}, found "${level}"`,
      'image',
    );
  }
  return { form: plain ? 'plain' : 'zstd', level: number };
}

const isVerb = (word: string): word is Verb => Object.hasOwn(VERBS, word);

function helpPage(): ExitCode {
  process.stdout.write(helpFor('image') ?? '');
  return EXIT.saved;
}

function parse(words: readonly string[]) {
  return parseWords(words, 'image', {
    from: { type: 'string' },
    on: { type: 'string' },
    agreed: { type: 'string' },
    plain: { type: 'boolean' },
    level: { type: 'string', short: 'l' },
    rescue: { type: 'boolean' },
    'ignore-check': { type: 'boolean' },
    'keep-timeouts': { type: 'boolean' },
    'new-serial': { type: 'boolean' },
    'adjust-sector-size': { type: 'boolean' },
    yes: { type: 'boolean', short: 'y' },
    force: { type: 'boolean', short: 'f' },
    quiet: { type: 'boolean', short: 'q' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
}
