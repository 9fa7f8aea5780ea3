import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { QuestionEvent } from '../jobs/job-events.ts';

/**
 * Asks the user to type the target's name before its content is lost. False without a terminal to ask on, and for
 * every other answer, Ctrl-C and end of input among them.
 */
export async function confirmByWord(question: QuestionEvent, target: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const word = basename(target);
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const gone = new AbortController();
  prompt.once('SIGINT', () => gone.abort());
  prompt.once('close', () => gone.abort());
  try {
    const text = `${question.message}\nType ${word} to overwrite it, or Enter to leave it: `;
    const answer = await prompt.question(text, { signal: gone.signal });
    return answer.trim() === word;
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    process.stdout.write('\n');
    return false;
  } finally {
    prompt.close();
  }
}
