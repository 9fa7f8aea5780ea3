import { startEngine } from '../jobs/engine-process.ts';
import { placeJob } from '../jobs/job-place.ts';
import { selfCommand } from '../jobs/self.ts';
import { watchMachine } from '../probe/watch.ts';
import { MachineStore } from '../tui/disks/machine-store.ts';
import { openDashboard } from '../tui/open-dashboard.ts';
import { RescueFlow } from '../tui/rescue/rescue-flow.ts';
import { HomeView } from '../tui/views/home-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** `lifeboat` without words, on a terminal: the dashboard, until the person leaves. */
export async function dashboardCommand(): Promise<ExitCode> {
  const store = new MachineStore();
  const flow = new RescueFlow(store, async (request) => {
    const places = await placeJob({ ...request, map: undefined, job: undefined });
    return startEngine({ ...request, ...places, report: undefined });
  });
  const { dashboard, closed } = openDashboard(new HomeView(store, (place, desk) => flow.begin(place, desk)));
  store.listen(() => dashboard.changed());
  const stop = new AbortController();
  const watching = watchMachine({
    self: selfCommand(),
    signal: stop.signal,
    onChange: (machine) => store.update(machine),
  });
  await closed;
  stop.abort();
  await watching;
  return EXIT.saved;
}
