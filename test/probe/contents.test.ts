import assert from 'node:assert/strict';
import { open, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Content } from '../../src/probe/content/content.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { IMAGE_FORMS } from '../support/probe-images.ts';
import { contentOf } from '../support/probe-look.ts';
import { seededRandom } from '../support/random.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';
import { mountVolume } from '../support/volume-mount.ts';

/** Exit code of `ntfs-3g.probe` for a volume on which Windows sleeps (man 8 ntfs-3g.probe). */
const HIBERNATED = 14;

/** What blkid says, as words. */
async function blkid(path: string): Promise<Map<string, string>> {
  const { stdout } = await run('blkid', ['-p', '-o', 'udev', path]);
  const lines = stdout.matchAll(/^ID_FS_([A-Z_]+)=(.*)$/gm);
  const plain = (text: string): string =>
    text.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return new Map([...lines].map(([, key = '', value = '']) => [key, plain(value)]));
}

/** Kinds for which blkid makes a UUID of its own, or none. */
const OTHER_UUIDS = new Set(['hfsplus', 'udf', 'bitlocker', 'firmware-raid']);

describe('each form of content is named as blkid names it', () => {
  for (const form of IMAGE_FORMS) {
    test(form.name, { skip: missing({ tools: [...form.tools, 'blkid'] }) }, async () => {
      await using place = await scratch();
      const image = place.path('image');
      await form.make(image);
      const judge = await blkid(image);
      assert.equal(judge.get('TYPE'), form.blkid, 'the image is not what it should be');
      const found = await contentOf(image);
      assert.equal(found.kind, form.kind);
      assert.equal(found.label, judge.get('LABEL_ENC'));
      if (!OTHER_UUIDS.has(form.kind)) assert.equal(found.uuid, judge.get('UUID_ENC'));
      assert.ok(found.bytesRead <= 600 * 1024, `${found.bytesRead} bytes were read`);
    });
  }
});

/** Total and used bytes by the file system's own program. */
const MEASURES: Readonly<Record<string, (path: string) => Promise<Partial<Content>>>> = {
  ext4: async (path) => {
    const text = await runOrThrow('dumpe2fs', ['-h', path]);
    const number = (name: string): number => Number(new RegExp(`^${name}: +(\\d+)$`, 'm').exec(text)?.[1]);
    const blockBytes = number('Block size');
    return {
      blockBytes,
      totalBytes: number('Block count') * blockBytes,
      usedBytes: (number('Block count') - number('Free blocks')) * blockBytes,
    };
  },
  fat32: async (path) => {
    const text = await runOrThrow('fsck.fat', ['-n', '-v', path]);
    const [, used = 0, all = 0] = (/(\d+)\/(\d+) clusters/.exec(text) ?? []).map(Number);
    const blockBytes = Number(/(\d+) bytes per cluster/.exec(text)?.[1]);
    const start = Number(/Data area starts at byte (\d+)/.exec(text)?.[1]);
    assert.ok(all > 0);
    return { blockBytes, usedBytes: start + used * blockBytes };
  },
  xfs: async (path) => {
    const text = await runOrThrow('xfs_db', [
      '-r',
      '-c',
      'sb 0',
      '-c',
      'print dblocks fdblocks blocksize',
      path,
    ]);
    const [blocks = 0, free = 0, blockBytes = 0] = [...text.matchAll(/= (\d+)/g)].map(([, n]) => Number(n));
    return { blockBytes, totalBytes: blocks * blockBytes, usedBytes: (blocks - free) * blockBytes };
  },
  btrfs: async (path) => {
    const text = await runOrThrow('btrfs', ['inspect-internal', 'dump-super', path]);
    const number = (name: string): number => Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(text)?.[1]);
    return {
      totalBytes: number('total_bytes'),
      usedBytes: number('bytes_used'),
      blockBytes: number('sectorsize'),
    };
  },
};

describe('sizes are those that its own program tells', () => {
  for (const [name, measure] of Object.entries(MEASURES)) {
    const form = IMAGE_FORMS.find((one) => one.name === name);
    const tools = ['dumpe2fs', 'fsck.fat', 'xfs_db', 'btrfs', ...(form?.tools ?? [])];
    test(name, { skip: missing({ tools }) }, async () => {
      assert.ok(form);
      await using place = await scratch();
      const image = place.path('image');
      await form.make(image);
      const wanted = await measure(image);
      const found = await contentOf(image);
      for (const [key, value] of Object.entries(wanted))
        assert.equal(found[key as keyof Content], value, key);
      assert.ok(Object.keys(wanted).length > 1);
    });
  }
});

describe('the state of an NTFS volume', {
  skip: missing({ tools: ['mkntfs', 'ntfs-3g', 'ntfsfix'], root: true }),
}, () => {
  async function volume(place: Scratch): Promise<string> {
    const image = place.path('volume');
    await using file = await open(image, 'w');
    await file.truncate(16 * 2 ** 20);
    await runOrThrow('mkntfs', ['-FQq', '-L', 'State', image]);
    return image;
  }

  const stateOf = async (image: string) => {
    const { kind, label, version, dirty, hibernated } = await contentOf(image);
    return { kind, label, version, dirty, hibernated };
  };

  const GOOD = { kind: 'ntfs', label: 'State', version: '3.1', dirty: false, hibernated: false };

  test('clean, then dirty', async () => {
    await using place = await scratch();
    const image = await volume(place);
    assert.deepEqual(await stateOf(image), GOOD);
    // Sets the flag that makes Windows check the volume.
    await runOrThrow('ntfsfix', [image]);
    assert.match(await runOrThrow('ntfsinfo', ['--force', '-m', image]), /Volume Flags:.*DIRTY/);
    assert.deepEqual(await stateOf(image), { ...GOOD, dirty: true });
  });

  test('a Windows that sleeps on it, as ntfs-3g judges', async () => {
    await using place = await scratch();
    const image = await volume(place);
    {
      await using mounted = await mountVolume(image);
      const memory = Buffer.alloc(65536);
      memory.write('HIBR');
      await writeFile(join(mounted.root, 'hiberfil.sys'), memory);
      // A root folder that does not fit into its record.
      for (let i = 0; i < 200; i++) await writeFile(join(mounted.root, `file ${i}`), '');
    }
    const { code } = await run('ntfs-3g.probe', ['--readwrite', image]);
    assert.equal(code, HIBERNATED);
    assert.deepEqual(await stateOf(image), { ...GOOD, hibernated: true });
  });

  test('without its boot sector it is known by the backup, and what a new file system has left of it is not', async () => {
    await using place = await scratch();
    const image = await volume(place);
    await using file = await open(image, 'r+');
    await file.write(Buffer.alloc(512), 0, 512, 0);
    const { note, ...found } = await contentOf(image);
    assert.deepEqual([found.kind, found.label], ['ntfs', 'State']);
    assert.match(note ?? '', /backup/);
    await runOrThrow('mkfs.vfat', ['-n', 'NEW', image]);
    await file.write(Buffer.from('NTFS    '), 0, 8, 16 * 2 ** 20 - 509);
    assert.equal((await contentOf(image)).label, 'NEW');
  });
});

describe('damage', () => {
  const forms = IMAGE_FORMS.filter(({ tools }) => missing({ tools }) === false);

  test('garbage in any superblock never crashes the look, nor makes it read much', async () => {
    const random = seededRandom(20261121);
    await using place = await scratch();
    for (const [index, form] of forms.entries()) {
      const image = place.path(`image${index}`);
      await form.make(image);
      const { size } = await stat(image);
      await using file = await open(image, 'r+');
      const places = [0, 512, 1024, 4096, 16384, 32768, 65536, size - 65536, size - 8192, size - 1024];
      for (let round = 0; round < 24; round++) {
        // A few bytes only, so that the marks mostly stay and the fields behind them lie.
        for (let change = 0; change < 8; change++) {
          const at =
            (places[random.integer(places.length)] ?? 0) + random.integer(round % 2 === 0 ? 128 : 512);
          await file.write(Buffer.from([random.integer(256)]), 0, 1, Math.min(at, size - 1));
        }
        const { bytesRead } = await contentOf(image);
        assert.ok(bytesRead <= 6 * 2 ** 20, `${form.name}, round ${round}: ${bytesRead} bytes were read`);
      }
      await rm(image);
    }
  });

  test('zeros are empty, noise is unknown', async () => {
    await using place = await scratch();
    const image = place.path('image');
    await using file = await open(image, 'w');
    await file.truncate(2 ** 20);
    assert.equal((await contentOf(image)).kind, 'empty');
    const random = seededRandom(7);
    await file.write(random.fill(new Uint8Array(2 ** 20)), 0, 2 ** 20, 0);
    assert.equal((await contentOf(image)).kind, 'unknown');
  });

  test('an image of any small size is no problem', async () => {
    await using place = await scratch();
    for (const bytes of [512, 1024, 4096, 8192, 65536, 131072]) {
      const image = place.path(`image${bytes}`);
      await using file = await open(image, 'w');
      await file.truncate(bytes);
      assert.equal((await contentOf(image)).kind, 'empty', `${bytes} bytes`);
    }
  });
});
