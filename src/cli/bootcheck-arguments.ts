import { ITEM_IDS, type ItemId, isItemId } from '../boot/items.ts';
import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

/** What is to be fixed: an item wherever it is wrong, or in one partition; or all that may be fixed together. */
export interface WantedFix {
  readonly item: ItemId;
  readonly part: number | undefined;
}

/** What `lifeboat bootcheck` was asked for. */
export interface BootcheckArguments {
  readonly help: boolean;
  readonly work: 'check' | 'explain' | 'fix' | 'edit' | 'undo';
  /** The disk; of `undo`, the undo file. */
  readonly path: string;
  /** Of `undo`: the disk, when the user names it. */
  readonly device: string | undefined;
  readonly explain: ItemId | undefined;
  readonly fixes: readonly WantedFix[] | 'all';
  readonly dryRun: boolean;
  readonly all: boolean;
  readonly json: boolean;
  readonly yes: boolean;
  readonly force: boolean;
  readonly undoFile: string | undefined;
  readonly donor: string | undefined;
  readonly mbrCode: string | undefined;
  readonly mbrFrom: string | undefined;
  readonly active: number | undefined;
}

/** Reads the words behind `lifeboat bootcheck`. Throws a `UsageError`. */
export function parseBootcheckArguments(words: readonly string[]): BootcheckArguments {
  const { values, positionals } = parse(words);
  const help = values.help ?? false;
  const [first, ...rest] = positionals;
  const isUndo = first === 'undo';
  const wanted = values.fix;
  const work = isUndo
    ? 'undo'
    : values.edit
      ? 'edit'
      : wanted !== undefined
        ? 'fix'
        : values.explain !== undefined
          ? 'explain'
          : 'check';
  if (!help) {
    if (isUndo && rest[0] === undefined) throw usage('say which undo file: lifeboat bootcheck undo FILE');
    if (first === undefined && work !== 'explain') throw usage('say which disk: lifeboat bootcheck DEVICE');
    const most = isUndo ? 2 : work === 'fix' ? Number.POSITIVE_INFINITY : 0;
    if (rest.length > most) throw usage(`one disk is expected, found also "${rest.slice(most).join(' ')}"`);
    if (values.edit && wanted !== undefined) throw usage('say either --fix or --edit');
    for (const name of ['undo-file', 'donor', 'mbr-code', 'mbr-from'] as const) {
      if (values[name] === '') throw usage(`${name} is empty`);
    }
  }
  return {
    help,
    work,
    path: (isUndo ? rest[0] : first) ?? '',
    device: isUndo ? rest[1] : undefined,
    explain: values.explain === undefined ? undefined : itemOf(values.explain),
    // Everything behind the disk is an item, as in `--fix M4 N2:1`.
    fixes: work === 'fix' ? fixesOf([...(wanted ?? []), ...rest]) : [],
    dryRun: values['dry-run'] ?? false,
    all: values.all ?? false,
    json: values.json ?? false,
    yes: values.yes ?? false,
    force: values.force ?? false,
    undoFile: values['undo-file'],
    donor: values.donor,
    mbrCode: values['mbr-code'],
    mbrFrom: values['mbr-from'],
    active: values.active === undefined ? undefined : activeOf(values.active),
  };
}

const usage = (message: string): UsageError => new UsageError(message, 'bootcheck');

function itemOf(word: string): ItemId {
  const item = word.toUpperCase();
  if (isItemId(item)) return item;
  throw usage(`there is no item "${word}"; there are: ${ITEM_IDS.join(', ')}`);
}

function fixesOf(words: readonly string[]): readonly WantedFix[] | 'all' {
  const names = words.flatMap((word) => word.split(',')).filter((word) => word !== '');
  if (names.length === 0) throw usage('say what is to be fixed: --fix M4, or --fix all');
  if (names.some((name) => name.toLowerCase() === 'all')) {
    if (names.length > 1) throw usage('"all" is all there is: leave out the other items');
    return 'all';
  }
  return names.map((name) => {
    const [word = '', part, ...more] = name.split(':');
    if (more.length > 0 || (part !== undefined && !/^\d{1,3}$/.test(part))) {
      throw usage(`"${name}" is not an item such as M4 or N2:1`);
    }
    return { item: itemOf(word), part: part === undefined ? undefined : Number(part) };
  });
}

function activeOf(word: string): number {
  if (/^[1-4]$/.test(word)) return Number(word);
  throw usage(`--active takes the number of a primary partition, 1 to 4, not "${word}"`);
}

function parse(words: readonly string[]) {
  return parseWords(words, 'bootcheck', {
    fix: { type: 'string', multiple: true },
    edit: { type: 'boolean' },
    explain: { type: 'string' },
    'dry-run': { type: 'boolean', short: 'n' },
    all: { type: 'boolean', short: 'a' },
    json: { type: 'boolean' },
    yes: { type: 'boolean', short: 'y' },
    force: { type: 'boolean', short: 'f' },
    'undo-file': { type: 'string' },
    donor: { type: 'string' },
    'mbr-code': { type: 'string' },
    'mbr-from': { type: 'string' },
    active: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
}
