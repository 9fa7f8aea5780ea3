import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Dashboard } from '../../src/tui/dashboard.ts';
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
});
