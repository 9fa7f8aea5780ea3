import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { scratch } from '../support/e2e-scratch.ts';
import { type Ran, run } from '../support/tools.ts';

const RECIPE = resolve(import.meta.dirname, '../../iso/lib');

/**
 * Runs lines of shell with a part of the recipe of the image. Without the rc file: bash takes a pipe of Node for a
 * connection from elsewhere, and reads that file where it is no child of a shell.
 */
const withRecipe = (part: string, lines: string, ...words: string[]): Promise<Ran> =>
  run('bash', ['--norc', '-euc', `. ${RECIPE}/${part}.sh; ${lines}`, 'bash', ...words]);

describe('the recipe of the live image', () => {
  test('names the source of everything inside once, and offers it', async () => {
    await using place = await scratch();
    const manifest = place.path('manifest.txt');
    const packages = [
      'package live libc6 2.41-12 amd64 glibc 2.41-12 00',
      'package live libc-bin 2.41-12 amd64 glibc 2.41-12 00',
      'package boot shim-signed 1.44+15.8-1 amd64 shim-signed 1.44 00',
      'package tools xorriso 1.5.6-1 amd64 libisoburn 1.5.6-1 00',
      'uses gnu-efi 3.0.18-1',
    ];
    const head = ['lifeboat 0.1.0', 'commit 0123abc+changes', 'date 1795720800', 'suite trixie'];
    await writeFile(manifest, [...head, ...packages, ''].join('\n'));
    const { code, stdout } = await run(
      'bash',
      ['-euc', `. ${RECIPE}/manifest.sh; write_sources ${manifest}`],
      {
        cwd: resolve(RECIPE, '../..'),
      },
    );
    assert.equal(code, 0);
    const [text = '', list = ''] = stdout.split(
      '"trixie", image of 2026-11-26, Lifeboat at commit 0123abc+changes\n\n',
    );
    assert.deepEqual(
      list
        .trim()
        .split('\n')
        .map((line) => line.split(/ +/)),
      [
        ['glibc', '2.41-12'],
        ['gnu-efi', '3.0.18-1'],
        ['shim-signed', '1.44'],
      ],
    );
    assert.match(text, /at least three years .* complete machine-readable copy/s);
  });

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

  test('gives the files of the overlay the same modes, whatever umask they were checked out with', async () => {
    await using place = await scratch();
    const from = place.path('files');
    await mkdir(join(from, 'etc'), { recursive: true });
    await writeFile(join(from, 'etc/profile'), '');
    await writeFile(join(from, 'program'), '');
    const listings: string[] = [];
    for (const [folders, files, programs] of [
      [0o755, 0o644, 0o755],
      [0o700, 0o600, 0o700],
      [0o775, 0o664, 0o775],
    ] as const) {
      await chmod(from, folders);
      await chmod(join(from, 'etc'), folders);
      await chmod(join(from, 'etc/profile'), files);
      await chmod(join(from, 'program'), programs);
      const to = place.path(`to-${folders}`);
      await mkdir(to);
      const { code, stderr } = await withRecipe(
        'live',
        'umask 022; work=$1 lay_over $2 $3',
        place.path('.'),
        from,
        to,
      );
      assert.deepEqual([code, stderr], [0, '']);
      listings.push((await run('find', ['.', '-printf', '%m %P\n'], { cwd: to })).stdout);
    }
    assert.deepEqual(listings[0]?.trim().split('\n').sort(), [
      '644 etc/profile',
      '755 ',
      '755 etc',
      '755 program',
    ]);
    assert.equal(new Set(listings).size, 1);
  });
});
