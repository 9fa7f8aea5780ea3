import { createInterface } from 'node:readline';
import type { Machine } from '../../probe/machine.ts';
import { bytesText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { wrapText } from '../../text/wrap.ts';
import {
  conditionText,
  contentText,
  nameOf,
  type Place,
  pathOf,
  placesOf,
  sizeOf,
} from '../../tui/disks/place.ts';
import {
  GENTLE,
  type MannerSwitch,
  proofFor,
  type RescueManner,
  sourcesOn,
  type TargetChoice,
} from '../../tui/rescue/rescue-choice.ts';
import { choiceOf, targetOptions } from '../../tui/rescue/target-options.ts';
import { WORDS } from '../../tui/words.ts';

/** A conversation in lines: for terminals without a cursor, screen readers, serial lines and scripts. */
export interface Conversation {
  say(text: string): void;
  /** A line that was typed, without blanks around it; undefined when there are no more. */
  ask(text: string): Promise<string | undefined>;
}

/** What was agreed on: the words of the command that does it. */
export type Agreement = readonly string[] | undefined;

const WIDTH = 78;

/** Speaks over the process's own input and output. Every line fits 80 columns. */
export function openConversation(): Conversation & { close(): void } {
  const lines = createInterface({ input: process.stdin, terminal: false });
  const typed = lines[Symbol.asyncIterator]();
  const say = (text: string): void => {
    for (const part of text.split('\n').flatMap((each) => wrapText(each, WIDTH))) {
      process.stdout.write(`${part}\n`);
    }
  };
  return {
    say,
    ask: async (text) => {
      say(text);
      process.stdout.write('> ');
      const { value, done } = await typed.next();
      return done ? undefined : String(value).trim();
    },
    close: () => lines.close(),
  };
}

/**
 * Asks, in numbered lines, what shall be saved, where to and how. `look` gives the machine as it is now; undefined is
 * returned when the person leaves.
 */
export async function agree(talk: Conversation, look: () => Promise<Machine>): Promise<Agreement> {
  for (;;) {
    const machine = await look();
    const place = await askPlace(talk, machine);
    if (place === 'leave') return undefined;
    if (place === 'again') continue;
    const source = await askSource(talk, place);
    const target = source && (await askTarget(talk, machine, source));
    const manner = target && (await askManner(talk));
    if (source && target && manner && (await askStart(talk, source, target))) {
      return wordsFor(source, target, manner);
    }
  }
}

async function askPlace(talk: Conversation, machine: Machine): Promise<Place | 'again' | 'leave'> {
  const disks = placesOf(machine).filter(({ partition }) => !partition);
  talk.say(`\n${WORDS.plain.disks}`);
  for (const [i, place] of disks.entries()) {
    talk.say(`${i + 1}: ${describe(place)}${healthText(place)}`);
    for (const part of placesOf(machine)) {
      if (part.partition && part.disk === place.disk) talk.say(`   ${describe(part)}`);
    }
  }
  if (disks.length === 0) talk.say(WORDS.disks.none);
  for (;;) {
    const answer = await talk.ask(WORDS.plain.whichDisk);
    if (answer === undefined || answer === 'q') return 'leave';
    if (answer === 'r') return 'again';
    const chosen = pick(disks, answer);
    if (chosen) return chosen;
    talk.say(WORDS.plain.notThat(answer));
  }
}

async function askSource(talk: Conversation, place: Place): Promise<Place | undefined> {
  const sources = sourcesOn(place).filter((source) => pathOf(source) !== undefined);
  const [only] = sources;
  if (sources.length === 1) return only;
  talk.say(`\n${WORDS.plain.parts}`);
  for (const [i, source] of sources.entries()) {
    const what = source.partition ? WORDS.source.partition : WORDS.source.wholeDisk;
    talk.say(`${i + 1}: ${what} ${describe(source)}${i === 0 ? ` (${WORDS.source.suggested})` : ''}`);
  }
  for (;;) {
    const answer = await talk.ask(WORDS.plain.whichPart);
    if (answer === undefined || answer === 'b') return undefined;
    const chosen = pick(sources, answer === '' ? '1' : answer);
    if (chosen) return chosen;
    talk.say(WORDS.plain.notThat(answer));
  }
}

async function askTarget(
  talk: Conversation,
  machine: Machine,
  source: Place,
): Promise<TargetChoice | undefined> {
  const options = targetOptions(machine, source);
  const possible = options.filter(({ refusal }) => !refusal);
  talk.say(`\n${WORDS.plain.targets(bytesText(sizeOf(source)))}`);
  for (const [i, { place, kind, folder, on }] of possible.entries()) {
    const inFolder = on === undefined ? WORDS.plain.fileIn(folder ?? '') : WORDS.plain.fileOn;
    const what = kind === 'file' ? inFolder : WORDS.plain.erases;
    talk.say(`${i + 1}: ${describe(place)}. ${what}`);
  }
  if (possible.length === 0) talk.say(WORDS.target.none);
  for (const { place, refusal } of options) {
    if (refusal) talk.say(`   ${WORDS.target.refused(nameOf(place), refusal)}`);
  }
  for (;;) {
    const answer = await talk.ask(WORDS.plain.whichTarget);
    if (answer === undefined || answer === 'b') return undefined;
    if (answer.startsWith('/dev/')) talk.say(WORDS.target.noDevicePath);
    else if (answer.startsWith('/')) return { kind: 'file', path: answer, place: undefined, on: undefined };
    else {
      const chosen = pick(possible, answer);
      if (chosen) return choiceOf(chosen, source);
      talk.say(WORDS.plain.notThat(answer));
    }
  }
}

const LETTERS: Readonly<Record<string, MannerSwitch>> = {
  p: 'personalFirst',
  f: 'allSectors',
  t: 'retry',
  l: 'leaveHopeless',
};

async function askManner(talk: Conversation): Promise<RescueManner | undefined> {
  talk.say(`\n${WORDS.manner.always}`);
  for (const [letter, name] of Object.entries(LETTERS)) talk.say(`${letter}: ${WORDS.manner[name].short}`);
  for (;;) {
    const answer = await talk.ask(WORDS.plain.whichManner);
    if (answer === undefined || answer === 'b') return undefined;
    const letters = [...answer.replaceAll(' ', '')];
    if (letters.every((letter) => letter in LETTERS)) {
      return { ...GENTLE, ...Object.fromEntries(letters.map((letter) => [LETTERS[letter], true])) };
    }
    talk.say(WORDS.plain.notThat(answer));
  }
}

async function askStart(talk: Conversation, source: Place, target: TargetChoice): Promise<boolean> {
  talk.say(`\n${WORDS.confirm.read}: ${describe(source)}`);
  if (target.kind === 'file') {
    talk.say(`${WORDS.confirm.write}: ${target.path}. ${WORDS.confirm.newFile}`);
    return (await talk.ask(WORDS.plain.typeYes)) === 'yes';
  }
  const { place } = target;
  talk.say(`${WORDS.confirm.write}: ${describe(place)}`);
  talk.say(WORDS.confirm.erases(place.partition !== undefined));
  for (const partition of place.partition ? [] : place.disk.partitions) {
    talk.say(`   ${describe({ disk: place.disk, partition })}`);
  }
  const { kind, shown, wanted } = proofFor(place);
  const answer = await talk.ask(`${WORDS.confirm.type(kind, wanted.length)} ${shown}`);
  if (answer?.toUpperCase() === wanted.toUpperCase()) return true;
  talk.say(WORDS.confirm.wrong);
  return false;
}

/** The command that does what was agreed on; the typed proof answers what it would ask. */
function wordsFor(source: Place, target: TargetChoice, manner: RescueManner): string[] {
  return [
    pathOf(source) ?? '',
    target.path,
    '--plain',
    ...(target.kind === 'file' && target.on !== undefined ? ['--on', target.on] : []),
    ...(target.kind === 'device' ? ['--yes'] : []),
    ...(manner.personalFirst ? ['--first', 'personal'] : []),
    ...(manner.allSectors ? ['--all-sectors'] : []),
    ...(manner.retry ? ['--retries', '3'] : []),
    ...(manner.leaveHopeless ? ['--hopeless', 'leave'] : []),
  ];
}

function pick<T>(items: readonly T[], answer: string): T | undefined {
  return /^\d+$/.test(answer) ? items[Number(answer) - 1] : undefined;
}

function describe(place: Place): string {
  const { disk, partition } = place;
  const parts = [
    nameOf(place),
    bytesText(sizeOf(place)),
    partition ? '' : (disk.model ?? ''),
    !partition && disk.serial ? `serial ${disk.serial}` : '',
    contentText(place),
    conditionText(place),
  ];
  return safeText(parts.filter(Boolean).join(', '));
}

function healthText({ disk }: Place): string {
  const { verdict, reasons } = disk.health;
  if (disk.state.kind === 'waiting') return `. ${WORDS.plain.silent}`;
  if (verdict === 'good') return `. ${WORDS.plain.good}`;
  const [worst] = reasons;
  return verdict === 'unknown' || !worst ? '' : safeText(`. ${verdict.toUpperCase()}: ${worst.message}`);
}
