import { text } from 'node:stream/consumers';
import { type ListTold, saveList } from '../jobs/export-list.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** The body of a process that writes a list, which comes on its standard input, and tells what came of it. */
export async function listWriterCommand([path = '', source = '']: readonly string[]): Promise<ExitCode> {
  const told: ListTold = { problem: await saveList(path, await text(process.stdin), source) };
  process.stdout.write(`${JSON.stringify(told)}\n`);
  return EXIT.saved;
}
