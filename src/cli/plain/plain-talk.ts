import { setTimeout as delay } from 'node:timers/promises';
import { inquire } from '../../jobs/inquiry.ts';
import { sourcesOf, withJobSources } from '../../jobs/job-sources.ts';
import { selfCommand } from '../../jobs/self.ts';
import type { Machine } from '../../probe/machine.ts';
import { watchMachine } from '../../probe/watch.ts';
import { shellWords } from '../../text/shell-words.ts';
import { type Place, placesOf } from '../../tui/disks/place.ts';
import { requestFor } from '../../tui/rescue/rescue-request.ts';
import { WORDS } from '../../tui/words.ts';
import type { ExitCode } from '../exit-codes.ts';
import { placeRescue, startRescue } from '../start-rescue.ts';
import { ArchivesDialog } from './archives-dialog.ts';
import { askAboutBoot } from './boot-dialog.ts';
import { type Conversation, choose, openConversation } from './conversation.ts';
import { ImagesDialog } from './images-dialog.ts';
import { JobsDialog } from './jobs-dialog.ts';
import { describePlace, healthText } from './place-words.ts';
import { agreeOnRescue, rescueWords } from './rescue-dialog.ts';
import { talkAboutSettings } from './settings-dialog.ts';

/** The dashboard in numbered lines. Its exit code is that of the last rescue that was watched. */
export async function talkInLines(only: readonly string[] | undefined): Promise<ExitCode> {
  const talk = openConversation();
  const look = (): Promise<Machine> => lookOnce(only);
  const jobs = new JobsDialog(talk, look);
  try {
    for (;;) {
      const machine = await look();
      const wish = await askFirst(talk, machine);
      if (wish === undefined) return jobs.code;
      if (wish === 'jobs') await jobs.open();
      else if (wish === 'images') await new ImagesDialog(talk, look).open();
      else if (wish === 'archives') await new ArchivesDialog(talk, look).open();
      else if (wish === 'boot') await askAboutBoot(talk, machine);
      else if (wish === 'settings') await talkAboutSettings(talk);
      else if (wish === 'first-aid') for (const text of WORDS.help.firstAid) talk.say(text);
      else if (wish !== 'again') await rescue(talk, jobs, machine, wish);
    }
  } finally {
    talk.close();
  }
}

async function rescue(talk: Conversation, jobs: JobsDialog, machine: Machine, disk: Place): Promise<void> {
  const choice = await agreeOnRescue(talk, machine, disk);
  if (choice === undefined) return;
  talk.say(`\n${WORDS.plain.same(shellWords(rescueWords(choice)))}`);
  const request = requestFor(choice);
  const places = await placeRescue(request);
  if (places.kind === 'answer') await jobs.follow(startRescue(request, places.answer));
  else talk.say(`${places.refusal.message} ${places.refusal.advice}`);
}

type First = 'jobs' | 'images' | 'archives' | 'boot' | 'settings' | 'first-aid' | 'again' | 'leave';

/** The disks, and what else there is; undefined when the person leaves. */
async function askFirst(
  talk: Conversation,
  machine: Machine,
): Promise<Place | Exclude<First, 'leave'> | undefined> {
  const disks = placesOf(machine).filter(({ partition }) => !partition);
  talk.say(`\n${WORDS.plain.disks}`);
  for (const [i, place] of disks.entries()) {
    talk.say(`${i + 1}: ${describePlace(place)}${healthText(place)}`);
    for (const part of placesOf(machine)) {
      if (part.partition && part.disk === place.disk) talk.say(`   ${describePlace(part)}`);
    }
  }
  if (disks.length === 0) talk.say(WORDS.plain.none);
  const hidden = machine.host?.hiddenDisks;
  if (hidden !== undefined) talk.say(WORDS.disks.hidden(hidden));
  const wish = await choose<Place, First>(talk, WORDS.plain.whichDisk, disks, {
    r: 'again',
    j: 'jobs',
    i: 'images',
    a: 'archives',
    w: 'boot',
    c: 'settings',
    f: 'first-aid',
    q: 'leave',
  });
  return wish === 'leave' ? undefined : wish;
}

/** So long disks are waited for before they are listed; who has not answered by then is listed as silent. */
const LOOK_MS = 8000;

async function lookOnce(only: readonly string[] | undefined): Promise<Machine> {
  const stop = new AbortController();
  let last: Machine = { takenMs: Date.now(), disks: [] };
  const limit = delay(LOOK_MS, undefined, { signal: stop.signal }).then(
    () => stop.abort(),
    () => undefined,
  );
  await watchMachine({
    self: selfCommand(),
    signal: stop.signal,
    ...(only && { only }),
    onChange: (machine) => {
      last = machine;
      if (machine.disks.length > 0 && machine.disks.every(({ settled, use }) => settled && use.checked))
        stop.abort();
    },
  });
  await limit;
  const jobs = await inquire({ ask: 'jobs' });
  return jobs.kind === 'answer' ? withJobSources(last, sourcesOf(jobs.answer)) : last;
}
