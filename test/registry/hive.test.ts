import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { HiveError } from '../../src/registry/error.ts';
import { type Hive, openHive } from '../../src/registry/hive.ts';
import { whyNotClean } from '../../src/registry/hive-state.ts';
import { writeHive } from '../../src/registry/hive-writer.ts';
import { VALUE_TYPE, valueText, valueTexts } from '../../src/registry/value.ts';
import { type HiveForm, type HiveTree, hiveBytes, sealed } from '../support/hive.ts';
import { memoryReader } from '../support/ntfs-reader.ts';
import { seededRandom } from '../support/random.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'lifeboat-hive-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const random = seededRandom(3);
const LONG = random.fill(new Uint8Array(40_000));

const TREE: HiveTree = {
  keys: {
    Objects: {
      keys: Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [
          `{0000000${i.toString(16)}}`,
          {
            keys: { Elements: { keys: { '12000004': { values: { Element: { sz: `Windows ${i}` } } } } } },
            values: { Number: { dword: i } },
          },
        ]),
      ),
    },
    MountedDevices: {
      values: {
        '\\DosDevices\\C:': { binary: Uint8Array.from({ length: 12 }, (_, i) => i + 1) },
        tiny: { binary: Uint8Array.of(7, 8) },
        list: { multi: ['one', 'two'] },
        '': { sz: 'the default' },
        long: { binary: LONG },
        none: { binary: new Uint8Array(0) },
      },
    },
  },
};

const FORMS: readonly HiveForm[] = [
  { list: 'lf' },
  { list: 'lh', version: 5 },
  { list: 'li' },
  { list: 'ri', version: 5 },
];

const open = (bytes: Uint8Array): Promise<Hive> => openHive(memoryReader(new Uint8Array(bytes)));

describe('registry hives', () => {
  for (const form of FORMS) {
    test(`every key and value is found: ${JSON.stringify(form)}`, async () => {
      const bytes = hiveBytes(TREE, form);
      const hive = await open(bytes);
      const objects = await hive.find('objects');
      assert.equal(objects?.subkeyCount, 40);
      const names: string[] = [];
      for await (const key of objects?.subkeys() ?? []) names.push(key.name);
      assert.deepEqual(names, Object.keys(TREE.keys?.Objects?.keys ?? {}).sort());
      const element = await hive.find('Objects\\{0000000b}\\Elements\\12000004');
      const text = await element?.value('ELEMENT');
      assert.equal(text && valueText(text), 'Windows 11');
      assert.equal(await hive.find('Objects\\{0000000b}\\None'), undefined);
      const mounted = await hive.find('MountedDevices');
      const list = await mounted?.value('list');
      assert.deepEqual(list && valueTexts(list.data), ['one', 'two']);
      assert.equal(await mounted?.value('other'), undefined);
      for (const name of ['\\DosDevices\\C:', 'tiny', 'long', '', 'none']) {
        const value = await mounted?.value(name);
        assert.ok(value, name);
        const stored = value.places.map(({ start, end }) => bytes.subarray(start, end));
        assert.deepEqual(Buffer.concat(stored), Buffer.from(value.data), `${name} lies elsewhere`);
      }
      assert.deepEqual((await mounted?.value('long'))?.data, LONG);
    });
  }

  test('hivex and chntpw read the same', {
    skip: missing({ tools: ['hivexget', 'hivexml', 'reged'] }),
  }, async () => {
    for (const form of FORMS.filter(({ list }) => list !== 'li')) {
      const path = join(folder, `tree-${form.list}`);
      writeFileSync(path, hiveBytes(TREE, form));
      const theirs = await runOrThrow('hivexget', [path, '\\MountedDevices', '\\DosDevices\\C:']);
      assert.deepEqual(
        Buffer.from(theirs, 'latin1').subarray(0, 12),
        Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
      );
      assert.match(
        await runOrThrow('hivexget', [path, '\\Objects\\{0000000b}\\Elements\\12000004', 'Element']),
        /Windows 11/,
      );
      const export_ = await run('reged', ['-x', path, 'HKLM', '\\', join(folder, `${form.list}.reg`)]);
      assert.match(`${export_.stdout}${export_.stderr}`, /Exporting/, 'reged');
    }
  });

  test('a hive that we write is read by hivex, chntpw and ourselves', {
    skip: missing({ tools: ['hivexget', 'hivexml', 'reged'] }),
  }, async () => {
    const long = 'x'.repeat(300);
    const bytes = writeHive(
      {
        name: 'NewStoreRoot',
        keys: [
          {
            name: 'Objects',
            keys: [
              {
                name: 'b',
                values: [{ name: 'Element', type: VALUE_TYPE.SZ, data: Buffer.from(`${long}\0`, 'utf16le') }],
              },
              {
                name: 'A',
                values: [{ name: 'Type', type: VALUE_TYPE.DWORD, data: Uint8Array.of(3, 0, 0x20, 0x10) }],
              },
            ],
          },
        ],
      },
      Date.UTC(2026, 0, 2),
    );
    const hive = await open(bytes);
    assert.equal(await whyNotClean(hive.base, []), undefined);
    const text = await (await hive.find('Objects\\B'))?.value('element');
    assert.equal(text && valueText(text), long);
    const path = join(folder, 'ours');
    writeFileSync(path, bytes);
    assert.match(await runOrThrow('hivexget', [path, '\\Objects\\b', 'Element']), /^x{300}/);
    assert.match(
      await runOrThrow('hivexget', [path, '\\Objects\\A', 'Type']),
      /270532611|0x10200003|10200003/,
    );
    assert.match(
      await runOrThrow('sh', ['-c', 'hivexml "$0" | cat', path]),
      /<mtime>2026-01-02T00:00:00Z<\/mtime>/,
    );
    const exported = join(folder, 'ours.reg');
    await run('reged', ['-x', path, 'HKLM', '\\', exported]);
    assert.match(readFileSync(exported, 'latin1'), /"Type"=dword:10200003/);
  });

  test('a hive that was not closed, or whose log waits, is not clean', async () => {
    const clean = hiveBytes(TREE, { sequences: [9, 9] });
    const state = async (hive: Buffer, ...logs: Buffer[]): Promise<string | undefined> =>
      whyNotClean(
        (await open(hive)).base,
        logs.map((log) => memoryReader(new Uint8Array(log))),
      );
    assert.equal(await state(clean), undefined);
    assert.match((await state(hiveBytes(TREE, { sequences: [10, 9] }))) ?? '', /10 and 9/);
    const torn = Buffer.from(clean);
    torn.writeUInt32LE(1, 12);
    assert.match((await state(torn)) ?? '', /checksum/);
    const log = (sequence: number, entries: readonly number[], old = false): Buffer => {
      const bytes = Buffer.alloc(512 + 1024 * (1 + entries.length));
      clean.copy(bytes, 0, 0, 512);
      bytes.writeUInt32LE(sequence, 4);
      bytes.writeUInt32LE(sequence, 8);
      if (old) bytes.write('DIRT', 512);
      for (const [i, number] of entries.entries()) {
        bytes.write('HvLE', 512 + 1024 * i);
        bytes.writeUInt32LE(1024, 512 + 1024 * i + 4);
        bytes.writeUInt32LE(number, 512 + 1024 * i + 12);
      }
      return sealed(bytes);
    };
    assert.equal(await state(clean, log(7, [7, 8])), undefined);
    assert.match((await state(clean, log(7, [7, 8, 9]))) ?? '', /log/);
    assert.equal(await state(clean, log(7, [7, 8, 12])), undefined, 'left from an earlier use');
    assert.equal(await state(clean, log(9, [], true)), undefined);
    assert.match((await state(clean, log(10, [], true))) ?? '', /log/);
    assert.equal(await state(clean, Buffer.alloc(0), Buffer.alloc(8192)), undefined);
  });

  test('hostile hives: words with a place, no other exception, soon', async () => {
    const blows = seededRandom(77);
    const whole = hiveBytes(TREE, { list: 'ri', version: 5 });
    let damaged = 0;
    for (let i = 0; i < 250; i++) {
      const bytes = Buffer.from(whole);
      const words = Math.floor(bytes.length / 4);
      for (let blow = 0; blow <= blows.integer(20); blow++) {
        const at = 4 * (blows.integer(3) === 0 ? blows.integer(16) : 1024 + blows.integer(words - 1024));
        const value = [blows.integer(2 ** 32), 0xffffffff, 0x80000000, 0x20, blows.integer(5000)][
          blows.integer(5)
        ];
        bytes.writeUInt32LE((value ?? 0) >>> 0, at);
      }
      try {
        const hive = await open(i % 7 === 0 ? bytes.subarray(0, blows.integer(bytes.length)) : bytes);
        await walk(hive);
      } catch (error) {
        assert.ok(error instanceof HiveError, String(error));
        assert.match(error.message, /at byte \d+(: found .*, expected |\.$)/);
        damaged++;
      }
    }
    assert.ok(damaged > 60);
  });
});

/** Everything, in a bounded number of steps: a hostile hive may lead back into itself. */
async function walk(hive: Hive): Promise<void> {
  const open = [{ key: hive.root, depth: 0 }];
  let steps = 0;
  for (let at = open.pop(); at !== undefined && steps < 2000; at = open.pop()) {
    for await (const value of at.key.values()) {
      valueText(value);
      if (++steps > 2000) return;
    }
    for await (const key of at.key.subkeys()) {
      if (at.depth < 8) open.push({ key, depth: at.depth + 1 });
      if (++steps > 2000) return;
    }
  }
}
