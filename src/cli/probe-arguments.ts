import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

/** What `lifeboat probe` was asked for. */
export interface ProbeArguments {
  readonly help: boolean;
  /** A table in FSArchiver's form instead of the report. */
  readonly table: 'simple' | 'detailed' | undefined;
  /** Disks, partitions, or names of them; all when empty. */
  readonly devices: readonly string[];
  readonly json: boolean;
  /** The table as older versions of FSArchiver drew it. */
  readonly classic: boolean;
  /** So many seconds a disk may be silent. */
  readonly waitSeconds: number;
}

const DEFAULT_WAIT_SECONDS = 15;
const LONGEST_WAIT_SECONDS = 3600;

/** Reads the words behind `lifeboat probe`. Throws a `UsageError`. */
export function parseProbeArguments(words: readonly string[]): ProbeArguments {
  const { values, positionals } = parse(words);
  const [first, ...rest] = positionals;
  const table = first === 'simple' || first === 'detailed' ? first : undefined;
  const json = values.json ?? false;
  const classic = values.classic ?? false;
  if (table !== undefined && json) throw new UsageError('--json and a table exclude each other', 'probe');
  if (table === undefined && classic) {
    throw new UsageError('--classic is for the tables: lifeboat probe simple --classic', 'probe');
  }
  return {
    help: values.help ?? false,
    table,
    devices: table === undefined ? positionals : rest,
    json,
    classic,
    waitSeconds: seconds(values.wait),
  };
}

function seconds(text: string | undefined): number {
  if (text === undefined) return DEFAULT_WAIT_SECONDS;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= LONGEST_WAIT_SECONDS) return number;
  throw new UsageError(`--wait takes 1 to ${LONGEST_WAIT_SECONDS} seconds, found "${text}"`, 'probe');
}

function parse(words: readonly string[]) {
  return parseWords(words, 'probe', {
    json: { type: 'boolean' },
    classic: { type: 'boolean' },
    wait: { type: 'string', short: 'w' },
    help: { type: 'boolean', short: 'h' },
  });
}
