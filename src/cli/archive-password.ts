import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { errnoName } from '../block/errno.ts';
import { canAsk } from './confirm.ts';
import { UsageError } from './usage-error.ts';

/** What FSArchiver takes, in bytes. */
const LEAST_BYTES = 6;
const MOST_BYTES = 63;

/**
 * The password from the first line of a file, or of standard input (`-`). It is never taken from the command line, which everybody on the machine can
 * read. Throws a `UsageError`.
 */
export async function passwordFrom(path: string): Promise<string> {
  let text: string;
  try {
    text = path === '-' ? await textOf(process.stdin) : await readFile(path, 'utf8');
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    throw new UsageError(`the password file ${path} cannot be read (${errno})`, 'archive');
  }
  return checked(text.split(/\r?\n/)[0] ?? '');
}

/** Asks for a password on the terminal, without showing it; undefined when there is nobody to ask, or for an empty one. */
export async function askPassword(twice: boolean): Promise<string | undefined> {
  if (!canAsk()) return undefined;
  const password = await askHidden('Password of the archive: ');
  if (password === '') return undefined;
  if (twice && (await askHidden('The same again: ')) !== password) {
    throw new UsageError('the two passwords are not the same', 'archive');
  }
  return checked(password);
}

function checked(password: string): string {
  const bytes = Buffer.byteLength(password);
  if (bytes >= LEAST_BYTES && bytes <= MOST_BYTES && !password.includes('\0')) return password;
  throw new UsageError(
    `a password has ${LEAST_BYTES} to ${MOST_BYTES} bytes, this one has ${bytes}`,
    'archive',
  );
}

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACES = [0x7f, 0x08];

/** What is typed up to Enter, without an echo; empty for Ctrl-C, Ctrl-D and the end of input. */
function askHidden(prompt: string): Promise<string> {
  const { stdin, stdout } = process;
  stdout.write(prompt);
  stdin.setRawMode(true);
  stdin.resume();
  return new Promise((resolve) => {
    let typed: number[] = [];
    const end = (text: string): void => {
      stdin.off('data', hear);
      stdin.off('end', onEnd);
      stdin.setRawMode(false);
      stdin.pause();
      stdout.write('\n');
      resolve(text);
    };
    const onEnd = (): void => end('');
    const hear = (chunk: Buffer): void => {
      for (const byte of chunk) {
        const isEnter = byte === 0x0d || byte === 0x0a;
        if (isEnter || byte === CTRL_C || byte === CTRL_D) {
          end(isEnter ? Buffer.from(typed).toString('utf8') : '');
          return;
        }
        if (BACKSPACES.includes(byte)) {
          // A sign may be several bytes.
          typed = [...Buffer.from([...Buffer.from(typed).toString('utf8')].slice(0, -1).join(''), 'utf8')];
        } else {
          typed.push(byte);
        }
      }
    };
    stdin.on('data', hear);
    stdin.on('end', onEnd);
  });
}
