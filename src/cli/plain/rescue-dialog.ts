import { resolve } from 'node:path';
import { inquire } from '../../jobs/inquiry.ts';
import type { JobSummary } from '../../jobs/job-list.ts';
import type { WantedFile } from '../../jobs/target-file-state.ts';
import type { Machine } from '../../probe/machine.ts';
import { isStillAttached } from '../../probe/still-attached.ts';
import { bytesText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { contentOf, contentText, nameOf, type Place, pathOf } from '../../tui/disks/place.ts';
import { askFile, askNames, fileRefusal, fileText } from '../../tui/rescue/file-words.ts';
import { type Load, rescueLoad } from '../../tui/rescue/load.ts';
import {
  GENTLE,
  MANNER_SWITCHES,
  type MannerSwitch,
  proofFor,
  type RescueChoice,
  type RescueManner,
  sourcesOn,
  type TargetChoice,
} from '../../tui/rescue/rescue-choice.ts';
import { planOf } from '../../tui/rescue/rescue-request.ts';
import { TakenNames } from '../../tui/rescue/taken-names.ts';
import { choiceOf, freeBytesOf, type TargetOption, targetOptions } from '../../tui/rescue/target-options.ts';
import { whyNotSource } from '../../tui/views/source-view.ts';
import { WORDS } from '../../tui/words.ts';
import { type Conversation, choose, sayNumbered } from './conversation.ts';
import { markFiles } from './files-dialog.ts';
import { describePlace } from './place-words.ts';

/** Asks what of a disk shall be saved, where to and how; undefined when the person goes back, or does not agree. */
export async function agreeOnRescue(
  talk: Conversation,
  machine: Machine,
  disk: Place,
): Promise<RescueChoice | undefined> {
  const source = await askSource(talk, disk);
  const target = source && (await askTarget(talk, machine, rescueLoad(source), WORDS.plain.targets));
  const manner = target && (await askManner(talk, source));
  if (!source || !target || !manner) return undefined;
  const choice = { source, target, manner };
  const from = { source: pathOf(source), label: contentOf(source)?.label };
  const isAgreed = await askStart(talk, describePlace(source), target, planOf(choice), from);
  return isAgreed ? choice : undefined;
}

/** The command that does what was agreed on; the typed proof answers what it would ask. */
export function rescueWords({ source, target, manner }: RescueChoice): string[] {
  return [
    pathOf(source) ?? '',
    target.path,
    ...(target.kind === 'file' && target.on !== undefined ? ['--on', target.on] : []),
    ...(target.kind === 'device' ? ['--yes'] : []),
    ...manner.folders.flatMap((folder) => ['--first', folder]),
    ...(manner.personalFirst ? ['--first', 'personal'] : []),
    ...(manner.compare ? ['--verify'] : []),
    ...(manner.allSectors ? ['--all-sectors'] : []),
    ...(manner.retry ? ['--retries', '3'] : []),
    ...(manner.leaveHopeless ? ['--hopeless', 'leave'] : []),
  ];
}

async function askSource(talk: Conversation, disk: Place): Promise<Place | undefined> {
  const all = sourcesOn(disk);
  const sources = all.filter((source) => whyNotSource(source) === undefined);
  for (const source of all) {
    const why = whyNotSource(source);
    if (why !== undefined) talk.say(`${nameOf(source)}: ${why}`);
  }
  const [only] = sources;
  if (sources.length <= 1) return only;
  talk.say(`\n${WORDS.plain.parts}`);
  sayNumbered(
    talk,
    sources.map((source, i) => {
      const what = source.partition ? WORDS.source.partition : WORDS.source.wholeDisk;
      return `${what} ${describePlace(source)}${i === 0 ? ` (${WORDS.source.suggested})` : ''}`;
    }),
  );
  return choose(talk, WORDS.plain.whichPart, sources, { '': only });
}

/** Asks where something shall go: a new file, or a disk that is written over. */
export async function askTarget(
  talk: Conversation,
  machine: Machine,
  load: Load,
  heading: (size: string) => string,
): Promise<TargetChoice | undefined> {
  const options = targetOptions(machine, load);
  const jobs = await knownJobs();
  const possible = options.filter(({ refusal }) => !refusal);
  talk.say(`\n${heading(bytesText(load.sizeBytes))}`);
  sayNumbered(talk, possible.map(optionText));
  if (possible.length === 0) talk.say(WORDS.target.none);
  for (const { place, refusal } of options) {
    if (refusal) talk.say(`   ${WORDS.target.refused(nameOf(place), refusal)}`);
  }
  for (;;) {
    const answer = await talk.ask(WORDS.plain.whichTarget);
    if (answer === undefined || answer === 'b') return undefined;
    const [, number = '', path] = /^(\d+)(?: +(.*))?$/.exec(answer) ?? [];
    const chosen = possible[Number(number) - 1];
    if (answer.startsWith('/dev/')) talk.say(WORDS.target.noDevicePath);
    else if (isNewFile(answer))
      return { kind: 'file', path: resolve(answer), place: undefined, on: undefined };
    else if (!chosen || (path !== undefined && chosen.kind === 'device'))
      talk.say(WORDS.plain.notThat(answer));
    else {
      const names = new TakenNames({ names: askNames, jobs: () => jobs });
      if (path === undefined) await names.look(load.fileName, [chosen]);
      const choice = choiceOf(chosen, load, names);
      return path !== undefined && choice.kind === 'file'
        ? { ...choice, path: resolve(chosen.folder ?? '/', path) }
        : choice;
    }
  }
}

/** A path, or a name with an ending, of where this program was started; a slip of a key is neither. */
const isNewFile = (answer: string): boolean => !/^\d+( |$)/.test(answer) && /[/.]/.test(answer);

/** They tell what lies in drives that nothing has mounted. */
async function knownJobs(): Promise<readonly JobSummary[]> {
  const answer = await inquire({ ask: 'jobs' });
  return answer.kind === 'answer' ? answer.answer : [];
}

function optionText({ place, kind, folder, on }: TargetOption): string {
  const free = kind === 'file' ? freeBytesOf(place) : undefined;
  const inFolder = on === undefined ? WORDS.plain.fileIn(folder ?? '') : WORDS.plain.fileOn;
  const what = kind === 'file' ? inFolder : WORDS.plain.erases;
  const room = free === undefined ? '' : ` ${WORDS.plain.free(bytesText(free))}`;
  return `${describePlace(place)}.${room} ${what}`;
}

const LETTERS: Readonly<Record<string, MannerSwitch>> = {
  p: 'personalFirst',
  c: 'compare',
  a: 'allSectors',
  t: 'retry',
  l: 'leaveHopeless',
};

async function askManner(talk: Conversation, source: Place): Promise<RescueManner | undefined> {
  const canMark = contentOf(source)?.kind === 'ntfs';
  talk.say(`\n${WORDS.manner.always}`);
  for (const [letter, name] of Object.entries(LETTERS)) talk.say(`${letter}: ${WORDS.manner[name].short}`);
  if (canMark) talk.say(`f: ${WORDS.plain.markFirst}`);
  for (;;) {
    const answer = await talk.ask(WORDS.plain.whichManner);
    if (answer === undefined || answer === 'b') return undefined;
    const letters = [...answer.replaceAll(' ', '')];
    const known = letters.every((letter) => letter in LETTERS || (letter === 'f' && canMark));
    if (!known) {
      talk.say(WORDS.plain.notThat(answer));
      continue;
    }
    const place = { name: nameOf(source), path: pathOf(source) ?? '', from: undefined, map: undefined };
    const folders = letters.includes('f') ? await markFiles(talk, place) : [];
    const switched = MANNER_SWITCHES.map((name) => [
      name,
      letters.some((letter) => LETTERS[letter] === name),
    ]);
    return { ...GENTLE, ...Object.fromEntries(switched), folders };
  }
}

/** The last question: what is read, written and erased. A disk is only written over after a proof that it is meant. */
export async function askStart(
  talk: Conversation,
  source: string,
  target: TargetChoice,
  plan: readonly string[],
  from: Pick<WantedFile, 'source' | 'label'> = { source: undefined, label: undefined },
): Promise<boolean> {
  talk.say(`\n${WORDS.confirm.read}: ${source}`);
  const where =
    target.kind === 'file' && target.on !== undefined ? `${target.on}:${target.path}` : target.path;
  if (target.kind === 'file') {
    const file = await askFile({ ...from, target: target.path, on: target.on });
    talk.say(`${WORDS.confirm.write}: ${where}. ${fileText(file)}`);
    if (fileRefusal(file) !== undefined) {
      talk.say(WORDS.plain.notStarted);
      return false;
    }
    for (const text of plan) talk.say(text);
    return (await talk.ask(WORDS.plain.typeYes)) === 'yes';
  }
  const { place } = target;
  talk.say(`${WORDS.confirm.write}: ${describePlace(place)}`);
  for (const text of plan) talk.say(text);
  talk.say(WORDS.confirm.erases(place.partition !== undefined));
  // A label must not make a line of its own.
  talk.say(`   ${safeText(contentText(place)) || WORDS.target.something}`);
  for (const partition of place.partition ? [] : place.disk.partitions) {
    talk.say(`   ${describePlace({ disk: place.disk, partition })}`);
  }
  const { kind, shown, wanted } = proofFor(place);
  const answer = await talk.ask(`${WORDS.confirm.type(kind, wanted.length)} ${shown}`);
  if (answer?.toUpperCase() !== wanted.toUpperCase()) talk.say(WORDS.confirm.wrong);
  else if (await isStillAttached(place.disk)) return true;
  // Who types may take as long as they like; the list of disks is from before.
  else talk.say(WORDS.confirm.gone(nameOf(place)));
  return false;
}
