import type { Finding } from '../boot/finding.ts';
import type { CheckResult } from '../boot/run-checks.ts';
import { verdictOf } from '../boot/verdict.ts';
import { type BootTarget, bootTarget } from '../jobs/boot/boot-target.ts';
import { jobsOfDisk } from '../jobs/boot/disk-jobs.ts';
import { checkBoot, type Surroundings, untriedOf } from '../jobs/boot/read-boot.ts';
import { gatherSurroundings } from '../jobs/boot/surroundings.ts';
import { checkJson } from '../jobs/boot/told-check.ts';
import { WriteFailure } from '../jobs/boot/write-pieces.ts';
import { explainLines, findingLines, isNotable, verdictLine } from '../telling/boot-lines.ts';
import { bootTable } from '../telling/boot-table.ts';
import { safeText } from '../text/safe.ts';
import { wrapText } from '../text/wrap.ts';
import { type BootcheckArguments, parseBootcheckArguments } from './bootcheck-arguments.ts';
import { editBootIni } from './bootcheck-edit.ts';
import { fixCommand } from './bootcheck-fix.ts';
import { BOOTCHECK_HELP } from './bootcheck-help.ts';
import { undoCommand } from './bootcheck-undo.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { withVolume } from './file-commands.ts';

const WIDTH = 80;

/** `lifeboat bootcheck`: will Windows boot from this disk, and what can be done about it? */
export async function bootcheckCommand(words: readonly string[]): Promise<ExitCode> {
  const wanted = parseBootcheckArguments(words);
  if (wanted.help) {
    process.stdout.write(BOOTCHECK_HELP);
    return EXIT.saved;
  }
  if (wanted.work === 'explain' && wanted.explain !== undefined) {
    for (const line of explainLines(wanted.explain)) say(line);
    return EXIT.saved;
  }
  return withVolume(async () => {
    try {
      return await work(wanted);
    } catch (error) {
      if (!(error instanceof WriteFailure)) throw error;
      process.stderr.write(`lifeboat: ${error.message} The undo file holds what stood there before.\n`);
      return EXIT.failed;
    }
  });
}

async function work(wanted: BootcheckArguments): Promise<ExitCode> {
  if (wanted.work === 'undo') return undoCommand(wanted);
  const target = await bootTarget(wanted.path);
  const surroundings = await surroundingsOf(target, wanted);
  if (wanted.work === 'fix') return fixCommand(wanted, target, surroundings);
  if (wanted.work === 'edit') return editBootIni(wanted, target, surroundings);
  const jobs = await jobsOfDisk(target.facts);
  const untried = await untriedOf(target, jobs);
  const { result, close } = await checkBoot(target, surroundings, untried);
  await close();
  if (wanted.json) say(JSON.stringify(checkJson(target, result)));
  else {
    if (untried !== undefined) {
      tell(
        `The rescue to it (${untried.by}) is not finished: what it has not come to yet counts as unreadable.`,
      );
    }
    printResult(wanted, target, result);
  }
  return codeOf(result);
}

function surroundingsOf(target: BootTarget, wanted: BootcheckArguments): Promise<Surroundings> {
  const { donor, mbrCode, mbrFrom, active } = wanted;
  return gatherSurroundings(target.facts, {
    ...(donor !== undefined && { donor }),
    ...(mbrCode !== undefined && { mbrCode }),
    ...(mbrFrom !== undefined && { mbrFrom }),
    ...(active !== undefined && { activePartition: active }),
  });
}

/** 0 when nothing was found that a person should look at. */
function codeOf({ context, findings }: CheckResult): ExitCode {
  const isClean = findings.every(({ state }) => state !== 'failing' && state !== 'warning');
  const verdict = verdictOf(context.system, findings);
  return isClean && verdict === 'boots' ? EXIT.saved : EXIT.losses;
}

function printResult(wanted: BootcheckArguments, target: BootTarget, result: CheckResult): void {
  const { context, findings } = result;
  const { partition, wholePath } = target;
  // Who names a partition wants to know of it, and of what it depends on.
  const near = (one: Finding): boolean =>
    partition === undefined || one.part === undefined || one.part === partition || isNotable(one);
  const shown = findings.filter(near);
  if (partition !== undefined) say(`${safeText(wanted.path)} is partition ${partition} of ${wholePath}.`);
  for (const line of bootTable(shown, wanted.all)) say(line);
  const notable = shown.filter(isNotable);
  for (const finding of notable) for (const line of ['', ...findingLines(finding)]) say(line);
  say('');
  const verdict = verdictOf(context.system, findings);
  tell(verdictLine(verdict, findings));
  if (verdict === 'no-windows') return;
  const fixes = notable.filter(({ state, fix }) => state !== 'unknown' && fix?.onlyByName === false);
  if (fixes.length > 0) {
    say('Fix what can be fixed together:');
    say(`  lifeboat bootcheck ${safeText(wanted.path)} --fix all`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tell(text: string): void {
  for (const line of wrapText(text, WIDTH)) say(line);
}
