import { exportList } from '../../jobs/export-list.ts';
import { startSelf } from '../../jobs/self-task.ts';
import type { CheckedTarget } from '../../rescue/verify.ts';
import { holderName, holeLines, lostText } from '../../telling/damage-table.ts';
import { verdictText } from '../../telling/verdict-text.ts';
import { verifyLines } from '../../telling/verify-lines.ts';
import { bytesText, durationText, percentText, plural } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { damageListOf, noFilesText, noMapText, type ReportData } from '../../tui/rescue/report-data.ts';
import { WORDS } from '../../tui/words.ts';
import { mapLegend, mapLines } from '../map-picture.ts';
import { terminalLook } from '../terminal.ts';
import { type Conversation, choose, sayNumbered } from './conversation.ts';
import { followTask, nowAndThen } from './task-lines.ts';

/** What a report can lead to. */
export type AfterReport = 'go-on' | 'files' | 'boot';

const WIDTH = 78;
const MAP_ROWS = 6;
/** Files that are named at once. */
const NAMED = 20;

/** Says how a rescue has ended, and what the person asks of it; ends with what they want next, if anything. */
export async function talkAboutReport(
  talk: Conversation,
  data: ReportData,
): Promise<AfterReport | undefined> {
  sayReport(talk, data);
  for (;;) {
    const wish = await choose(talk, WORDS.plain.whichReport, [], {
      d: 'damaged',
      h: 'holes',
      x: 'export',
      m: 'map',
      v: 'compare',
      f: 'files',
      w: 'boot',
      r: 'go-on',
    } as const);
    if (wish === undefined) return undefined;
    if (wish === 'files' || wish === 'boot') return wish;
    if (wish === 'go-on' || wish === 'compare') {
      if (data.job === undefined) talk.say(WORDS.report.noJob);
      else if (wish === 'go-on') return 'go-on';
      else await compareInLines(talk, data.job);
    } else if (wish === 'damaged') await sayDamaged(talk, data);
    else if (wish === 'holes') await sayHoles(talk, data);
    else if (wish === 'export') await exportTo(talk, data);
    else sayMap(talk, data);
  }
}

/** Compares the copy of a job with what was read of its source. */
export async function compareInLines(talk: Conversation, job: string): Promise<void> {
  const passes = nowAndThen();
  let result: CheckedTarget | undefined;
  const { said } = await followTask(talk, startSelf(['verify', '--json', job]), (event) => {
    const told = event as { event: string; doneBytes: number; totalBytes: number; differentBytes: number };
    if (told.event !== 'verify') {
      result = event as CheckedTarget;
      return undefined;
    }
    return passes(() =>
      WORDS.compare.sofar(
        bytesText(told.doneBytes),
        `${bytesText(told.totalBytes)} (${percentText(told.doneBytes, told.totalBytes)})`,
        bytesText(told.differentBytes),
      ),
    );
  });
  for (const text of result ? verifyLines(result) : [said || WORDS.compare.ended]) talk.say(text);
}

function sayReport(talk: Conversation, data: ReportData): void {
  const { ended, damage, source, target, map, job, verify, away } = data;
  talk.say(`\n${safeText(WORDS.report.title(source, target))}`);
  talk.say(verdictText(ended, WORDS.plain.goesOn));
  talk.say(
    `saved ${bytesText(ended.savedBytes)} of ${bytesText(ended.domainBytes)}, bad ${bytesText(ended.badBytes)}, ` +
      plural(ended.failedReads, 'read error'),
  );
  if (damage?.traced) talk.say(WORDS.report.files(damage));
  if (verify) talk.say(WORDS.report.verified(verify));
  if (ended.unmarkedBytes > 0) talk.say(WORDS.report.unmarked(ended.unmarkedBytes));
  talk.say(safeText(`${WORDS.report.copy} ${target}`));
  talk.say(safeText(`${WORDS.report.map} ${map}`));
  if (job !== undefined) talk.say(safeText(`${WORDS.report.report} ${job}`));
  if (away !== undefined) talk.say(safeText(away));
}

/** The damaged files, the worst first; those whose name holds what is typed. */
async function sayDamaged(talk: Conversation, { damage, ended }: ReportData): Promise<void> {
  if (!damage || damage.items.length === 0) {
    talk.say(ended.verdict === 'saved' || damage?.traced ? WORDS.report.noFiles : WORDS.report.notYet);
    return;
  }
  const wanted = (await talk.ask(WORDS.plain.whichName, true))?.toLowerCase() ?? '';
  const found = damage.items.filter(({ path }) => path.toLowerCase().includes(wanted));
  if (found.length === 0) talk.say(WORDS.report.noMatch);
  for (const item of found.slice(0, NAMED)) {
    talk.say(safeText(`${holderName(item)}: ${lostText(item)}, ${plural(item.pieceCount, 'hole')}`));
  }
  if (found.length > NAMED) talk.say(WORDS.files.more(`${found.length - NAMED} more`));
}

async function sayHoles(talk: Conversation, data: ReportData): Promise<void> {
  const holders = data.files ?? [];
  if (holders.length === 0) {
    talk.say(data.files ? noFilesText(data) : WORDS.report.listLater);
    return;
  }
  sayNumbered(
    talk,
    holders.slice(0, NAMED).map((holder) => safeText(holderName(holder))),
  );
  const chosen = await choose(talk, WORDS.plain.whichFile, holders);
  if (chosen) for (const text of holeLines(chosen)) talk.say(safeText(text));
}

async function exportTo(talk: Conversation, data: ReportData): Promise<void> {
  const { source, job } = data;
  const usual = `${job ?? '.'}/${WORDS.report.listName}`;
  const answer = await talk.ask(WORDS.plain.whichExport(usual));
  if (answer === undefined || answer === 'b') return;
  const path = answer === '' ? usual : answer;
  const text = damageListOf(data);
  if (text === undefined) talk.say(WORDS.report.listLater);
  else await sayExport(talk, path, exportList(path, text, source));
}

/** So often it is said that a drive does not answer. */
const STILL_MS = 5000;

/** Says what came of a list that is being written; who types `b` does not wait for a drive that does not answer. */
async function sayExport(
  talk: Conversation,
  path: string,
  writing: Promise<string | undefined>,
): Promise<void> {
  const beganMs = Date.now();
  let release: (() => void) | undefined;
  let ticking: NodeJS.Timeout | undefined;
  const left = new Promise<'left'>((resolve) => {
    ticking = setInterval(() => {
      const time = durationText((Date.now() - beganMs) / 1000);
      talk.say(`${WORDS.wait.since(time)} ${WORDS.plain.leaveWriting}`);
      // Not before: what was typed ahead is for the questions that follow.
      release ??= talk.listen((line) => {
        if (line === 'b') resolve('left');
        else if (line) talk.say(WORDS.plain.notThat(safeText(line)));
      });
    }, STILL_MS);
  });
  const end = await Promise.race([writing, left]);
  clearInterval(ticking);
  release?.();
  if (end !== 'left') talk.say(end ?? WORDS.report.exported(path));
}

function sayMap(talk: Conversation, data: ReportData): void {
  const { cells } = data;
  if (cells === '') {
    talk.say(safeText(noMapText(data)));
    return;
  }
  const look = process.stdout.isTTY
    ? terminalLook(process.env)
    : { ...terminalLook(process.env), colour: false };
  for (const text of [...mapLines(cells, WIDTH, MAP_ROWS, look), mapLegend(look)]) {
    process.stdout.write(`${text}\n`);
  }
}
