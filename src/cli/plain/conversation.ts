import { createInterface } from 'node:readline';
import { safeText } from '../../text/safe.ts';
import { wrapText } from '../../text/wrap.ts';
import { WORDS } from '../../tui/words.ts';

/** A conversation in lines: for terminals without a cursor, screen readers, serial lines and scripts. */
export interface Conversation {
  say(text: string): void;
  /**
   * A line that was typed, without blanks around it; undefined when there are no more, or when the person leaves (`q`).
   * `?` is answered with help, and it is asked again. With `takesAll` both are answers like all others.
   */
  ask(text: string, takesAll?: boolean): Promise<string | undefined>;
  /** Hands lines to `listener` as they are typed, instead of keeping them for the next question; until it is called. */
  listen(listener: TypedListener): () => void;
}

/** Is told a line that was typed, or undefined when there are no more. */
export type TypedListener = (line: string | undefined) => void;

const WIDTH = 78;
/** What can be typed at every question. */
const LEAVE = 'q';
const HELP = '?';

/** What is said as lines for the terminal: names that a disk gave may hold anything, and move no cursor. */
export const sayable = (text: string): string[] =>
  text.split('\n').flatMap((each) => wrapText(safeText(each), WIDTH));

/** Speaks over the process's own input and output. Every line fits 80 columns. */
export function openConversation(): Conversation & { close(): void } {
  const lines = createInterface({ input: process.stdin, terminal: false });
  const typed = new TypedLines();
  lines.on('line', (line) => typed.add(line.trim()));
  lines.on('close', () => typed.end());
  const say = (text: string): void => {
    for (const part of sayable(text)) process.stdout.write(`${part}\n`);
  };
  let hasLeft = false;
  const ask = async (text: string, takesAll = false): Promise<string | undefined> => {
    // Who has left is asked no more: every dialog goes back then.
    while (!hasLeft) {
      say(text);
      process.stdout.write('> ');
      const answer = await typed.next();
      if (takesAll || (answer !== LEAVE && answer !== HELP)) return answer;
      if (answer === HELP) say(WORDS.plain.help);
      else hasLeft = true;
    }
    return undefined;
  };
  return {
    say,
    ask,
    listen: (listener) => typed.listen(listener),
    close: () => lines.close(),
  };
}

/** Keeps lines until somebody wants one. */
class TypedLines {
  readonly #kept: string[] = [];
  #hasEnded = false;
  #waiting: TypedListener | undefined;
  #listener: TypedListener | undefined;

  add(line: string): void {
    if (this.#listener) this.#listener(line);
    else if (this.#waiting) this.#answer(line);
    else this.#kept.push(line);
  }

  end(): void {
    this.#hasEnded = true;
    this.#listener?.(undefined);
    this.#answer(undefined);
  }

  next(): Promise<string | undefined> {
    const kept = this.#kept.shift();
    if (kept !== undefined || this.#hasEnded) return Promise.resolve(kept);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  listen(listener: TypedListener): () => void {
    this.#listener = listener;
    for (const line of this.#kept.splice(0)) listener(line);
    if (this.#hasEnded) listener(undefined);
    return () => {
      this.#listener = undefined;
    };
  }

  #answer(line: string | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(line);
  }
}

/** What can be answered besides a number: letters, each with what it leads to. */
export type Letters<T> = Readonly<Record<string, T>>;

/**
 * Asks until the answer is the number of one of `items`, or one of the letters. Undefined means back: `b`, or that there
 * are no more lines.
 */
export async function choose<Item, Letter = never>(
  talk: Conversation,
  question: string,
  items: readonly Item[],
  letters: Letters<Letter> = {},
): Promise<Item | Letter | undefined> {
  for (;;) {
    const answer = await talk.ask(question);
    if (answer === undefined || answer === 'b') return undefined;
    if (Object.hasOwn(letters, answer)) return letters[answer];
    const item = /^\d+$/.test(answer) ? items[Number(answer) - 1] : undefined;
    if (item !== undefined) return item;
    if (answer === 'h' || answer === 'help') talk.say(WORDS.plain.help);
    else talk.say(WORDS.plain.notThat(safeText(answer)));
  }
}

/** Says a list with numbers in front. */
export function sayNumbered(talk: Conversation, lines: readonly string[]): void {
  for (const [i, text] of lines.entries()) talk.say(`${i + 1}: ${text}`);
}

/** Says what can be done, with numbers, and asks which; undefined means back. */
export function chooseDeed<Deed extends string>(
  talk: Conversation,
  deeds: readonly Deed[],
  words: Readonly<Record<Deed, { readonly short: string }>>,
): Promise<Deed | undefined> {
  sayNumbered(
    talk,
    deeds.map((deed) => words[deed].short),
  );
  return choose(talk, WORDS.plain.whichNumber, deeds);
}
