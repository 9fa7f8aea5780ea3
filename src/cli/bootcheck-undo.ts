import { basename } from 'node:path';
import { pieceJson } from '../jobs/boot/told-check.ts';
import { type PlannedUndo, planUndo, undoFixes } from '../jobs/boot/undo.ts';
import { Refusal } from '../jobs/refusal.ts';
import { pieceLines } from '../telling/boot-lines.ts';
import { plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import type { BootcheckArguments } from './bootcheck-arguments.ts';
import { refuseUnasked } from './bootcheck-fix.ts';
import { confirmWrite } from './confirm.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** `lifeboat bootcheck undo FILE [DEVICE]`: puts back all that fixes have changed. */
export async function undoCommand(wanted: BootcheckArguments): Promise<ExitCode> {
  const planned = await planUndo(wanted.path, wanted.device);
  refuseUnasked({ ...wanted, path: planned.target.wholePath });
  show(planned, wanted);
  if (wanted.dryRun) return EXIT.saved;
  if (!wanted.yes && !(await confirmWrite(basename(planned.target.wholePath)))) {
    throw new Refusal('not-confirmed', 'Nothing was changed.', '');
  }
  await undoFixes(planned, wanted.force);
  const count = plural(planned.fixes.length, 'fix', 'fixes');
  if (wanted.json)
    process.stdout.write(`${JSON.stringify({ event: 'undone', device: planned.target.wholePath })}\n`);
  else process.stdout.write(`${count} of ${planned.target.wholePath} undone, written and read back.\n`);
  return EXIT.saved;
}

function show({ target, fixes }: PlannedUndo, { json }: BootcheckArguments): void {
  for (const { fix, does, pieces } of fixes) {
    // Back is the other way round.
    const back = pieces.map((piece) => ({ ...piece, before: piece.after, after: piece.before }));
    if (json) {
      const event = { event: 'undo', name: fix, does, device: target.wholePath, pieces: back.map(pieceJson) };
      process.stdout.write(`${JSON.stringify(event)}\n`);
      continue;
    }
    process.stdout.write(`${fix.padEnd(6)}undo: ${safeText(does)}\n`);
    for (const line of pieceLines(back)) process.stdout.write(`${line}\n`);
  }
}
