import { COMMANDS } from './help.ts';
import { UsageError } from './usage-error.ts';

/** Typing errors of a usual size. */
const MOST_EDITS = 2;

/** What is wrong with a first word that is no command, and what was probably meant. */
export function unknownCommand(word: string): UsageError {
  if (word.includes('/')) {
    return new UsageError(
      `"${word}" is no command: to save a disk, say lifeboat rescue SOURCE TARGET`,
      'rescue',
    );
  }
  if (word.startsWith('-')) return new UsageError(`there is no option "${word}" without a command`);
  const near = COMMANDS.map((command) => ({ command, edits: editsBetween(word, command) })).sort(
    (a, b) => a.edits - b.edits,
  )[0];
  const hint =
    near && near.edits <= MOST_EDITS && near.edits < word.length
      ? ` (did you mean "${near.command}"?)`
      : `; there are: ${COMMANDS.join(', ')}`;
  return new UsageError(`there is no command "${word}"${hint}`);
}

/** How many letters must be added, left out, replaced or swapped with the next one to make one word of the other. */
function editsBetween(one: string, other: string): number {
  let [before, last] = [[] as number[], Array.from({ length: other.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, row];
  }
  return last[other.length] ?? 0;
}
