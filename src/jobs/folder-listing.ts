import { execa } from 'execa';
import { selfCommand } from './self.ts';

/** One entry of a folder, as `lifeboat ls --json` prints it; docs/files.md has all its fields. */
export interface ListedEntry {
  readonly path: string;
  readonly type: string;
  readonly sizeBytes: number;
  /** What is wrong with its record, in words. */
  readonly problem?: string;
  /** What of its content is not saved; only for copies with a map. */
  readonly missingBytes?: number;
}

/** What is in a folder, or why that cannot be told, as a sentence. */
export type Listing =
  | { readonly kind: 'entries'; readonly entries: readonly ListedEntry[] }
  | { readonly kind: 'problem'; readonly message: string };

/** A volume whose files are looked at. */
export interface VolumePlace {
  /** For people. */
  readonly name: string;
  /** A device, an image or a copy. */
  readonly path: string;
  /** The drive in which `path` is, when it is to be mounted for the look. */
  readonly from: string | undefined;
  /** The map of a copy, where it is not found by itself. */
  readonly map: string | undefined;
  /** Of a disk, its image or its copy, where that is divided. */
  readonly partition?: number;
}

/** Words of `lifeboat ls` and `lifeboat cp` for a place. */
export const placeWords = ({ path, from, map, partition }: VolumePlace): string[] => [
  path,
  ...(from === undefined ? [] : ['--from', from]),
  ...(map === undefined ? [] : ['--map', map]),
  ...(partition === undefined ? [] : ['--partition', String(partition)]),
];

/** Exit codes of `lifeboat ls` after which there is a listing: whole, or with damaged entries. */
const LISTED = new Set([0, 4]);

/**
 * Lists a folder of an NTFS volume by a process of its own, which a disk that hangs may keep for as long as it likes;
 * `signal` gives up waiting for it. Folders come first, each kind by name.
 */
export async function listFolder(place: VolumePlace, folder: string, signal: AbortSignal): Promise<Listing> {
  const { file, args } = selfCommand();
  const words = [...args, 'ls', '--json', ...placeWords(place), ...(folder === '' ? [] : [folder])];
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
  const order = new Intl.Collator('en', { numeric: true });
  const rank = ({ type }: ListedEntry): number => (type === 'folder' ? 0 : 1);
  return {
    kind: 'entries',
    entries: entries.sort((a, b) => rank(a) - rank(b) || order.compare(a.path, b.path)),
  };
}
