import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { InquiryAnswer } from '../../src/jobs/inquiry.ts';
import type { JobEvent } from '../../src/jobs/job-events.ts';
import type { JobSummary } from '../../src/jobs/job-list.ts';
import type { JobSpec } from '../../src/jobs/job-spec.ts';
import { Dashboard } from '../../src/tui/dashboard.ts';
import { MachineStore } from '../../src/tui/disks/machine-store.ts';
import type { Pane } from '../../src/tui/frame/pane.ts';
import { RescueFlow, type RescuePorts } from '../../src/tui/rescue/rescue-flow.ts';
import { NO_NAMES } from '../../src/tui/rescue/taken-names.ts';
import type { JobLink } from '../../src/tui/rescue/watched-job.ts';
import { JobsView } from '../../src/tui/views/jobs-view.ts';
import { madeUpScreens } from '../support/made-up-screens.ts';

const ignore = (): void => undefined;
const never = new Promise<never>(ignore);

/** A job that says this, and nothing more. */
const saying = (events: readonly JobEvent[]): JobLink => ({
  events: (async function* () {
    yield* events;
    await never;
  })(),
  send: ignore,
});

/** The list of one job that was stopped, on the first screen; the look for its disks is answered by hand. */
function seat(events: readonly JobEvent[] = []) {
  const started: string[] = [];
  const looked: ((answer: InquiryAnswer<'spec'>) => void)[] = [];
  const ports: RescuePorts = {
    place: () => never,
    start: () => saying([]),
    spec: () => new Promise((resolve) => looked.push(resolve)),
    resume: ({ job }) => {
      started.push(job?.folder ?? '');
      return saying(events);
    },
    attach: () => never,
    names: NO_NAMES,
    report: {
      files: ignore,
      compare: ignore,
      save: () => never,
      boot: { hint: () => never, open: ignore },
    },
  };
  let drawn: readonly Pane[] = [];
  const draw = (panes: readonly Pane[]): void => {
    drawn = panes;
  };
  const home = madeUpScreens().home?.().view;
  assert.ok(home);
  const dashboard = new Dashboard(
    { size: { columns: 80, rows: 24 }, draw, repaint: ignore, suspend: ignore },
    { charset: 'unicode', charts: 'braille', colour: true },
    home,
    () => [],
    { quit: ignore, settings: ignore, machine: undefined },
  );
  const job = { folder: '/jobs/one', name: 'one', state: 'stopped' } as JobSummary;
  const list = { jobs: [job], problem: undefined, look: async () => undefined };
  const jobs = new JobsView(list, new RescueFlow(new MachineStore(), ports));
  dashboard.open(jobs);
  const answer = async (): Promise<void> => {
    const spec = { job: { folder: job.folder, chosen: false } } as JobSpec;
    for (const tell of looked.splice(0)) tell({ kind: 'answer', answer: spec });
    await turn();
  };
  /** What is drawn next, in one line. */
  const screen = async (): Promise<string> => {
    dashboard.changed();
    await delay(400);
    return drawn.flatMap(({ lines = [] }) => lines.flat().map(({ text }) => text)).join(' ');
  };
  return { dashboard, jobs, home, started, answer, screen };
}

describe('going on with a job', () => {
  test('begins once, however often its key is pressed while its disks are looked for', async () => {
    const { dashboard, home, started, answer } = seat();
    for (const key of ['enter', 'enter', 'r', 'enter']) dashboard.key(key);
    await answer();
    assert.deepEqual(started, ['/jobs/one']);
    // The first screen is right below what is at work.
    dashboard.key('escape');
    assert.ok(dashboard.shows(home));
    dashboard.close();
  });

  test('does not begin when it was given up meanwhile, and takes nobody from another screen', async () => {
    const { dashboard, jobs, started, answer } = seat();
    dashboard.key('enter');
    dashboard.key('escape');
    assert.ok(dashboard.shows(jobs));
    await answer();
    assert.deepEqual(started, []);
    assert.ok(dashboard.shows(jobs));
    dashboard.close();
  });

  test('says what to do when its target holds something else by now, and nothing of a name that was never typed', async () => {
    const asked: JobEvent = {
      event: 'question',
      code: 'target-not-empty',
      message: 'The target /dev/sdb is not what this job wrote any more: it holds NTFS, which would be lost.',
      advice: 'Say --yes to overwrite it.',
    };
    const { dashboard, answer, screen } = seat([asked]);
    dashboard.key('enter');
    await answer();
    const shown = await screen();
    assert.match(shown, /holds NTFS/);
    assert.match(shown, /lifeboat resume/);
    assert.doesNotMatch(shown, /another name|such a file/);
    dashboard.close();
  });

  test('begins also while the help is read that was opened over the wait', async () => {
    const { dashboard, started, answer } = seat();
    dashboard.key('enter');
    dashboard.key('?');
    await answer();
    assert.deepEqual(started, ['/jobs/one']);
    dashboard.close();
  });
});
