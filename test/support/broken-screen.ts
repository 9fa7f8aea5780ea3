/** A dashboard with a defect: `x` makes it throw, `y` makes something throw later. Not a test. */
import { openDashboard } from '../../src/tui/open-dashboard.ts';
import { SettingsStore } from '../../src/tui/settings.ts';
import type { View } from '../../src/tui/view.ts';

const view: View = {
  title: 'A screen with a defect',
  purpose: '',
  keys: [],
  panes: () => [],
  key: (key) => {
    if (key === 'x') throw new Error('the defect');
    if (key === 'y') setTimeout(() => void Promise.reject(new Error('the defect')), 10);
  },
};

const settings = new SettingsStore(process.env, {});
const { closed } = openDashboard(view, {
  settings,
  live: undefined,
  openSettings: () => undefined,
  wouldEnd: () => undefined,
});
await closed;
