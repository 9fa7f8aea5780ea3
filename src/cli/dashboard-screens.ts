import { setTimeout as delay } from 'node:timers/promises';
import { REPAIR_COMMAND } from '../jobs/boot/repair-messages.ts';
import { exportList } from '../jobs/export-list.ts';
import { inquire } from '../jobs/inquiry.ts';
import { sourcesOf, withJobSources } from '../jobs/job-sources.ts';
import { liveSystem } from '../jobs/live-system.ts';
import { selfCommand } from '../jobs/self.ts';
import { startSelf, startSelfTalk } from '../jobs/self-task.ts';
import type { Settings } from '../jobs/settings.ts';
import type { Machine } from '../probe/machine.ts';
import { watchMachine } from '../probe/watch.ts';
import { ArchivesFlow } from '../tui/archives/archives-flow.ts';
import { BootFlow } from '../tui/boot/boot-flow.ts';
import { MachineStore } from '../tui/disks/machine-store.ts';
import { CopyFlow, copyWords } from '../tui/files/copy-flow.ts';
import type { ImageTask } from '../tui/images/image-task.ts';
import { ImagesFlow } from '../tui/images/images-flow.ts';
import { openDashboard } from '../tui/open-dashboard.ts';
import { askNames } from '../tui/rescue/file-words.ts';
import { JobsStore } from '../tui/rescue/jobs-store.ts';
import { RescueFlow } from '../tui/rescue/rescue-flow.ts';
import { TakenNames } from '../tui/rescue/taken-names.ts';
import { SettingsStore } from '../tui/settings.ts';
import type { Desk } from '../tui/view.ts';
import { CompareView } from '../tui/views/compare-view.ts';
import { HomeView } from '../tui/views/home-view.ts';
import { JobsView } from '../tui/views/jobs-view.ts';
import { SettingsView } from '../tui/views/settings-view.ts';
import { WORDS } from '../tui/words.ts';
import type { DashboardWishes } from './dashboard.ts';
import { attachRescue, placeRescue, resumeRescue, startRescue } from './start-rescue.ts';
import { keepYoungSpace } from './young-space.ts';

/** So long the settings are waited for that were changed last. */
const KEEPING_MS = 3000;

/** Draws the dashboard until the person leaves. `kept` are the settings, which are taken when they are there. */
export async function drawScreens(
  { only, settings: said }: DashboardWishes,
  kept: Promise<Settings>,
): Promise<void> {
  keepYoungSpace();
  const live = liveSystem(process.env);
  const settings = new SettingsStore(process.env, said);
  const store = new MachineStore();
  const jobs = new JobsStore();
  const copies = new CopyFlow(store, (request) => startSelf(copyWords(request)));
  const names = new TakenNames({ names: askNames, jobs: () => jobs.jobs });
  const boot = new BootFlow(store, (path) => startSelfTalk([REPAIR_COMMAND, path]));
  const flow = new RescueFlow(store, {
    place: placeRescue,
    start: startRescue,
    spec: (folder) => inquire({ ask: 'spec', folder }),
    resume: resumeRescue,
    attach: attachRescue,
    names,
    report: {
      files: (data, desk, report) => {
        // Until files are marked it is known that they cannot go to what was just rescued.
        void jobs.look();
        void copies.browseCopy(data, desk, report);
      },
      compare: (job, desk) => desk.open(new CompareView(job, () => startSelf(['verify', '--json', job]))),
      save: exportList,
      boot: {
        hint: ({ source, target }) => boot.hint(target, source),
        open: (target, desk) => boot.open(target, desk),
      },
    },
  });
  const images = new ImagesFlow(store, startSelf, copies, boot, names);
  const archives = new ArchivesFlow(store, startSelf, boot, names);
  const running = () => [...images.running, ...archives.running];
  const openSettings = (desk: Desk): void => desk.open(new SettingsView(settings, live));
  const home = new HomeView(store, jobs, {
    rescue: (place, desk) => flow.begin(place, desk),
    jobs: (desk) => desk.open(new JobsView(jobs, flow)),
    job: (job, desk) => flow.sensible(job, desk),
    images: (desk) => images.open(desk),
    archives: (desk) => archives.open(desk),
    boot: (place, desk) => boot.place(place, desk),
    settings: openSettings,
  });
  const { dashboard, closed } = openDashboard(home, {
    settings,
    live,
    openSettings,
    wouldEnd: () => (running().length > 0 ? WORDS.images.atWork : undefined),
  });
  store.listen(() => dashboard.changed());
  let machine: Machine | undefined;
  const show = (): void => {
    if (machine) store.update(withJobSources(machine, sourcesOf(jobs.jobs)));
  };
  jobs.listen(() => {
    show();
    dashboard.changed();
  });
  void kept.then((found) => {
    settings.load(found);
    dashboard.show(settings.look);
  });
  const stop = new AbortController();
  const watching = watchMachine({
    self: selfCommand(),
    signal: stop.signal,
    ...(only && { only }),
    onChange: (picture) => {
      machine = picture;
      show();
    },
  });
  try {
    await closed;
  } finally {
    stop.abort();
    // A stick that does not answer holds up nobody for long.
    const kept = Promise.race([settings.saved, delay(KEEPING_MS, undefined, { ref: false })]);
    await Promise.all([watching, endAll(running()), kept]);
  }
}

/** Ends what ends together with this program, in good order. */
async function endAll(tasks: readonly Pick<ImageTask, 'stop' | 'over'>[]): Promise<void> {
  if (tasks.length === 0) return;
  // The terminal may be gone.
  if (process.stdout.isTTY && !process.stdout.destroyed) process.stdout.write(`${WORDS.images.leaving}\n`);
  for (const task of tasks) task.stop();
  await Promise.all(tasks.map(({ over }) => over));
}
