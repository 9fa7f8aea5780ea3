import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { scratch } from '../support/e2e-scratch.ts';
import { type Ran, run } from '../support/tools.ts';

const RECIPE = resolve(import.meta.dirname, '../../iso/lib');

/** Runs lines of shell with a part of the recipe of the image. */
const withRecipe = (part: string, lines: string, ...words: string[]): Promise<Ran> =>
  run('bash', ['-euc', `. ${RECIPE}/${part}.sh; ${lines}`, 'bash', ...words]);

describe('the recipe of the live image', () => {
  test('loads each driver of the first system after what it needs, and misses none without a word', async () => {
    await using place = await scratch();
    const dependencies = place.path('modules.dep');
    // As depmod writes it: what is needed first stands last.
    await writeFile(
      dependencies,
      [
        'kernel/usb/common.ko:',
        'kernel/usb/core.ko: kernel/usb/common.ko',
        'kernel/usb/hcd.ko: kernel/usb/core.ko kernel/usb/common.ko',
        'kernel/usb/pci.ko: kernel/usb/hcd.ko kernel/usb/core.ko kernel/usb/common.ko',
        'kernel/hid/hid.ko:',
        'kernel/hid/keyboard.ko: kernel/hid/hid.ko kernel/usb/core.ko kernel/usb/common.ko',
      ].join('\n'),
    );
    const order = (...drivers: string[]): Promise<Ran> =>
      withRecipe('initrd', 'loading_order "$@"', dependencies, ...drivers);
    const names = ['usb/common', 'usb/core', 'usb/hcd', 'usb/pci', 'hid/hid', 'hid/keyboard'];
    const { code, stdout } = await order('usb/pci', 'hid/keyboard');
    assert.deepEqual([code, stdout.trim().split('\n')], [0, names.map((name) => `kernel/${name}.ko`)]);
    const gone = await order('usb/pci', 'usb/gone');
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /has no module kernel\/usb\/gone\.ko/);
  });
});
