import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { argumentProblem, UsageError } from './usage-error.ts';

/** The options and other words of a command; a `UsageError` for what `options` does not know. */
export function parseWords<const Options extends ParseArgsOptionsConfig>(
  words: readonly string[],
  command: string | undefined,
  options: Options,
) {
  try {
    return parseArgs({ args: [...words], allowPositionals: true, options });
  } catch (error) {
    throw argumentProblem(error, command);
  }
}

/** What `--partition` names, which counts from 1 as the kernel does. Throws a `UsageError`. */
export function partitionNumber(word: string | undefined, command: string): number | undefined {
  if (word === undefined) return undefined;
  if (/^[1-9]\d{0,2}$/.test(word)) return Number(word);
  throw new UsageError(`--partition takes the number of a partition, not "${word}"`, command);
}
