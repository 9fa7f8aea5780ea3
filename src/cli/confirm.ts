import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { QuestionEvent } from '../jobs/job-events.ts';
import { wrapText } from '../text/wrap.ts';

/**
 * Asks the user to type the target's name before its content is lost. False without a terminal to ask on, and for
 * every other answer, Ctrl-C and end of input among them.
 */
export async function confirmByWord(question: QuestionEvent, target: string): Promise<boolean> {
  if (!canAsk()) return false;
  const word = basename(target);
  const answer = await ask(`${question.message}\nType ${word} to overwrite it, or Enter to leave it: `);
  return answer === word || answer === target;
}

/** Asks the user to type a word before what was shown is written to the disk of that name. True only for that word. */
export async function confirmWrite(word: string): Promise<boolean> {
  if (!canAsk()) return false;
  return (await ask(`Type ${word} to write this, or Enter to leave it: `)) === word;
}

/** Asks whether hopeless areas shall be tried. True only for a clear yes. */
export async function confirmHopeless(question: QuestionEvent): Promise<boolean> {
  const answer = await ask(
    `\n${question.message}\n${question.advice}\nTry it? Type yes, or Enter to finish here: `,
  );
  return answer === 'yes' || answer === 'y';
}

/** Asks whether the target's partition table shall be made right. True only for a clear yes. */
export async function confirmGptFix(question: QuestionEvent): Promise<boolean> {
  const answer = await ask(
    `\n${question.message}\n${question.advice}\nFix it? Type yes, or Enter to leave it as it is: `,
  );
  return answer === 'yes' || answer === 'y';
}

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

/** What the user types, without blanks around it; undefined for Ctrl-C and the end of input. */
async function ask(text: string): Promise<string | undefined> {
  const wrapped = text
    .split('\n')
    .flatMap((line) => wrapText(line, (process.stdout.columns ?? 80) - 1))
    .join('\n');
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const gone = new AbortController();
  prompt.once('SIGINT', () => gone.abort());
  prompt.once('close', () => gone.abort());
  try {
    return (await prompt.question(wrapped, { signal: gone.signal })).trim();
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    process.stdout.write('\n');
    return undefined;
  } finally {
    prompt.close();
  }
}
