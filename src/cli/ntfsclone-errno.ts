import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';

/** Where the words of Node are not those of the C library, which scripts look for. */
const C_WORDS: Readonly<Record<string, string>> = { EIO: 'Input/output error' };

/** `ERROR(28): text: No space left on device`, as C programs tell an error of the system; without one `ERROR: text`. */
export function errorLine(text: string, errno: string | undefined): string {
  const number = errno && (constants.errno as Record<string, number | undefined>)[errno];
  if (!errno || !number) return `ERROR: ${text}`;
  const words = getSystemErrorMessage(-number);
  const sentence = C_WORDS[errno] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  return `ERROR(${number}): ${text}: ${sentence}`;
}
