import { STATUSES, type Status } from '../rescue/status.ts';
import { parseBytes } from '../text/quantity.ts';
import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

export const SMALLEST_WIDTH = 20;
export const LARGEST_WIDTH = 1000;
const SECTOR_BYTES = 512;

/** What is to be done with a map. */
export type MapWork =
  | { readonly kind: 'help' }
  | { readonly kind: 'show'; readonly width: number | undefined; readonly colour: MapColour }
  | { readonly kind: 'list'; readonly statuses: readonly Status[]; readonly sectorBytes: number }
  | { readonly kind: 'diff'; readonly other: string }
  | {
      readonly kind: 'draw';
      readonly svg: string | undefined;
      readonly html: string | undefined;
      readonly report: string | undefined;
      readonly force: boolean;
    }
  | {
      readonly kind: 'make';
      readonly list: string;
      readonly sizeBytes: number;
      readonly sectorBytes: number;
      readonly listed: Status;
      readonly others: Status;
      readonly force: boolean;
    };

export type MapColour = 'auto' | 'always' | 'never';

export interface MapArguments {
  readonly file: string;
  readonly work: MapWork;
}

/** Reads the words after `map`. Throws `UsageError`. */
export function parseMapArguments(words: readonly string[]): MapArguments {
  const { values, positionals } = parse(words);
  const [file, ...rest] = positionals;
  if (values.help === true) return { file: '', work: { kind: 'help' } };
  if (file === undefined) throw problem('say which map: lifeboat map FILE');
  if (rest.length > 0) throw problem(`one map is expected, found also "${rest.join(' ')}"`);
  const works = [
    ...(values.list === true ? ['--list'] : []),
    ...(values.diff !== undefined ? ['--diff'] : []),
    ...(values.svg !== undefined || values.html !== undefined ? ['--svg or --html'] : []),
    ...(values['from-list'] !== undefined ? ['--from-list'] : []),
  ];
  if (works.length > 1) throw problem(`${works.join(' and ')} do not go together`);
  const work = workOf(values, works[0]);
  for (const [option, kinds] of Object.entries(BELONGS)) {
    if (values[option as keyof typeof values] !== undefined && !kinds.includes(work.kind)) {
      throw problem(`--${option} goes only with ${GOES_WITH[option]}`);
    }
  }
  return { file, work };
}

/** The options that only some kinds of work know. */
const BELONGS: Readonly<Record<string, readonly MapWork['kind'][]>> = {
  report: ['draw'],
  force: ['draw', 'make'],
  size: ['make'],
  others: ['make'],
  status: ['list', 'make'],
  'sector-size': ['list', 'make'],
  width: ['show'],
  colour: ['show'],
};

const GOES_WITH: Readonly<Record<string, string>> = {
  report: '--svg and --html',
  force: '--svg, --html and --from-list',
  size: '--from-list',
  others: '--from-list',
  status: '--list and --from-list',
  'sector-size': '--list and --from-list',
  width: 'the picture in the terminal',
  colour: 'the picture in the terminal',
};

type Values = ReturnType<typeof parse>['values'];

function workOf(values: Values, work: string | undefined): MapWork {
  const sectorBytes =
    wholeNumber('--sector-size', values['sector-size'], SECTOR_BYTES, 1, 65536) ?? SECTOR_BYTES;
  const force = values.force ?? false;
  if (values.diff !== undefined) return { kind: 'diff', other: values.diff };
  if (work === '--list')
    return { kind: 'list', statuses: statusesIn('--status', values.status ?? '-'), sectorBytes };
  if (values.svg !== undefined || values.html !== undefined) {
    return { kind: 'draw', svg: values.svg, html: values.html, report: values.report, force };
  }
  if (values['from-list'] === undefined) {
    const width = wholeNumber('--width', values.width, undefined, SMALLEST_WIDTH, LARGEST_WIDTH);
    return { kind: 'show', width, colour: colourIn(values.colour) };
  }
  if (values.size === undefined) throw problem('--from-list needs the size of the source: --size BYTES');
  const sizeBytes = parseBytes(values.size);
  if (sizeBytes === undefined || sizeBytes <= 0) {
    throw problem(`--size takes bytes, such as 500107862016 or 64MiB, found "${values.size}"`);
  }
  return {
    kind: 'make',
    list: values['from-list'],
    sizeBytes,
    sectorBytes,
    listed: oneStatus('--status', values.status ?? '-'),
    others: oneStatus('--others', values.others ?? '?'),
    force,
  };
}

const problem = (message: string): UsageError => new UsageError(message, 'map');

function parse(words: readonly string[]) {
  return parseWords(words, 'map', {
    diff: { type: 'string' },
    list: { type: 'boolean' },
    status: { type: 'string' },
    svg: { type: 'string' },
    html: { type: 'string' },
    report: { type: 'string' },
    'from-list': { type: 'string' },
    size: { type: 'string' },
    others: { type: 'string' },
    'sector-size': { type: 'string', short: 'b' },
    width: { type: 'string', short: 'w' },
    colour: { type: 'string' },
    force: { type: 'boolean', short: 'f' },
    help: { type: 'boolean', short: 'h' },
  });
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
  throw problem(`${option} takes a whole number from ${least} to ${most}, found "${word}"`);
}

function statusesIn(option: string, word: string): Status[] {
  const found = [...word];
  if (found.length > 0 && found.every((one) => STATUSES.includes(one as Status))) return found as Status[];
  throw problem(`${option} takes statuses of ${STATUSES.join(' ')}, found "${word}"`);
}

function oneStatus(option: string, word: string): Status {
  const [status, ...others] = statusesIn(option, word);
  if (status === undefined || others.length > 0)
    throw problem(`${option} takes one status here, found "${word}"`);
  return status;
}

function colourIn(word: string | undefined): MapColour {
  if (word === undefined || word === 'auto' || word === 'always' || word === 'never') return word ?? 'auto';
  throw problem(`--colour takes auto, always or never, found "${word}"`);
}
