import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import type { BootTarget } from '../jobs/boot/boot-target.ts';
import { openBootIni } from '../jobs/boot/edit.ts';
import type { Surroundings } from '../jobs/boot/read-boot.ts';
import { BootRepair } from '../jobs/boot/repair.ts';
import { Refusal } from '../jobs/refusal.ts';
import { findingLines, isNotable, pieceLines } from '../telling/boot-lines.ts';
import { safeText } from '../text/safe.ts';
import type { BootcheckArguments } from './bootcheck-arguments.ts';
import { refuseUnasked } from './bootcheck-fix.ts';
import { confirmWrite } from './confirm.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** `lifeboat bootcheck DEVICE --edit`: boot.ini in an editor, and back where it was. */
export async function editBootIni(
  wanted: BootcheckArguments,
  target: BootTarget,
  surroundings: Surroundings,
): Promise<ExitCode> {
  refuseUnasked(wanted);
  const repair = await BootRepair.begin(target, surroundings, wanted);
  try {
    const edit = await openBootIni(repair);
    const prepared = await edit.prepare(await edited(edit.text));
    if (prepared === undefined) {
      say('boot.ini is left as it is.');
      return EXIT.saved;
    }
    if (typeof prepared === 'string') throw new Refusal('bad-boot-ini', prepared, 'Nothing was changed.');
    say(`I1    ${prepared.fix.does}`);
    for (const line of pieceLines(prepared.pieces)) say(line);
    if (wanted.dryRun) return EXIT.saved;
    if (!wanted.yes && !(await confirmWrite(basename(target.wholePath)))) {
      throw new Refusal('not-confirmed', 'Nothing was changed.', '');
    }
    const { now, notes } = await repair.apply(prepared);
    for (const note of notes) say(note);
    say(`Undo it: lifeboat bootcheck undo ${safeText(repair.undoPath ?? '')}`);
    if (now === undefined || !isNotable(now)) return EXIT.saved;
    for (const line of findingLines(now)) say(line);
    return EXIT.losses;
  } finally {
    await repair.close();
  }
}

/** What comes out of the user's editor. Throws a `Refusal` when that fails. */
async function edited(text: string): Promise<string> {
  const editor = process.env.VISUAL || process.env.EDITOR || 'nano';
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-edit-'));
  try {
    const path = join(folder, 'boot.ini');
    await writeFile(path, text, { mode: 0o600 });
    // An editor may be named with options.
    const result = await execa('sh', ['-c', `${editor} "$1"`, 'sh', path], {
      reject: false,
      stdio: 'inherit',
    });
    if (result.failed) {
      throw new Refusal(
        'no-editor',
        `The editor ${editor} ended with an error (${result.exitCode ?? result.signal}).`,
        'Nothing was changed. Name another one in $EDITOR.',
      );
    }
    return await readFile(path, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
