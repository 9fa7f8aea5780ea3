import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { attachJob } from '../jobs/attach.ts';
import { sweepDrives } from '../jobs/drive/mounted-drive.ts';
import { startEngine } from '../jobs/engine-process.ts';
import { placeJob } from '../jobs/job-place.ts';
import { liveSystem } from '../jobs/live-system.ts';
import { selfCommand } from '../jobs/self.ts';
import type { Machine } from '../probe/machine.ts';
import { watchMachine } from '../probe/watch.ts';
import { MachineStore } from '../tui/disks/machine-store.ts';
import { SMALLEST } from '../tui/look.ts';
import { openDashboard } from '../tui/open-dashboard.ts';
import { JobsStore } from '../tui/rescue/jobs-store.ts';
import { RescueFlow } from '../tui/rescue/rescue-flow.ts';
import { HomeView } from '../tui/views/home-view.ts';
import { JobsView } from '../tui/views/jobs-view.ts';
import { WORDS } from '../tui/words.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { agree, openConversation } from './plain-dialog.ts';
import { rescueCommand } from './rescue.ts';
import { argumentProblem } from './usage-error.ts';

/** `lifeboat` without words: the dashboard, until the person leaves; numbered lines where it cannot be drawn. */
export async function dashboardCommand(words: readonly string[]): Promise<ExitCode> {
  const { plain, disk } = parse(words);
  return plain || !canDraw() ? talkInLines(disk) : drawScreens(disk);
}

function parse(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { plain: { type: 'boolean' }, disk: { type: 'string', multiple: true } },
    });
    return values;
  } catch (error) {
    throw argumentProblem(error);
  }
}

/** Whether the terminal can show the dashboard. */
function canDraw(): boolean {
  const { stdin, stdout, env } = process;
  if (!stdin.isTTY || !stdout.isTTY || env.TERM === undefined || env.TERM === 'dumb') return false;
  // A serial line does not tell its size; it has room for a screen of the usual one.
  const { columns = SMALLEST.columns, rows = SMALLEST.rows } = stdout;
  return (columns === 0 || columns >= SMALLEST.columns) && (rows === 0 || rows >= SMALLEST.rows);
}

/** Only these disks are looked at, if any are named. */
type OnlyDisks = readonly string[] | undefined;

async function drawScreens(only: OnlyDisks): Promise<ExitCode> {
  const live = liveSystem(process.env);
  sweepDrives();
  const store = new MachineStore();
  const jobs = new JobsStore();
  const flow = new RescueFlow(store, {
    start: async (request) => {
      const places = await placeJob({ ...request, map: undefined, job: undefined });
      return startEngine({ ...request, ...places, report: undefined });
    },
    resume: (spec) => startEngine({ ...spec, hopeless: 'ask', detached: true }),
    attach: attachJob,
  });
  const home = new HomeView(
    store,
    jobs,
    (place, desk) => flow.begin(place, desk),
    (desk) => desk.open(new JobsView(jobs, (job, at) => void flow.resume(job, at))),
  );
  const { dashboard, closed } = openDashboard(home, live);
  store.listen(() => dashboard.changed());
  jobs.listen(() => dashboard.changed());
  const stop = new AbortController();
  const watching = watchMachine({
    self: selfCommand(),
    signal: stop.signal,
    ...(only && { only }),
    onChange: (machine) => store.update(machine),
  });
  await closed;
  stop.abort();
  await watching;
  return EXIT.saved;
}

async function talkInLines(only: OnlyDisks): Promise<ExitCode> {
  const talk = openConversation();
  try {
    const words = await agree(talk, () => lookOnce(only));
    if (!words) return EXIT.saved;
    talk.say(`\n${WORDS.plain.same(words.join(' '))}`);
    return await rescueCommand(words);
  } finally {
    talk.close();
  }
}

/** So long disks are waited for before they are listed; who has not answered by then is listed as silent. */
const LOOK_MS = 8000;

async function lookOnce(only: OnlyDisks): Promise<Machine> {
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
  return last;
}
