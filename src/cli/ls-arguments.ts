import { parseWords, partitionNumber } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

/** What `lifeboat ls` was asked for. */
export interface LsArguments {
  readonly help: boolean;
  readonly source: string;
  /** In the volume; empty for its root. */
  readonly path: string;
  readonly map: string | undefined;
  /** Of a disk, its image or its copy. */
  readonly partition: number | undefined;
  /** The drive in which `source` is a path. */
  readonly from: string | undefined;
  readonly long: boolean;
  readonly recursive: boolean;
  /** Show the files of NTFS itself. */
  readonly all: boolean;
  readonly json: boolean;
}

/** Reads the words behind `lifeboat ls`. Throws a `UsageError`. */
export function parseLsArguments(words: readonly string[]): LsArguments {
  const { values, positionals } = parse(words);
  const [source, path, ...rest] = positionals;
  const help = values.help ?? false;
  if (!help) {
    if (!source) throw new UsageError('say what to list: lifeboat ls SOURCE [PATH]', 'ls');
    if (rest.length > 0) throw new UsageError(`one path is expected, found also "${rest.join(' ')}"`, 'ls');
    if (values.map === '') throw new UsageError('map is empty', 'ls');
    if (values.from === '') throw new UsageError('from is empty', 'ls');
  }
  return {
    help,
    source: source ?? '',
    path: path ?? '',
    map: values.map,
    partition: partitionNumber(values.partition, 'ls'),
    from: values.from,
    long: values.long ?? false,
    recursive: values.recursive ?? false,
    all: values.all ?? false,
    json: values.json ?? false,
  };
}

function parse(words: readonly string[]) {
  return parseWords(words, 'ls', {
    map: { type: 'string', short: 'm' },
    partition: { type: 'string', short: 'p' },
    from: { type: 'string' },
    long: { type: 'boolean', short: 'l' },
    recursive: { type: 'boolean', short: 'R' },
    all: { type: 'boolean', short: 'a' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
}
