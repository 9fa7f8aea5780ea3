import { getoptLong, type OptionForm } from './ntfsclone-getopt.ts';

/** What a command line of ntfsclone asks for. */
export interface NtfscloneOptions {
  readonly source: string;
  /** Undefined for a test of an image. */
  readonly output: string | undefined;
  readonly overwrite: boolean;
  readonly saveImage: boolean;
  readonly restoreImage: boolean;
  readonly metadata: boolean;
  readonly preserveTimestamps: boolean;
  readonly fullLogfile: boolean;
  readonly rescue: boolean;
  readonly noAction: boolean;
  readonly ignoreFsCheck: boolean;
  readonly newSerial: 'full' | 'half' | undefined;
  readonly adjustSectorSize: boolean;
  readonly quiet: boolean;
  readonly force: boolean;
}

/** What a command line comes to. */
export type NtfscloneLine =
  | { readonly kind: 'run'; readonly options: NtfscloneOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  /** `message`: the line that says what is wrong, if there is one; `usage`: whether the usage follows. */
  | { readonly kind: 'rejected'; readonly message: string | undefined; readonly usage: boolean };

type Name =
  | 'output'
  | 'overwrite'
  | 'save-image'
  | 'restore-image'
  | 'rescue'
  | 'metadata'
  | 'no-action'
  | 'ignore-fs-check'
  | 'new-serial'
  | 'new-half-serial'
  | 'preserve-timestamps'
  | 'full-logfile'
  | 'adjust-sector-size'
  | 'quiet'
  | 'force'
  | 'help'
  | 'version'
  | 'debug';

/** In the order in which ntfsclone has them: ambiguous abbreviations are told in it (measured). */
const FORMS: readonly OptionForm<Name>[] = [
  { name: 'quiet', short: 'q', long: 'quiet' },
  { name: 'force', short: 'f', long: 'force' },
  { name: 'help', short: 'h', long: 'help' },
  { name: 'metadata', short: 'm', long: 'metadata' },
  { name: 'no-action', short: 'n', long: 'no-action' },
  { name: 'output', short: 'o', long: 'output', takesValue: true },
  { name: 'overwrite', short: 'O', long: 'overwrite', takesValue: true },
  { name: 'restore-image', short: 'r', long: 'restore-image' },
  { name: 'adjust-sector-size', long: 'adjust-sector-size' },
  { name: 'ignore-fs-check', long: 'ignore-fs-check' },
  { name: 'rescue', long: 'rescue' },
  { name: 'new-serial', long: 'new-serial' },
  { name: 'new-half-serial', long: 'new-half-serial' },
  { name: 'full-logfile', long: 'full-logfile' },
  { name: 'save-image', short: 's', long: 'save-image' },
  { name: 'preserve-timestamps', short: 't', long: 'preserve-timestamps' },
  { name: 'version', short: 'V', long: 'version' },
  // Release builds take the letter of the debug builds and do nothing with it (measured).
  { name: 'debug', short: 'd' },
];

const STREAM = '-';

/** Reads a command line as ntfsclone 2022.10.3 does, with the same rejections in the same order (measured). */
export function parseNtfscloneLine(words: readonly string[]): NtfscloneLine {
  const given = new Set<Name>();
  let output: { readonly path: string; readonly overwrite: boolean } | undefined;
  let source: string | undefined;
  for (const piece of getoptLong(words, FORMS)) {
    if ('problem' in piece) return { kind: 'rejected', message: `ntfsclone: ${piece.problem}`, usage: true };
    if ('word' in piece) {
      if (source !== undefined) return { kind: 'rejected', message: undefined, usage: true };
      source = piece.word;
      continue;
    }
    switch (piece.option) {
      case 'help':
        return { kind: 'help' };
      case 'version':
        return { kind: 'version' };
      case 'output':
      case 'overwrite':
        if (output !== undefined) return { kind: 'rejected', message: undefined, usage: true };
        output = { path: piece.value ?? '', overwrite: piece.option === 'overwrite' };
        break;
      default:
        given.add(piece.option);
    }
  }
  const has = (name: Name): boolean => given.has(name);
  const rejected = contradiction(has, output?.path, source);
  if (rejected !== undefined) return rejected;
  return {
    kind: 'run',
    options: {
      source: source ?? '',
      output: output?.path,
      overwrite: output?.overwrite ?? false,
      saveImage: has('save-image'),
      restoreImage: has('restore-image'),
      metadata: has('metadata'),
      preserveTimestamps: has('preserve-timestamps'),
      fullLogfile: has('full-logfile'),
      rescue: has('rescue'),
      noAction: has('no-action'),
      ignoreFsCheck: has('ignore-fs-check'),
      newSerial: has('new-serial') ? 'full' : has('new-half-serial') ? 'half' : undefined,
      adjustSectorSize: has('adjust-sector-size'),
      quiet: has('quiet'),
      force: has('force'),
    },
  };
}

/** The first of ntfsclone's checks that does not hold. */
function contradiction(
  has: (name: Name) => boolean,
  output: string | undefined,
  source: string | undefined,
): NtfscloneLine | undefined {
  const [metadata, save, restore] = [has('metadata'), has('save-image'), has('restore-image')];
  const checks: readonly (readonly [holds: boolean, message: string, usage: boolean])[] = [
    [output !== undefined || has('no-action'), 'You must specify an output file.', true],
    [source !== undefined, 'You must specify a device file.', true],
    [source !== STREAM || restore, 'Only special images can be read from standard input', true],
    [!(metadata && restore), 'Restoring only metadata from an image is not supported!', false],
    [!(metadata && !save && output === STREAM), "Cloning only metadata to stdout isn't supported!", false],
    [
      !has('ignore-fs-check') || metadata || has('rescue'),
      'Filesystem check can be ignored only for metadata cloning or rescue situations!',
      false,
    ],
    [!(save && restore), 'Saving and restoring an image at the same time is not supported!', false],
    [!has('no-action') || restore, 'A restoring test requires the restore option!', false],
    [!has('no-action') || output === undefined, 'A restoring test requires not defining any output!', false],
  ];
  const failed = checks.find(([holds]) => !holds);
  if (failed === undefined) return undefined;
  return { kind: 'rejected', message: `ERROR: ${failed[1]}`, usage: failed[2] };
}
