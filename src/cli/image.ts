import { parseArgs } from 'node:util';
import type { CloneSpec } from '../jobs/clone-spec.ts';
import { runCloneInFront } from './clone-front.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { argumentProblem, UsageError } from './usage-error.ts';

/** What may follow `lifeboat image`, with the options and names that it takes. */
const VERBS = {
  save: {
    names: ['SOURCE', 'IMAGE'],
    options: ['rescue', 'ignore-check', 'keep-timeouts', 'yes', 'force', 'quiet', 'json'],
  },
  restore: {
    names: ['IMAGE', 'TARGET'],
    options: ['new-serial', 'adjust-sector-size', 'yes', 'quiet', 'json'],
  },
  info: { names: ['IMAGE'], options: ['json'] },
  verify: { names: ['IMAGE'], options: ['quiet', 'json'] },
} as const;

type Verb = keyof typeof VERBS;

/** `lifeboat image`: saves volumes to images, makes volumes of them again, and looks into them. */
export async function imageCommand(words: readonly string[]): Promise<ExitCode> {
  const [verb = '', ...rest] = words;
  if (verb === '--help' || verb === '-h') return helpPage();
  if (!isVerb(verb)) {
    throw new UsageError(`save, restore, info or verify must follow, found "${verb}"`, 'image');
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
      return { task: 'save', source, target, overwrite, rescue, ignoreFsCheck, force, keepTimeouts };
    }
    case 'restore':
      return {
        task: 'restore',
        source,
        target,
        overwrite,
        newSerial: values['new-serial'] ?? false,
        adjustSectorSize: values['adjust-sector-size'] ?? false,
      };
    case 'info':
    case 'verify':
      return { task: verb, source };
  }
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
