import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stopDisk } from '../../scripts/failing-disk/chain.ts';
import { type FailingDisk, failingDisk } from '../support/failing-disk.ts';
import { seededRandom } from '../support/random.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';

const SIZE = 16 * 2 ** 20;
const skip = missing({ ...FAILING_DISK_NEEDS, tools: [...FAILING_DISK_NEEDS.tools, 'ddrescue'] });

let folder = '';
let image = '';
let content: Buffer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-test-'));
  image = join(folder, 'image');
  content = Buffer.from(seededRandom(1).fill(new Uint8Array(SIZE)));
  await writeFile(image, content);
});
after(() => rm(folder, { recursive: true }));

/** Reads the unit number `unit` past the page cache; undefined when the kernel reports an I/O error. */
async function read(disk: FailingDisk, unit: number, unitBytes = 512): Promise<Buffer | undefined> {
  const output = join(folder, 'sector');
  const { code, stderr } = await run('dd', [
    ...[`if=${disk.device}`, `of=${output}`, 'iflag=direct', `bs=${unitBytes}`, `skip=${unit}`, 'count=1'],
  ]);
  if (code === 0) return readFile(output);
  assert.match(stderr, /Input\/output error/);
  return undefined;
}

const sector = (index: number, bytes = 512): Buffer => content.subarray(index * bytes, (index + 1) * bytes);

test('a bad sector is an I/O error, exactly there, and the log has every request', { skip }, async () => {
  await using disk = await failingDisk({ image, faults: ['bad 1000 1', 'garbage 3000 1'] });
  assert.deepEqual(await read(disk, 999), sector(999));
  assert.equal(await read(disk, 1000), undefined);
  assert.deepEqual(await read(disk, 1001), sector(1001));
  assert.notDeepEqual(await read(disk, 3000), sector(3000));
  const log = (await disk.requests()).map(({ offset, length, rc }) => [offset / 512, length, rc]);
  assert.deepEqual(log.slice(-4), [
    [999, 512, 0],
    [1000, 512, 1],
    [1001, 512, 0],
    [3000, 512, 0],
  ]);
});

test('with 4096-byte sectors nothing smaller can be read', { skip }, async () => {
  await using disk = await failingDisk({ image, faults: ['bad 803 1'], sectorBytes: 4096 });
  assert.deepEqual(await read(disk, 99, 4096), sector(99, 4096));
  assert.equal(await read(disk, 100, 4096), undefined);
  assert.deepEqual(await read(disk, 101, 4096), sector(101, 4096));
  assert.notEqual((await run('dd', [`if=${disk.device}`, 'iflag=direct', 'bs=512', 'count=1'])).code, 0);
});

test('a weak sector heals, and faults can change under way', { skip }, async () => {
  await using disk = await failingDisk({ image, faults: ['weak 50 1 2'] });
  assert.equal(await read(disk, 50), undefined);
  assert.equal(await read(disk, 50), undefined);
  assert.deepEqual(await read(disk, 50), sector(50));
  await disk.setFaults(['bad 51 1']);
  assert.equal(await read(disk, 51), undefined);
  await assert.rejects(disk.setFaults(['nonsense']), /cannot understand/);
  assert.equal((await disk.stats()).failing, 3);
});

test('a disk that vanishes fails everywhere until it is back', { skip }, async () => {
  await using disk = await failingDisk({ image });
  await disk.vanish();
  assert.equal(await read(disk, 1), undefined);
  assert.equal(await read(disk, 20_000), undefined);
  await disk.comeBack();
  assert.deepEqual(await read(disk, 20_000), sector(20_000));
  const { vanished, failing } = await disk.stats();
  assert.deepEqual({ vanished, failing }, { vanished: 2, failing: 0 });
});

test('the kernel refuses writes; let through, they are logged and not carried out', { skip }, async () => {
  const write = (disk: FailingDisk) =>
    run('dd', ['if=/dev/zero', `of=${disk.device}`, 'oflag=direct', 'bs=512', 'seek=9', 'count=1']);
  {
    await using disk = await failingDisk({ image });
    assert.match((await write(disk)).stderr, /Operation not permitted|Read-only/);
    assert.equal((await disk.stats()).writes, 0);
  }
  await using disk = await failingDisk({ image, exposeWrites: true });
  assert.notEqual((await write(disk)).code, 0);
  assert.ok((await disk.stats()).writes > 0);
  assert.deepEqual(await read(disk, 9), sector(9));
});

test('ddrescue meets the same disk twice', { skip }, async () => {
  const random = seededRandom(7);
  const faults = Array.from({ length: 12 }, () => `bad ${random.integer(SIZE / 512)} 1`);
  const sums: unknown[] = [];
  for (const round of [1, 2]) {
    await using disk = await failingDisk({ image, faults });
    const [saved, map] = [join(folder, `saved-${round}`), join(folder, `map-${round}`)];
    await runOrThrow('ddrescue', ['-q', '-d', disk.device, saved, map]);
    const requests = (await disk.requests()).map(({ offset, length, rc }) => [offset, length, rc]);
    sums.push({ requests, saved: await readFile(saved) });
  }
  assert.deepEqual(sums[0], sums[1]);
});

test('a request that hangs does not keep the disk from being taken down', { skip }, async () => {
  let reader: ChildProcess;
  {
    await using disk = await failingDisk({ image, faults: ['hang 2000 1 60'] });
    reader = spawn('dd', [
      `if=${disk.device}`,
      'of=/dev/null',
      'iflag=direct',
      'bs=512',
      'skip=2000',
      'count=1',
    ]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(reader.exitCode, null);
  }
  if (reader.exitCode === null) await once(reader, 'exit');
  assert.notEqual(reader.exitCode, 0);
});

test('what a dead process left behind is swept up by the next', { skip }, async () => {
  const script = join(folder, 'dies.ts');
  const support = JSON.stringify(join(import.meta.dirname, '../support/failing-disk.ts'));
  await writeFile(
    script,
    `import { failingDisk } from ${support};
    const disk = await failingDisk({ image: ${JSON.stringify(image)} });
    console.log(disk.device);
    process.kill(process.pid, 'SIGKILL');`,
  );
  const { stdout } = await run(process.execPath, [script]);
  const backing = `/sys/block/${stdout.trim().replace('/dev/', '')}/loop/backing_file`;
  const left = (await readFile(backing, 'utf8')).trim();
  assert.ok(existsSync(left));
  await using _disk = await failingDisk({ image });
  assert.ok(!existsSync(left));
});

test('a set-up that fails says why and leaves nothing', { skip }, async () => {
  await assert.rejects(failingDisk({ image: join(folder, 'no-such-image') }), /no such file/);
  await stopDisk(join(folder, 'no-such-disk'));
});
