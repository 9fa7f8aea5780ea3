import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { missing, type Ran, run, runOrThrow } from '../support/tools.ts';

const STICK = resolve(import.meta.dirname, '../../scripts/stick.ts');
const MIB = 2 ** 20;
/** Not a whole number of what is written at a time. */
const IMAGE_BYTES = 9 * MIB + 512;

/** A stand-in for the live image, and a stick of `stickBytes` full of noise. */
async function bench(stickBytes: number) {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-stick-'));
  const [image, file] = [join(folder, 'lifeboat.iso'), join(folder, 'stick')];
  const content = randomBytes(IMAGE_BYTES);
  const old = randomBytes(stickBytes);
  await writeFile(image, content);
  await writeFile(`${image}.sha256`, `${createHash('sha256').update(content).digest('hex')}  lifeboat.iso\n`);
  await writeFile(file, old);
  const loop = await loopDevice(file);
  return {
    ...{ folder, image, file, content, old, device: loop.device, name: basename(loop.device) },
    async [Symbol.asyncDispose]() {
      await loop[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Runs it with these lines on standard input. */
function stick(words: readonly string[], ...answers: string[]): Promise<Ran> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [STICK, ...words]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString('utf8')));
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString('utf8')));
    child.stdin.on('error', () => undefined);
    child.stdin.end(answers.map((answer) => `${answer}\n`).join(''));
    child.on('close', (code) => done({ code: code ?? 128, stdout, stderr }));
  });
}

describe('make stick', { skip: missing({ tools: ['losetup', 'mkfs.ext4', 'mount'], root: true }) }, () => {
  test('writes the image, reads it back, and wipes what was left of an older table', async () => {
    await using at = await bench(12 * MIB);
    const { code, stdout, stderr } = await stick([at.image, at.device], 'yes', at.name);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /holds data of an unknown kind/);
    assert.match(stdout, /is built into the computer/);
    assert.match(stdout, /Reading back: done\nThe stick is ready/);
    const now = await readFile(at.file);
    assert.ok(now.subarray(0, IMAGE_BYTES).equals(at.content));
    const end = now.length - 34 * 512;
    assert.ok(now.subarray(IMAGE_BYTES, end).equals(at.old.subarray(IMAGE_BYTES, end)));
    assert.ok(now.subarray(end).every((byte) => byte === 0));
  });

  test('writes nothing without both words, and none by half', async () => {
    await using at = await bench(12 * MIB);
    for (const answers of [[], ['y'], ['yes'], ['yes', 'sda'], [at.name, at.name]]) {
      const { code, stderr } = await stick([at.image, at.device], ...answers);
      assert.deepEqual([code, stderr], [1, 'stick: nothing was written\n'], answers.join());
    }
    assert.ok((await readFile(at.file)).equals(at.old));
  });

  test('refuses what is too small, mounted, read-only, a partition, the running system, and no disk at all', async () => {
    await using small = await bench(8 * MIB);
    const refused = async (device: string, why: RegExp): Promise<void> => {
      const { code, stderr } = await stick([small.image, device], 'yes', basename(device));
      assert.equal(code, 1);
      assert.match(stderr, why);
      assert.equal(stderr.trim().split('\n').length, 1);
    };
    await refused(small.device, /has 8.0 MiB .* are needed/);
    assert.ok((await readFile(small.file)).equals(small.old));

    await using used = await bench(12 * MIB);
    await runOrThrow('mkfs.ext4', ['-q', used.device]);
    const place = join(used.folder, 'place');
    await runOrThrow('mkdir', [place]);
    await runOrThrow('mount', [used.device, place]);
    try {
      await refused(used.device, /is mounted at/);
    } finally {
      await runOrThrow('umount', [place]);
    }
    await runOrThrow('blockdev', ['--setro', used.device]);
    try {
      await refused(used.device, /read-only/);
    } finally {
      // The kernel keeps the mark for whoever gets the loop device next.
      await runOrThrow('blockdev', ['--setrw', used.device]);
    }
    await refused('/dev/null', /is no disk/);
    await refused(join(used.folder, 'nothing'), /is no disk/);
    await refused('', /name the stick/);
    // Without any answer, so that nothing could happen even if it asked.
    const system = (await run('findmnt', ['--noheadings', '--output', 'SOURCE', '/'])).stdout.trim();
    if (system.startsWith('/dev/'))
      assert.match((await stick([small.image, system])).stderr, /is mounted at|is a partition/);
  });

  test('refuses an image that is not whole', async () => {
    await using at = await bench(12 * MIB);
    await truncate(at.image, IMAGE_BYTES - 512);
    assert.match((await stick([at.image, at.device], 'yes', at.name)).stderr, /is not what .*sha256 says/);
    await rm(at.image);
    assert.match((await stick([at.image, at.device], 'yes', at.name)).stderr, /run: make iso/);
    assert.ok((await readFile(at.file)).equals(at.old));
  });
});
