import { ITEMS } from '../../boot/items.ts';
import type { ShownPlan } from '../../jobs/boot/repair-messages.ts';
import { REPAIR_COMMAND } from '../../jobs/boot/repair-messages.ts';
import type { ToldFinding } from '../../jobs/boot/told-check.ts';
import { startSelfTalk } from '../../jobs/self-task.ts';
import type { Machine } from '../../probe/machine.ts';
import { verdictLine } from '../../telling/boot-lines.ts';
import { STATE_WORDS } from '../../telling/boot-table.ts';
import { byteRows } from '../../telling/byte-rows.ts';
import { safeText } from '../../text/safe.ts';
import { BootSession } from '../../tui/boot/boot-session.ts';
import { findingLines, sortedFindings } from '../../tui/boot/finding-lines.ts';
import { pathOf, placesOf } from '../../tui/disks/place.ts';
import type { Line } from '../../tui/frame/line.ts';
import { proofFor, proofOf } from '../../tui/rescue/rescue-choice.ts';
import { WORDS, withoutCommands } from '../../tui/words.ts';
import { type Conversation, choose, sayNumbered } from './conversation.ts';
import { describePlace } from './place-words.ts';

const WIDTH = 78;
/** Rows of bytes that are told at once. */
const MOST_ROWS = 100;

/** Asks which disk, partition or image is meant, and talks about whether Windows will boot from it. */
export async function askAboutBoot(talk: Conversation, machine: Machine): Promise<void> {
  const places = placesOf(machine).filter((place) => pathOf(place) !== undefined);
  sayNumbered(talk, places.map(describePlace));
  for (;;) {
    const answer = await talk.ask(WORDS.plain.whichBoot);
    if (answer === undefined || answer === 'b') return;
    const place = /^\d+$/.test(answer) ? places[Number(answer) - 1] : undefined;
    const path = place ? pathOf(place) : answer.startsWith('/') ? answer : undefined;
    if (path !== undefined) return talkAboutBoot(talk, machine, path);
    talk.say(WORDS.plain.notThat(safeText(answer)));
  }
}

/** Says what decides whether Windows boots from it, and mends what the person asks for. */
export async function talkAboutBoot(talk: Conversation, machine: Machine, path: string): Promise<void> {
  const session = new BootSession(startSelfTalk([REPAIR_COMMAND, path]));
  try {
    await session.look();
    for (;;) {
      const findings = sayCheck(talk, session);
      if (!findings) return;
      const wish = await choose(talk, WORDS.plain.whichFinding, findings, { u: 'undo', r: 'again' } as const);
      if (wish === undefined) return;
      if (wish === 'again') await session.look();
      else if (wish === 'undo') await undo(talk, machine, session);
      else await about(talk, machine, session, wish);
    }
  } finally {
    session.close();
  }
}

/** What was found, each with a number; undefined when the disk could not be looked at. */
function sayCheck(talk: Conversation, session: BootSession): readonly ToldFinding[] | undefined {
  const { check, problem, said, undoFile } = session;
  talk.say('');
  for (const text of problem ?? []) talk.say(safeText(text));
  if (!check) return undefined;
  const findings = sortedFindings(check.findings).filter(({ state }) => state !== 'not-applicable');
  sayNumbered(talk, findings.map(rowText));
  talk.say(verdictLine(check.verdict, check.findings));
  if (check.unfinished !== undefined) talk.say(safeText(WORDS.boot.unfinished(check.unfinished)));
  for (const text of said) talk.say(safeText(text));
  if (undoFile !== undefined) talk.say(safeText(WORDS.boot.undoFile(undoFile)));
  return findings;
}

async function about(
  talk: Conversation,
  machine: Machine,
  session: BootSession,
  finding: ToldFinding,
): Promise<void> {
  talk.say('');
  for (const line of findingLines(finding, session.check?.device ?? '', WIDTH)) talk.say(textOf(line));
  if (!finding.fix) return;
  await write(talk, machine, session, await session.plan({ do: 'prepare', name: finding.name }));
}

async function undo(talk: Conversation, machine: Machine, session: BootSession): Promise<void> {
  const answer = await talk.ask(WORDS.plain.whichUndo(session.undoFile ?? ''));
  const path = answer === '' ? session.undoFile : answer;
  if (path === undefined || path === 'b') return;
  await write(talk, machine, session, await session.plan({ do: 'prepare-undo', path }));
}

/** Says every byte that would be changed, and changes it after a proof that this disk is meant. */
async function write(
  talk: Conversation,
  machine: Machine,
  session: BootSession,
  plan: ShownPlan | readonly string[],
): Promise<void> {
  if (!('pieces' in plan)) {
    for (const text of [`${WORDS.boot.refused}.`, ...plan.map(withoutCommands)])
      if (text !== '') talk.say(safeText(text));
    return;
  }
  for (const text of plan.does) talk.say(safeText(text));
  const rows = byteRows(plan.pieces);
  for (const { sign, text } of rows.slice(0, MOST_ROWS))
    talk.say(safeText(`${sign === ' ' ? '=' : (sign ?? '')} ${text}`.trim()));
  if (rows.length > MOST_ROWS || plan.moreBytes > 0) talk.say(WORDS.plain.moreRows);
  const { check } = session;
  const disk = placesOf(machine).find((place) => !place.partition && pathOf(place) === check?.device);
  const { kind, shown, wanted } = disk ? proofFor(disk) : proofOf(undefined, check?.sizeBytes ?? 0);
  const answer = await talk.ask(`${WORDS.confirm.type(kind, wanted.length)} ${shown}`);
  if (answer?.toUpperCase() !== wanted.toUpperCase()) {
    talk.say(WORDS.confirm.wrong);
    return;
  }
  for (const text of (await session.write()) ?? []) talk.say(safeText(text));
}

const rowText = ({ name, state, item, fix, read }: ToldFinding): string =>
  safeText(
    `${name}, ${STATE_WORDS[state]}, ${ITEMS[item].title}${fix ? ` ${WORDS.boot.fixable}` : ''}: ${read}`,
  );

const textOf = (line: Line): string => line.map(({ text }) => text).join('');
