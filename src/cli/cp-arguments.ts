import type { AgreedDevice } from '../block/agreed-device.ts';
import type { Fill } from '../rescue/fill.ts';
import { agreedOf } from './agreed-words.ts';
import { parseWords, partitionNumber } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

/** What `lifeboat cp` was asked for. */
export interface CpArguments {
  readonly help: boolean;
  readonly source: string;
  /** In the volume; at least one. */
  readonly paths: readonly string[];
  readonly destination: string;
  readonly map: string | undefined;
  /** Of a disk, its image or its copy. */
  readonly partition: number | undefined;
  /** The drive in which `source` is a path. */
  readonly from: string | undefined;
  /** The drive in which `destination` is a path. */
  readonly on: string | undefined;
  /** Devices as they were shown to somebody who chose them. */
  readonly agreed: readonly AgreedDevice[] | undefined;
  readonly recursive: boolean;
  readonly fill: Exclude<Fill, 'keep'>;
  readonly streams: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

/** Reads the words behind `lifeboat cp`. Throws a `UsageError`. */
export function parseCpArguments(words: readonly string[]): CpArguments {
  const { values, positionals } = parse(words);
  const [source = '', ...rest] = positionals;
  const destination = rest.pop() ?? '';
  const help = values.help ?? false;
  if (!help) {
    const usage = 'lifeboat cp SOURCE PATH... DESTINATION';
    if (source === '' || destination === '' || rest.length === 0) {
      throw new UsageError(`a source, at least one path and a destination are needed: ${usage}`, 'cp');
    }
    for (const name of ['map', 'from', 'on'] as const) {
      if (values[name] === '') throw new UsageError(`${name} is empty`, 'cp');
    }
  }
  return {
    help,
    source,
    paths: rest,
    destination,
    map: values.map,
    partition: partitionNumber(values.partition, 'cp'),
    from: values.from,
    on: values.on,
    agreed: agreedOf(values.agreed, 'cp'),
    recursive: values.recursive ?? false,
    fill: fillOf(values.fill),
    streams: values.streams ?? false,
    force: values.force ?? false,
    json: values.json ?? false,
  };
}

function parse(words: readonly string[]) {
  return parseWords(words, 'cp', {
    map: { type: 'string', short: 'm' },
    partition: { type: 'string', short: 'p' },
    from: { type: 'string' },
    on: { type: 'string' },
    agreed: { type: 'string' },
    recursive: { type: 'boolean', short: 'r' },
    fill: { type: 'string' },
    streams: { type: 'boolean' },
    force: { type: 'boolean', short: 'f' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
}

function fillOf(word: string | undefined): Exclude<Fill, 'keep'> {
  if (word === undefined || word === 'marker') return 'marker';
  if (word === 'zero') return 'zero';
  throw new UsageError(`--fill takes marker or zero, found "${word}"`, 'cp');
}
