import { execa } from 'execa';
import { selfCommand } from './self.ts';

/** One entry of a folder, as `lifeboat ls --json` prints it; docs/files.md has all its fields. */
export interface ListedEntry {
  readonly path: string;
  readonly type: string;
  readonly sizeBytes: number;
}

/** What is in a folder, or why that cannot be told, as a sentence. */
export type Listing =
  | { readonly kind: 'entries'; readonly entries: readonly ListedEntry[] }
  | { readonly kind: 'problem'; readonly message: string };

/** Exit codes of `lifeboat ls` after which there is a listing: whole, or with damaged entries. */
const LISTED = new Set([0, 4]);

/**
 * Lists a folder of the NTFS volume on `source` by a process of its own, which a disk that hangs may keep for as long
 * as it likes; `signal` gives up waiting for it.
 */
export async function listFolder(source: string, folder: string, signal: AbortSignal): Promise<Listing> {
  const { file, args } = selfCommand();
  const words = [...args, 'ls', '--json', source, ...(folder === '' ? [] : [folder])];
  const { stdout, stderr, exitCode } = await execa(file, words, {
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: false,
    stdin: 'ignore',
  });
  if (exitCode === undefined || !LISTED.has(exitCode)) {
    const why = stderr.trim().replace(/^lifeboat: /, '');
    return { kind: 'problem', message: why || 'The folder could not be listed.' };
  }
  const entries = stdout
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as ListedEntry);
  return { kind: 'entries', entries };
}
