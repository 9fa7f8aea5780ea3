/** The dashboard with the screen of a running job, which is told of by `simulated-job.ts`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { keepYoungSpace } from '../../src/cli/young-space.ts';
import type { JobEvent } from '../../src/jobs/job-events.ts';
import { lines } from '../../src/text/lines.ts';
import { openDashboard } from '../../src/tui/open-dashboard.ts';
import { WatchedJob } from '../../src/tui/rescue/watched-job.ts';
import { SettingsStore } from '../../src/tui/settings.ts';
import { RunningView } from '../../src/tui/views/running-view.ts';

keepYoungSpace();
const engine = spawn(process.execPath, [join(import.meta.dirname, 'simulated-job.ts')], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

async function* told(): AsyncIterable<JobEvent> {
  for await (const line of lines(engine.stdout)) yield JSON.parse(line) as JobEvent;
}

const job = new WatchedJob({ events: told(), send: () => undefined }, () => dashboard.changed());
const view = new RunningView(job, { disk: () => undefined, goOn: () => undefined });
const { dashboard, closed } = openDashboard(view, {
  settings: new SettingsStore(process.env, {}),
  live: undefined,
  openSettings: () => undefined,
  wouldEnd: () => undefined,
});
await closed;
engine.kill();
