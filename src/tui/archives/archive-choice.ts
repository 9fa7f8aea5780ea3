import type { ArchivedFileSystem } from '../../archive/fsa/archive-head.ts';
import type { ArchiveInfo } from '../../archive/inspect/archive-info.ts';
import { ARCHIVABLE } from '../../archive/save/source.ts';
import type { Machine } from '../../probe/machine.ts';
import { agreedWords, contentOf, keyOf, nameOf, type Place, pathOf, placesOf } from '../disks/place.ts';
import { holds, type ImagePlace, whyNotSaved } from '../images/image-choice.ts';
import { bytesOf, fileStem, type Load } from '../rescue/load.ts';
import type { FileTarget, TargetChoice } from '../rescue/rescue-choice.ts';
import { WORDS } from '../words.ts';

/** How an archive is saved: a value for each. */
export interface SaveOptions {
  readonly level: '1' | '8' | '15' | '19' | '22';
  readonly split: 'none' | '650MiB' | '2GiB' | '4000MiB' | '25GB';
  readonly encrypt: 'no' | 'yes';
  readonly force: 'no' | 'yes';
}

export const SAVE_VALUES: { readonly [Name in keyof SaveOptions]: readonly SaveOptions[Name][] } = {
  level: ['8', '15', '19', '22', '1'],
  split: ['none', '4000MiB', '2GiB', '650MiB', '25GB'],
  encrypt: ['no', 'yes'],
  force: ['no', 'yes'],
};

/** Everything that FSArchiver can save, disk by disk. */
export const archivablePlaces = (machine: Machine): Place[] =>
  placesOf(machine).filter((place) => {
    const content = contentOf(place);
    return content !== undefined && ARCHIVABLE.has(content.kind);
  });

/** Why it is not saved to an archive; undefined when it can be. */
export const whyNoArchive = (place: Place): string | undefined => whyNotSaved(place, WORDS.archives.failing);

/** What is saved to an archive: anywhere but into what is saved. */
export function archiveLoad(sources: readonly Place[]): Load {
  const usedBytes = sources.reduce((sum, source) => sum + bytesOf(source).usedBytes, 0);
  const keys = new Set(sources.map(keyOf));
  const [first] = sources;
  return {
    name: sources.map(nameOf).join(', '),
    // Compressed it becomes smaller; how much nobody knows beforehand.
    usedBytes: Math.floor(usedBytes / 2),
    sizeBytes: usedBytes,
    fileName: `${first ? fileStem(first) : 'archive'}.fsa`,
    ways: ['file'],
    whyNot: (place) => (keys.has(keyOf(place)) ? WORDS.archives.itself : undefined),
  };
}

/** FSArchiver alone counts a little more than what is in use; with the side file it is counted exactly before erasing. */
const SPARE = 1.05;
const SPARE_BYTES = 2 * 2 ** 20;

/** What a file system of an archive needs: a partition that is written over, and has not been taken for another. */
export function restoreLoad(
  archive: ImagePlace,
  fileSystem: ArchivedFileSystem,
  taken: readonly TargetChoice[],
): Load {
  const sizeBytes = Math.ceil(fileSystem.usedBytes * SPARE + SPARE_BYTES);
  return {
    name: fileSystemName(fileSystem),
    usedBytes: sizeBytes,
    sizeBytes,
    fileName: '',
    ways: ['device'],
    whyNot: (place) => {
      if (holds(place, archive)) return WORDS.archives.holdsIt;
      return taken.some((target) => target.kind === 'device' && touches(target.place, place))
        ? WORDS.archives.taken
        : undefined;
    },
  };
}

/** Whether two places are on each other: one partition, or a disk and a partition of it. */
const touches = (one: Place, other: Place): boolean =>
  one.disk.name === other.disk.name &&
  (!one.partition || !other.partition || one.partition.number === other.partition.number);

export const fileSystemName = ({ id, type, label }: ArchivedFileSystem): string =>
  `${id}: ${type}${label === '' ? '' : ` "${label}"`}`;

/** Where a file system of an archive is restored to. */
export interface Mapping {
  readonly fileSystem: ArchivedFileSystem;
  readonly target: Extract<TargetChoice, { kind: 'device' }>;
}

/** The password comes on standard input: a command line can be read by everybody on the machine. */
const passwordWords = (password: string | undefined): string[] =>
  password === undefined ? [] : ['--password-file', '-'];

/** The command that saves. */
export const archiveSaveWords = (
  sources: readonly Place[],
  { path, place, on }: FileTarget,
  { level, split, force }: SaveOptions,
  password: string | undefined,
): string[] => [
  ...['archive', 'save', '--json', path, ...sources.map((source) => pathOf(source) ?? '')],
  ...(on === undefined ? [] : ['--on', on]),
  ...['--level', level],
  ...(split === 'none' ? [] : ['--split', split]),
  ...(force === 'yes' ? ['--force'] : []),
  ...agreedWords(...sources, place),
  ...passwordWords(password),
];

/** The command that restores. The typed proofs are the answers to what it would ask. */
export const archiveRestoreWords = (
  archive: ImagePlace,
  mappings: readonly Mapping[],
  password: string | undefined,
): string[] => [
  ...['archive', 'restore', '--json', '--yes', archive.path],
  ...mappings.map(({ fileSystem, target }) => `${fileSystem.id}=${target.path}`),
  ...agreedWords(...mappings.map(({ target }) => target.place)),
  ...fromWords(archive),
  ...passwordWords(password),
];

/** The command that looks at an archive. */
export const archiveLookWords = (archive: ImagePlace, verb: 'info' | 'verify' | 'list'): string[] => [
  ...['archive', verb, '--json', archive.path],
  ...fromWords(archive),
];

const fromWords = ({ from }: ImagePlace): string[] => (from === undefined ? [] : ['--from', from]);

/** Whether a password is needed to restore it. */
export const isEncrypted = ({ head }: ArchiveInfo): boolean => head.encryption !== 'none';

/** What FSArchiver takes, in bytes. */
const LEAST_BYTES = 6;
const MOST_BYTES = 63;

/** What speaks against a password; undefined for a good one. */
export function whyNoPassword(password: string): string | undefined {
  const bytes = Buffer.byteLength(password);
  return bytes >= LEAST_BYTES && bytes <= MOST_BYTES
    ? undefined
    : WORDS.archives.password.wrong(LEAST_BYTES, MOST_BYTES);
}
