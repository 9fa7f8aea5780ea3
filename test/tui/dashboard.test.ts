import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Dashboard } from '../../src/tui/dashboard.ts';
import type { View } from '../../src/tui/view.ts';
import { madeUpScreens } from '../support/made-up-screens.ts';

const ignore = (): void => undefined;

describe('the dashboard', () => {
  test('draws what follows from a key, and Node has nothing to warn of', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', note);
    let drawn = 0;
    const stage = {
      size: { columns: 80, rows: 24 },
      draw: () => void drawn++,
      repaint: ignore,
      suspend: ignore,
    };
    const home = madeUpScreens().home?.();
    assert.ok(home);
    const dashboard = new Dashboard(
      stage,
      { charset: 'unicode', charts: 'braille', colour: true },
      home.view,
      () => [],
      { quit: ignore, settings: ignore, machine: undefined },
    );
    // The second key comes when the last drawing is long past: it is due at once.
    for (const key of ['down', 'up']) {
      const before = drawn;
      dashboard.key(key);
      await delay(400);
      assert.ok(drawn > before, `${key} is not drawn`);
    }
    dashboard.close();
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });

  test('gives no key to a view that cannot be seen, since the window is too small; leaving works', () => {
    const keys: string[] = [];
    let left = 0;
    const size = { columns: 80, rows: 24 };
    const view: View = {
      title: 'x',
      purpose: 'x',
      keys: [],
      panes: () => [],
      key: (key) => void keys.push(key),
    };
    const dashboard = new Dashboard(
      { size, draw: ignore, repaint: ignore, suspend: ignore },
      { charset: 'unicode', charts: 'braille', colour: true },
      view,
      () => [],
      { quit: () => left++, settings: ignore, machine: undefined },
    );
    dashboard.key('enter');
    size.columns = 79;
    for (const key of ['enter', 's', 'f6', '?']) dashboard.key(key);
    size.columns = 80;
    size.rows = 23;
    dashboard.key('s');
    dashboard.key('f10');
    size.rows = 24;
    dashboard.key('s');
    dashboard.close();
    assert.deepEqual([keys, left], [['enter', 's'], 1]);
    assert.ok(dashboard.shows(view), 'something was opened that could not be seen');
  });
});
