import { existsSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { difference } from './e2e-bad-sectors.ts';
import { sparseDifference } from './e2e-sparse.ts';
import { LIFEBOAT } from './lifeboat.ts';
import { type Ran, run } from './tools.ts';

/** Stands for the output file in the words of a case. */
export const OUT = '{out}';

/** Files above this size are compared without their holes. */
const SPARSE_BYTES = 2 ** 28;

/** One command line for both programs. */
export interface Case {
  /** What is special about it. */
  readonly name: string;
  readonly words: readonly string[];
  /** Why the outcome is another one than that of ntfsclone, where it is meant to be. */
  readonly deviation?: string;
  /** The exit code that is due then. */
  readonly code?: number;
  /** Puts the output into its first state, for both in turn. */
  readonly prepare?: (output: string) => Promise<void>;
}

/** What both programs made of a case. */
export interface Outcome {
  readonly theirs: Ran;
  readonly ours: Ran;
  readonly theirsFile: string;
  readonly oursFile: string;
}

/** Tries cases with the real ntfsclone and with ours, and keeps account. */
export class Matrix {
  tried = 0;
  equal = 0;
  readonly deviations = new Map<string, number>();
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs both; what is not equal and no deviation comes back in words, and nothing for what is. */
  async try(one: Case, then?: (outcome: Outcome) => Promise<string>): Promise<string> {
    const [theirsFile, oursFile] = [`${this.#folder}/theirs`, `${this.#folder}/ours`];
    for (const file of [theirsFile, oursFile]) rmSync(file, { force: true });
    const go = async (program: readonly string[], file: string): Promise<Ran> => {
      await one.prepare?.(file);
      const [command = '', ...first] = program;
      return run(command, [...first, ...one.words.map((word) => word.replace(OUT, file))], {
        cwd: this.#folder,
      });
    };
    const outcome = {
      theirs: await go(['ntfsclone'], theirsFile),
      ours: await go([LIFEBOAT, 'ntfsclone'], oursFile),
      theirsFile,
      oursFile,
    };
    this.tried++;
    const problem = (await this.#compare(one, outcome)) || ((await then?.(outcome)) ?? '');
    if (problem !== '') return `${one.name}: ntfsclone ${one.words.join(' ')}: ${problem}`;
    const deviation = one.deviation ?? (LIBRARY_LINES.test(outcome.theirs.stderr) ? LIBRARY : undefined);
    if (deviation === undefined) this.equal++;
    else this.deviations.set(deviation, (this.deviations.get(deviation) ?? 0) + 1);
    return '';
  }

  /** The account, for people. */
  lines(): string[] {
    return [
      `${this.tried} cases tried, ${this.equal} equal to ntfsclone`,
      ...[...this.deviations].map(([reason, count]) => `${count} otherwise: ${reason}`),
    ];
  }

  async #compare(one: Case, { theirs, ours, theirsFile, oursFile }: Outcome): Promise<string> {
    if (one.code !== undefined) {
      if (ours.code !== one.code)
        return `exit ${ours.code}, due is ${one.code}: ${ours.stdout}${ours.stderr}`;
      return ours.code === 0 || /^ERROR/m.test(ours.stdout + ours.stderr) ? '' : 'it does not say why';
    }
    if (theirs.code !== ours.code) {
      return `exit ${ours.code}, theirs ${theirs.code}: ${ours.stdout}${ours.stderr} / ${theirs.stdout}${theirs.stderr}`;
    }
    const said = transcriptDifference(theirs, ours);
    if (said !== '') return said;
    if (existsSync(theirsFile) !== existsSync(oursFile)) {
      // The real one opens its output before it has looked at the volume.
      return theirs.code === 0 ? 'only one of them made a file' : '';
    }
    if (theirs.code !== 0 || !existsSync(theirsFile)) return '';
    const { size } = await stat(theirsFile);
    return size > SPARSE_BYTES ? sparseDifference(theirsFile, oursFile) : difference(theirsFile, oursFile);
  }
}

/** What only ours says. */
const OWN_LINES = /^WARNING: (?:The log of this volume|Windows sleeps)[^\n]*\n/gm;

const LIBRARY = 'what a library of ntfsclone says of a damaged volume';
/** All that it says, seen with the fixtures. All else that ntfsclone does and says has to be equal then too. */
const LIBRARY_LINES = new RegExp(
  `^(?:${[
    String.raw`\$MFT LCN \(`,
    String.raw`\$MFTMirr does not match`,
    'Corrupt attribute list entry',
    String.raw`Failed to load \$MFT:`,
    'No STANDARD_INFORMATION in base record',
    String.raw`Record \d+ has corrupt `,
    String.raw`cluster_size \(`,
    'ntfs_attr_find: Corrupt inode',
    'ntfs_mst_post_read_fixup_warn: ',
  ].join('|')})[^\n]*\n`,
  'm',
);
const ALL_LIBRARY_LINES = new RegExp(LIBRARY_LINES, 'gm');

/** Where the two do not say the same on the same stream; errors are compared by their first words. */
function transcriptDifference(theirs: Ran, ours: Ran): string {
  for (const stream of ['stdout', 'stderr'] as const) {
    const due = firstWords(withoutBanner(theirs[stream]).replace(ALL_LIBRARY_LINES, ''));
    const found = firstWords(withoutBanner(ours[stream]).replace(OWN_LINES, ''));
    if (found !== due) return `${stream} is ${JSON.stringify(found)}, theirs ${JSON.stringify(due)}`;
  }
  return '';
}

const withoutBanner = (text: string): string => text.replace(/^ntfsclone v[^\n]*\n/, '');

/** The text up to the first error, and of that the word in front of the colon. */
function firstWords(text: string): string {
  const at = text.search(/^(?:ERROR|WARNING: The NTFS inconsistency|WARNING: The inconsistency|Error )/m);
  return at < 0 ? text : `${text.slice(0, at)}${text.slice(at, at + 5)}`;
}
