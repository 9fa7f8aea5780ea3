import { parseArgs } from 'node:util';
import { LEVELS } from '../clone/compressed/zstd-codec.ts';
import type { CloneSpec } from '../jobs/clone-spec.ts';
import { runCloneInFront } from './clone-front.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { argumentProblem, UsageError } from './usage-error.ts';

/** What may follow `lifeboat image`, with the names and options that it takes. */
const VERBS = {
  save: {
    names: ['SOURCE', 'IMAGE'],
    options: ['plain', 'level', 'rescue', 'ignore-check', 'keep-timeouts', 'yes', 'force', 'quiet', 'json'],
  },
  restore: {
    names: ['IMAGE', 'TARGET'],
    options: ['rescue', 'new-serial', 'adjust-sector-size', 'yes', 'quiet', 'json'],
  },
  convert: { names: ['IMAGE', 'IMAGE'], options: ['plain', 'level', 'rescue', 'yes', 'quiet', 'json'] },
  info: { names: ['IMAGE'], options: ['json'] },
  verify: { names: ['IMAGE'], options: ['quiet', 'json'] },
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
  const { quiet = false, json = false } = values;
  return runCloneInFront(specFor(verb, source, target, values), 'image', { quiet, json });
}

type Values = ReturnType<typeof parse>['values'];

function specFor(verb: Verb, source: string, target: string, values: Values): CloneSpec {
  const { yes: overwrite = false, rescue = false, force = false } = values;
  switch (verb) {
    case 'save': {
      const ignoreFsCheck = values['ignore-check'] ?? false;
      if (ignoreFsCheck && !rescue) throw new UsageError('--ignore-check needs --rescue', 'image');
      const keepTimeouts = values['keep-timeouts'] ?? false;
      const reading = { rescue, ignoreFsCheck, force, keepTimeouts };
      return { task: 'save', source, target, overwrite, ...reading, ...formOf(values) };
    }
    case 'restore':
      return {
        task: 'restore',
        source,
        target,
        overwrite,
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
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
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
      },
    });
  } catch (error) {
    throw argumentProblem(error, 'image');
  }
}
