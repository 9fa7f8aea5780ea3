import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Place, placesOf } from '../../src/tui/disks/place.ts';
import { TakenNames } from '../../src/tui/rescue/taken-names.ts';
import { madeUpMachine } from '../support/made-up-machine.ts';

describe('the name of a new file', () => {
  const place = placesOf(madeUpMachine())[0] as Place;
  const at = (folder: string) => ({ place, kind: 'file' as const, folder, on: undefined });

  test('avoids what is there, and what belongs to a rescue whose copy is gone', async () => {
    const there: Record<string, string[]> = {
      '/free': [],
      '/taken': ['Holiday-2026-11-26.img', 'Holiday-2026-11-26.img.map'],
      '/twice': ['Holiday-2026-11-26.img', 'Holiday-2026-11-26-2.img.lifeboat'],
    };
    const names = new TakenNames({ names: async (folder) => there[folder], jobs: () => [] });
    const wanted = 'Holiday-2026-11-26.img';
    assert.equal(names.free(wanted, at('/taken')), wanted, 'what is not known yet is not guessed');
    await names.look(wanted, ['/free', '/taken', '/twice', '/unreadable'].map(at));
    assert.equal(names.free(wanted, at('/free')), wanted);
    assert.equal(names.free(wanted, at('/taken')), 'Holiday-2026-11-26-2.img');
    assert.equal(names.free(wanted, at('/twice')), 'Holiday-2026-11-26-3.img');
    assert.equal(names.free(wanted, at('/unreadable')), wanted);
    assert.equal(names.free('Holiday-2026-11-26.fsa', at('/taken')), 'Holiday-2026-11-26.fsa');
  });

  test('does not wait for a folder that hangs', async () => {
    const names = new TakenNames({
      names: (folder) =>
        folder === '/hangs' ? new Promise(() => undefined) : Promise.resolve(['Holiday.img']),
      jobs: () => [],
    });
    void names.look('Holiday.img', [at('/hangs'), at('/good')]);
    await delay(10);
    assert.equal(names.free('Holiday.img', at('/hangs')), 'Holiday.img');
    assert.equal(names.free('Holiday.img', at('/good')), 'Holiday-2.img');
  });
});
