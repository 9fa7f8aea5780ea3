import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { argumentProblem } from './usage-error.ts';

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
