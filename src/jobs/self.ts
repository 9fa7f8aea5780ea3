import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';

/** The command that starts this same program again: the single executable, or Node with the entry file. */
export function selfCommand(): { readonly file: string; readonly args: readonly string[] } {
  if (isSea()) return { file: process.execPath, args: [] };
  return { file: process.execPath, args: [fileURLToPath(new URL('../main.ts', import.meta.url))] };
}
