import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { loopDevice } from '../../scripts/loop-device.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { attachJob } from '../../src/jobs/attach.ts';
import type { DoneEvent, JobEvent } from '../../src/jobs/job-events.ts';
import { parseMapfile } from '../../src/rescue/mapfile.ts';
import type { VerifyResult } from '../../src/rescue/verify.ts';
import { type Bench, makeBench } from '../support/block-bench.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { eventsOf, type LifeboatProcess, lifeboat, startLifeboat } from '../support/lifeboat.ts';
import { seededRandom } from '../support/random.ts';
import { attributeRuns, startOfAttribute } from '../support/structures.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';
import { usedRanges } from '../support/volume-used.ts';

const SECTOR = 512;
const MIB = 2 ** 20;

const skip = missing({
  tools: [
    ...FAILING_DISK_NEEDS.tools,
    'mkntfs',
    'ntfs-3g',
    'ntfsinfo',
    'ntfsclone',
    'blkid',
    'mkfs.ext4',
    'mkfs.vfat',
    'mkfs.exfat',
    'mount.exfat-fuse',
  ],
  root: true,
});

interface ListedJob {
  readonly folder: string;
  readonly name: string;
  readonly state: string;
  readonly problem?: string;
  readonly pid?: number;
  readonly source?: { readonly path: string; readonly volumeSerial?: string };
  readonly runs?: number;
  readonly map?: { readonly path: string; readonly savedBytes?: number };
}

async function jobsIn(...places: string[]): Promise<ListedJob[]> {
  const { code, stdout, stderr } = await lifeboat(['jobs', '--json', ...places]);
  assert.equal(code, 0, stderr);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ListedJob);
}

/**
 * Mounts a stick: FAT where the kernel knows it, else its successor exFAT by FUSE, which has no owners, modes or sockets
 * either.
 */
async function mountStick(bench: Bench, device: string, isFat: boolean): Promise<string> {
  if (isFat) return bench.mount(device);
  return bench.mount('-t', 'exfat-fuse', device);
}

type Run = Awaited<ReturnType<typeof attributeRuns>>[number]['runs'][number];

/** A file with a long run, well inside of the table of files. */
async function largestFile(
  image: string,
  mft: number,
  clusterBytes: number,
): Promise<{ readonly record: number; readonly run: Run }> {
  const bytes = await readFile(image);
  let found: { record: number; run: Run } | undefined;
  for (
    let record = 80;
    bytes.toString('latin1', mft + record * 1024, mft + record * 1024 + 4) === 'FILE';
    record++
  ) {
    for (const { type, runs } of await attributeRuns(image, record)) {
      const [run] = runs;
      if (type === '$DATA' && run && run.length > (found?.run.length ?? 0)) found = { record, run };
    }
  }
  assert.ok(found && found.run.length * clusterBytes > 128 * SECTOR, 'there is such a file');
  return found;
}

/** Clears the bits of a run in the $Bitmap that begins at that byte of the image. */
async function callFree(image: string, bitmap: number, { lcn, length }: Run): Promise<void> {
  const bytes = await readFile(image);
  for (let cluster = lcn; cluster < lcn + length; cluster++) {
    const at = bitmap + Math.floor(cluster / 8);
    bytes[at] = (bytes[at] ?? 0) & ~(1 << (cluster % 8));
  }
  await writeFile(image, bytes);
}

/** What lies behind a loop device; undefined when nothing does. */
const stillBehind = (device: string): Promise<string | undefined> =>
  readFile(`/sys/block/${basename(device)}/loop/backing_file`, 'utf8').catch((): undefined => undefined);

describe('jobs', { skip }, () => {
  let volume: Volume;
  let folder: string;
  let faults: string[];
  let slow: string;
  /** What an undisturbed rescue makes of the volume. */
  let reference: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-jobs-'));
    volume = await makeVolume({ sizeBytes: 48 * MIB, populate: everyKind(8), seed: 31 });
    const { ranges } = await usedRanges(volume.image);
    const largest = ranges.toSorted((a, b) => b.end - b.start - (a.end - a.start))[0];
    const root = await startOfAttribute(volume.image, volume.clusterBytes, 5, '$INDEX_ALLOCATION');
    faults = [`bad ${(largest?.start ?? 0) / SECTOR + 100} 3`, `bad ${root / SECTOR} 1`];
    slow = `slow 0 ${volume.sizeBytes / SECTOR} 40`;
    reference = join(folder, 'reference.img');
    await using disk = await failingDisk({ image: volume.image, faults });
    const { code, stdout, stderr } = await lifeboat(['rescue', disk.device, reference]);
    assert.equal(code, 4, stdout + stderr);
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Resolves when the rescue has saved something that a map may tell. */
  const saving = (rescue: LifeboatProcess): Promise<JobEvent> =>
    rescue.event((event) => event.event === 'progress' && event.savedBytes > 2 * MIB && event.mapAgeMs < 900);

  test('killed, listed as interrupted, and gone on with under another name of the source', async (t) => {
    const target = join(folder, 'killed.img');
    const bench = await makeBench(t);
    let oldName: string;
    {
      await using disk = await failingDisk({ image: volume.image, faults: [...faults, slow], timescale: 1 });
      oldName = disk.device;
      const rescue = startLifeboat(['rescue', disk.device, target, '--json']);
      await saving(rescue);
      const [running] = await jobsIn(folder).then((jobs) => jobs.filter(({ name }) => name === 'killed.img'));
      assert.equal(running?.state, 'running');
      assert.ok(existsSync(`/proc/${running?.pid}`), 'the process named is there');

      const second = await lifeboat(['rescue', disk.device, target]);
      assert.equal(second.code, 3);
      assert.match(second.stderr, new RegExp(`Process ${running?.pid}, since .* is working on the job`));
      rescue.killAll();
      await rescue.ended;
    }
    const listed = (await jobsIn(folder)).find(({ name }) => name === 'killed.img');
    assert.equal(listed?.state, 'interrupted');
    assert.ok((listed?.map?.savedBytes ?? 0) > MIB, 'how far it is comes from the map');
    assert.match(
      (await lifeboat(['jobs'])).stdout,
      /killed\.img: interrupted[\s\S]*lifeboat resume killed\.img/,
    );

    // Whoever else looks at devices now may hold it for a moment.
    const dead = await stillBehind(oldName);
    for (let tries = 0; dead !== undefined && (await stillBehind(oldName)) === dead; tries++) {
      assert.ok(tries < 400, `${oldName} is not given back`);
      await delay(50);
    }
    // Something else takes the name, of the same size: only the volume tells them apart.
    const other = bench.path('other.img');
    await writeFile(other, '');
    await truncate(other, volume.sizeBytes);
    await runOrThrow('mkntfs', ['-F', '-q', '-Q', other]);
    const taken = await run('losetup', [oldName, other]);
    // It fails when another test was quicker: then it is that one's device which has the name.
    if (taken.code === 0) bench.after(() => runOrThrow('losetup', ['--detach', oldName]));

    const wrong = await lifeboat(['resume', 'killed.img']);
    assert.equal(wrong.code, 3, wrong.stdout);
    assert.match(wrong.stderr, /source of this job is not (there|attached)/);

    await using disk = await failingDisk({ image: volume.image, faults });
    assert.notEqual(disk.device, oldName);
    const resumed = await lifeboat(['resume', 'killed.img']);
    assert.equal(resumed.code, 4, resumed.stdout + resumed.stderr);
    assert.match(resumed.stdout, new RegExp(`From +${disk.device}`));
    await runOrThrow('cmp', [target, reference]);
    const done = (await jobsIn(folder)).find(({ name }) => name === 'killed.img');
    assert.equal(done?.state, 'losses');
    assert.equal(done?.runs, 2);
    assert.equal(done?.source?.path, disk.device);
  });

  test('a detached rescue is watched by many, outlives them, is stopped and gone on with', async () => {
    const target = join(folder, 'detached.img');
    await using disk = await failingDisk({ image: volume.image, faults: [...faults, slow], timescale: 1 });
    const begun = await lifeboat(['rescue', disk.device, target, '--detach']);
    assert.equal(begun.code, 0, begun.stderr);
    assert.match(begun.stdout, /goes on by itself, as process \d+/);

    const watchers = [1, 2].map(() => startLifeboat(['attach', target, '--json']));
    const [first, second] = watchers as [LifeboatProcess, LifeboatProcess];
    await Promise.all(watchers.map(saving));
    first.killAll();
    const killed = await first.ended;
    const names = eventsOf({
      ...killed,
      stdout: killed.stdout.slice(0, killed.stdout.lastIndexOf('\n')),
    }).map(({ event }) => event);
    assert.equal(names[0], 'attached');
    assert.equal(names[1], 'start');
    assert.ok(names.includes('plan') && names.includes('phase') && names.includes('progress'), names.join());
    const left = startLifeboat(['attach', target]);
    await new Promise((heard) => left.child.stdout?.once('data', heard));
    left.child.kill('SIGINT');
    const gone = await left.ended;
    assert.equal(gone.code, 5);
    assert.match(gone.stderr, /the rescue goes on/);
    assert.equal((await jobsIn(`${target}.lifeboat`))[0]?.state, 'running');

    // The stick with the folder is pulled, and another folder takes its place.
    await rename(`${target}.lifeboat`, `${target}.pulled`);
    await mkdir(`${target}.lifeboat`);
    let moved: ListedJob[] = [];
    for (const end = Date.now() + 20_000; moved[0]?.state !== 'running' && Date.now() < end; ) {
      moved = await jobsIn(`${target}.lifeboat`);
      if (moved[0]?.source === undefined) moved = [];
    }
    assert.equal(moved[0]?.source?.path, disk.device);

    const stopped = await lifeboat(['stop', target]);
    assert.equal(stopped.code, 0, stopped.stdout + stopped.stderr);
    assert.match(stopped.stdout, /Stopped by you/);
    const watched = await second.ended;
    assert.equal(watched.code, 5);
    assert.equal(eventsOf(watched).at(-1)?.event, 'done');
    for (const command of ['attach', 'stop']) {
      const late = await lifeboat([command, target]);
      assert.equal(late.code, 3);
      assert.match(late.stderr, /Nobody is at work on the job/);
    }
    await disk.setFaults(faults);
    const resumed = await lifeboat(['resume', target]);
    assert.equal(resumed.code, 4, resumed.stderr);
    await runOrThrow('cmp', [target, reference]);
  });

  test('each question about hopeless areas waits for an answer of its own', async (t) => {
    const bench = await makeBench(t);
    const image = bench.path('volume.img');
    await copyFile(volume.image, image);
    // A file that $Bitmap calls free is only found by its record, which is bad at first, and so is much of the file.
    const mft = await startOfAttribute(image, volume.clusterBytes, 0, '$DATA');
    const { record, run: hidden } = await largestFile(image, mft, volume.clusterBytes);
    await callFree(image, await startOfAttribute(image, volume.clusterBytes, 6, '$DATA'), hidden);
    const perCluster = volume.clusterBytes / SECTOR;
    const inFile = `bad ${hidden.lcn * perCluster + 1} ${hidden.length * perCluster - 2}`;
    const first = mft / SECTOR + record * 2;
    await using disk = await failingDisk({ image, faults: [`bad ${first - 24} 64`, inFile] });
    const target = bench.path('asked.img');
    const words = ['rescue', disk.device, target, '--detach', '--hopeless', 'ask'];
    assert.equal((await lifeboat(words)).code, 0);
    const job = await attachJob(`${target}.lifeboat`);
    const asked: string[] = [];
    let done: DoneEvent | undefined;
    for await (const event of job.events) {
      if (event.event === 'question') {
        asked.push(event.message);
        if (asked.length === 1) await disk.setFaults([`bad ${first + 2} 8`, inFile]);
        job.send({ do: 'hopeless', try: asked.length === 1 });
      }
      if (event.event === 'done') done = event;
    }
    assert.equal(asked.length, 2);
    assert.equal(done?.verdict, 'losses');
    const { map } = parseMapfile(await readFile(`${target}.map`, 'utf8'), volume.sizeBytes);
    const [start, end] = [hidden.lcn, hidden.lcn + hidden.length].map((lcn) => lcn * volume.clusterBytes);
    const left = map.bytesWith('/').intersect(RangeSet.single(start ?? 0, end ?? 0));
    assert.ok(left.totalBytes > 32 * SECTOR, `${left.totalBytes} bytes were left alone`);
  });

  test('the death of the engine is told at once to whoever watches', async () => {
    const target = join(folder, 'shot.img');
    await using disk = await failingDisk({ image: volume.image, faults: [...faults, slow], timescale: 1 });
    assert.equal((await lifeboat(['rescue', disk.device, target, '--detach'])).code, 0);
    const watcher = startLifeboat(['attach', target, '--json']);
    await saving(watcher);
    const [job] = await jobsIn(`${target}.lifeboat`);
    process.kill(job?.pid ?? 0, 'SIGKILL');
    const { code, stderr } = await watcher.ended;
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`process ${job?.pid} ended unexpectedly`));
    assert.equal((await jobsIn(`${target}.lifeboat`))[0]?.state, 'interrupted');
  });

  test('the wrong disk is refused, with the differences, and nothing is written', async (t) => {
    const bench = await makeBench(t);
    const target = join(folder, 'wrong.img');
    const device = await bench.loop(volume.image, '--read-only');
    assert.equal((await lifeboat(['rescue', device, target])).code, 0);
    const record = await readFile(`${target}.lifeboat/job.json`, 'utf8');
    const before = await stat(target);
    const larger = bench.path('larger.img');
    await writeFile(larger, '');
    await truncate(larger, volume.sizeBytes + MIB);
    const wrongDevice = await bench.loop(larger, '--read-only');

    const named = await lifeboat(['resume', target, '--source', wrongDevice]);
    assert.equal(named.code, 3);
    assert.match(named.stderr, /is not the source of this job/);
    assert.match(named.stderr, /size +50331648 bytes \(48\.0 MiB\) +51380224 bytes \(49\.0 MiB\)/);

    // The same by the way of the rescue command with a folder of its own.
    const chosen = await lifeboat([
      'rescue',
      wrongDevice,
      join(folder, 'new.img'),
      '--job',
      `${target}.lifeboat`,
      '--map',
      join(folder, 'new.map'),
    ]);
    assert.equal(chosen.code, 3, chosen.stdout);
    assert.match(chosen.stderr, /is of another source.*size: the job has 50331648 bytes/);
    assert.ok(!existsSync(join(folder, 'new.img')));
    assert.equal(await readFile(`${target}.lifeboat/job.json`, 'utf8'), record);
    assert.equal((await stat(target)).mtimeMs, before.mtimeMs);
  });

  test('two devices that say nothing of themselves are not taken for each other', async (t) => {
    const bench = await makeBench(t);
    const job = join(folder, 'twins.lifeboat');
    const targetFile = await bench.file('target.img', volume.sizeBytes);
    const [from, to] = [await bench.loop(volume.image, '--read-only'), await bench.loop(targetFile)];
    const first = await lifeboat(['rescue', from, to, '--job', job], { cwd: bench.folder });
    assert.equal(first.code, 0, first.stderr);
    // The health at the end is written when everybody else has been served.
    for (let tries = 0; !existsSync(join(job, 'smart-after.json')); tries++) {
      assert.ok(tries < 400, 'there is no health of the end');
      await delay(50);
    }
    assert.deepEqual((await readdir(job)).sort(), [
      'checksums',
      'events.ndjson',
      'job.json',
      'lock',
      'report.json',
      'rescue.map',
      'smart-after.json',
      'smart-before.json',
    ]);
    const again = await lifeboat(['resume', job]);
    assert.equal(again.code, 0, again.stderr);

    // After a new start of the system nothing but the size is left.
    const record = JSON.parse(await readFile(join(job, 'job.json'), 'utf8'));
    for (const end of [record.source, record.target]) {
      delete end.attachment;
      delete end.backingFile;
    }
    await writeFile(join(job, 'job.json'), JSON.stringify(record));
    const unsure = await lifeboat(['resume', job]);
    assert.equal(unsure.code, 3, unsure.stdout);
    assert.match(unsure.stderr, /cannot be told/);
    const said = await lifeboat(['resume', job, '--source', from, '--target', to]);
    assert.equal(said.code, 0, said.stderr);
  });

  test('a folder on FAT, and a drive that is mounted elsewhere later', async (t) => {
    const bench = await makeBench(t);
    const isFat = /\tvfat$/m.test(await readFile('/proc/filesystems', 'utf8'));
    const stick = await bench.loop(await bench.file('stick.img', 64 * MIB));
    await runOrThrow(isFat ? 'mkfs.vfat' : 'mkfs.exfat', [stick]);
    const place = await mountStick(bench, stick, isFat);
    const target = bench.path('copy.img');
    const small = bench.path('small.img');
    await writeFile(small, '');
    await truncate(small, 16 * MIB);
    await runOrThrow('mkntfs', ['-F', '-q', '-Q', small]);
    const first = await lifeboat(['rescue', small, target, '--job', join(place, 'fat job')]);
    assert.equal(first.code, 0, first.stdout + first.stderr);
    assert.ok(existsSync(join(place, 'fat job', 'rescue.map')));
    const second = await lifeboat(['resume', join(place, 'fat job')]);
    assert.equal(second.code, 0, second.stdout + second.stderr);
    await bench.unmount(place);
    const away = (await jobsIn()).find(({ name }) => name === 'fat job');
    assert.equal(away?.state, 'away');
    assert.match((await lifeboat(['resume', 'fat job'])).stderr, /not mounted/);

    const elsewhere = await mountStick(bench, stick, isFat);
    const [moved] = await jobsIn(elsewhere);
    assert.equal(moved?.state, 'saved');
    const third = await lifeboat(['resume', moved?.folder ?? '']);
    assert.equal(third.code, 0, third.stdout + third.stderr);
    await runOrThrow('cmp', [small, target]);
  });

  test('a map that a power cut has taken away on NTFS is found in its copy; one that is lost is asked for', async (t) => {
    const bench = await makeBench(t);
    const stick = await bench.loop(await bench.file('ntfs.img', 128 * MIB));
    await runOrThrow('mkntfs', ['-q', '-F', '-Q', stick]);
    const place = await bench.mount('-t', 'ntfs-3g', stick);
    const target = join(place, 'copy.img');
    const map = `${target}.map`;
    await using disk = await failingDisk({ image: volume.image, faults: [...faults, slow], timescale: 1 });
    const rescue = startLifeboat(['rescue', disk.device, target, '--json']);
    await saving(rescue);
    rescue.killAll();
    await rescue.ended;
    // As ntfs-3g leaves it when the power goes between the two halves of a rename.
    await rm(map);
    const [listed] = await jobsIn(`${target}.lifeboat`);
    assert.ok((listed?.map?.savedBytes ?? 0) > 0, JSON.stringify(listed?.map ?? listed?.problem));
    const resumed = startLifeboat(['resume', target, '--json']);
    const note = await resumed.event(({ event }) => event === 'note');
    assert.match(note.event === 'note' ? note.message : '', /is not whole.*copy\.img\.map\.copy stands in/);
    await saving(resumed);
    resumed.killAll();
    await resumed.ended;
    assert.ok(parseMapfile(await readFile(map, 'utf8'), volume.sizeBytes), 'the map is back');

    // Without any of them the job still knows that something was saved: nothing of that is written over unasked.
    const before = await readFile(target);
    for (const name of await readdir(place)) {
      if (name.startsWith('copy.img.map')) await rm(join(place, name));
    }
    for (const words of [
      ['rescue', disk.device, target, '--yes'],
      ['resume', target, '--yes'],
    ]) {
      const { code, stderr } = await lifeboat(words);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /The map .*copy\.img\.map of the job is not there; without it .* begin anew/);
    }
    assert.ok(before.equals(await readFile(target)), 'the copy is as it was');
    const anew = startLifeboat(['rescue', disk.device, target, '--yes', '--force', '--json']);
    const start = await anew.event(({ event }) => event === 'start');
    assert.ok(start.event === 'start' && !start.resumed);
    anew.killAll();
    await anew.ended;
  });

  test('a file of the list that cannot be read stops no rescue, and is named', async (t) => {
    const bench = await makeBench(t);
    const env = { XDG_STATE_HOME: bench.path('state') };
    const home = bench.path('state/lifeboat/jobs');
    const [small, target] = [bench.path('small.img'), bench.path('copy.img')];
    await writeFile(small, '');
    await truncate(small, 16 * MIB);
    await runOrThrow('mkntfs', ['-F', '-q', '-Q', small]);
    // Root may read everything but a folder; what was removed meanwhile is no problem.
    await mkdir(join(home, 'unread.lifeboat-0123abcd.job'), { recursive: true });
    await writeFile(join(home, 'empty.job'), '');
    await symlink('/nowhere/at/all', join(home, 'gone.job'));
    const { code, stdout, stderr } = await lifeboat(['rescue', small, target], { env });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /unread\.lifeboat-0123abcd\.job of the list of jobs is passed over: .*EISDIR/);
    const listed = await lifeboat(['jobs', '--json'], { env });
    const jobs = listed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ListedJob);
    assert.deepEqual(jobs.map(({ name, state }) => [name, state]).sort(), [
      ['copy.img', 'saved'],
      ['empty', 'damaged'],
      ['unread', 'damaged'],
    ]);
    assert.match(
      (await lifeboat(['jobs'], { env })).stdout,
      /note +it should say .* cannot be read \(EISDIR\)/,
    );
  });

  test('a live system keeps everything in LIFEBOAT_JOBS, and finds it by its disks', async (t) => {
    const bench = await makeBench(t);
    const home = bench.path('stick/jobs');
    await mkdir(bench.path('stick'));
    const to = await bench.loop(await bench.file('target.img', volume.sizeBytes));
    const from = await bench.loop(volume.image, '--read-only');
    const env = { LIFEBOAT_JOBS: home };
    for (const expected of ['To ', 'going on where the last run ended']) {
      const { code, stdout, stderr } = await lifeboat(['rescue', from, to], { env, cwd: bench.folder });
      assert.equal(code, 0, stderr);
      assert.ok(stdout.includes(expected), stdout);
    }
    const [name, ...others] = await readdir(home);
    assert.deepEqual(others, []);
    assert.match(name ?? '', /^loop\d+-to-loop\d+$/);
    assert.ok(existsSync(join(home, name ?? '', 'rescue.map')));
    assert.ok(!(await readdir(bench.folder)).some((each) => each.endsWith('.map')), 'nothing beside it');
  });

  test('a record that is cut off anywhere is told, and the same command mends it', async () => {
    const target = join(folder, 'cut.img');
    const command = ['rescue', volume.image, target];
    assert.equal((await lifeboat(command)).code, 0);
    const path = `${target}.lifeboat/job.json`;
    const whole = await readFile(path, 'utf8');
    for (const text of [
      '',
      whole.slice(0, whole.length / 2),
      '{}',
      '[1]',
      whole.replace('"format": 1', '"format": 7'),
      whole.replace(`${volume.sizeBytes}`, '-1'),
      '\0'.repeat(4096),
    ]) {
      await writeFile(path, text);
      const listed = (await jobsIn(folder)).find(({ name }) => name === 'cut.img');
      assert.equal(listed?.state, 'damaged', text.slice(0, 100));
      const resumed = await lifeboat(['resume', 'cut.img']);
      assert.equal(resumed.code, 3);
      assert.match(resumed.stderr, /job\.json is damaged/);
    }
    const again = await lifeboat(command);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /job\.json is damaged.*the map has all that counts/s);
    assert.equal((await jobsIn(folder)).find(({ name }) => name === 'cut.img')?.state, 'saved');
  });

  test('what speaks against a folder is told before anything is made', async (t) => {
    const bench = await makeBench(t);
    const target = bench.path('copy.img');
    await mkdir(bench.path('full'));
    await writeFile(bench.path('full/photo.jpg'), 'mine');
    const source = await bench.file('disk.img', 32 * MIB);
    await runOrThrow('mkfs.ext4', ['-q', source]);
    const device = await bench.loop(source);
    const onSource = await bench.mount(device);
    for (const [job, why] of [
      [bench.path('full'), 'it holds other things'],
      [bench.path('full/photo.jpg'), 'it is no folder'],
      [bench.path('nowhere/job'), 'does not exist'],
      [target, 'it is the target'],
      [join(onSource, 'job'), 'lies on the disk of the source'],
    ] as const) {
      const map = bench.path('map');
      const { code, stderr } = await lifeboat([
        'rescue',
        device,
        target,
        '--force',
        '--job',
        job,
        '--map',
        map,
      ]);
      assert.equal(code, 3, stderr);
      assert.ok(stderr.includes(why), stderr);
      assert.ok(!existsSync(target) && !existsSync(map), 'something was made');
    }
  });

  test('a target that was changed is found out by its checksums, and mended by the next run', async (t) => {
    const bench = await makeBench(t);
    await using disk = await failingDisk({ image: volume.image, faults });
    const asDevice = await bench.loop(await bench.file('device.img', volume.sizeBytes));
    for (const target of [join(folder, 'changed.img'), asDevice]) {
      const job = join(folder, `verify-${basename(target)}`);
      const rescue = ['rescue', disk.device, target, '--job', job, '--verify', '--json'];
      const first = await lifeboat(rescue);
      assert.equal(first.code, 4, first.stderr);
      const done = eventsOf(first).at(-1) as DoneEvent;
      assert.equal(done.verify?.differentBytes, 0);
      assert.equal(done.verify?.uncheckedBytes, 0);
      assert.equal(done.verify?.checkedBytes, done.savedBytes);
      assert.ok(['direct', 'emptied'].includes(done.verify?.cache ?? ''), done.verify?.cache);
      const reads = (await disk.requests()).length;
      const clean = await lifeboat(['verify', job]);
      assert.equal(clean.code, 0, clean.stdout + clean.stderr);
      assert.match(clean.stdout, /Checked: .* are what was read from the source/);

      // One bit in each of three files of the volume, behind the back of everybody.
      const saved = parseMapfile(await readFile(join(job, 'rescue.map'), 'utf8')).map.bytesWith('+');
      const random = seededRandom(3);
      const harmed = Array.from({ length: 3 }, () => {
        const range = random.integer(saved.count);
        return saved.startOf(range) + random.integer(saved.endOf(range) - saved.startOf(range));
      });
      const file = await open(target, 'r+');
      for (const at of harmed) {
        const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
        await file.write(Buffer.of((buffer[0] ?? 0) ^ 4), 0, 1, at);
      }
      await file.sync();
      await file.close();
      const found = await lifeboat(['verify', job, '--json']);
      assert.equal(found.code, 1, found.stdout);
      const { different } = JSON.parse(found.stdout.trim().split('\n').at(-1) ?? '') as VerifyResult;
      for (const at of harmed) {
        const range = different.find(({ start, end }) => start <= at && at < end);
        assert.ok(range, `byte ${at} was not found`);
      }
      assert.ok(different.every(({ start, end }) => harmed.some((at) => start <= at && at < end)));
      assert.equal((await disk.requests()).length, reads, 'the source was read for it');
      const map = parseMapfile(await readFile(join(job, 'rescue.map'), 'utf8')).map;
      for (const at of harmed) assert.equal(map.statusAt(at), '?');
      assert.match((await lifeboat(['jobs', job])).stdout, /DIFFERED[\s\S]*lifeboat resume/);

      // A run that does not compare leaves the older look behind it, one that compares takes its place.
      const plainRecord = join(job, 'job.json');
      const record = JSON.parse(await readFile(plainRecord, 'utf8'));
      record.options.verify = false;
      await writeFile(plainRecord, JSON.stringify(record));
      const unlooked = await lifeboat(['resume', job, '--json']);
      assert.equal(unlooked.code, 4, unlooked.stderr);
      const listed = (await lifeboat(['jobs', job])).stdout;
      assert.match(listed, /finished with losses/);
      assert.match(listed, / check +\S+ \S+, before the last run: .* differed; not compared since/);
      assert.doesNotMatch(listed, /DIFFERED/);
      const kept = JSON.parse(await readFile(plainRecord, 'utf8'));
      kept.options.verify = true;
      await writeFile(plainRecord, JSON.stringify(kept));

      const mended = await lifeboat(['resume', job, '--json']);
      assert.equal(mended.code, 4, mended.stderr);
      const again = eventsOf(mended).at(-1) as DoneEvent;
      assert.equal(again.verify?.differentBytes, 0);
      assert.equal(again.verify?.uncheckedBytes, 0);
      assert.match((await lifeboat(['jobs', job])).stdout, / check +\S+ \S+: .* compared, the same$/m);
      await runOrThrow('cmp', ['-n', String(volume.sizeBytes), target, reference]);
    }
  });

  test('what was saved without checksums is said to be unchecked, never passed over', async () => {
    const target = join(folder, 'unchecked.img');
    const command = ['rescue', volume.image, target, '--verify', '--json'];
    assert.equal((await lifeboat(command)).code, 0);
    const sums = `${target}.lifeboat/checksums`;
    await truncate(sums, (await stat(sums)).size - 3);
    const part = await lifeboat(['verify', target, '--json']);
    assert.equal(part.code, 4, part.stdout);
    const { uncheckedBytes } = JSON.parse(part.stdout.trim().split('\n').at(-1) ?? '') as VerifyResult;
    assert.ok(uncheckedBytes > 0);
    const resumed = eventsOf(await lifeboat(command)).at(-1) as DoneEvent;
    assert.equal(resumed.verify?.uncheckedBytes, uncheckedBytes);
    const check = (await lifeboat(['jobs', `${target}.lifeboat`])).stdout;
    assert.match(check, / check +\S+ \S+, before the last run: nothing compared, not checked [\d.]+ MiB/);
    await rm(sums);
    const none = await lifeboat(['verify', target]);
    assert.equal(none.code, 3);
    assert.match(none.stderr, /There are no checksums/);
    // Everything is saved, but what was asked for besides was not done.
    const unchecked = await lifeboat(['rescue', volume.image, target, '--verify']);
    assert.equal(unchecked.code, 1, unchecked.stdout + unchecked.stderr);
    assert.match(unchecked.stdout, /Everything is saved/);
    assert.match(unchecked.stdout, /The target was NOT CHECKED: no checksums are known of what is saved\./);
  });

  test('a target that was put to another use is not written over unasked, however often it was compared', async () => {
    const backing = join(folder, 'reused.img');
    await writeFile(backing, '');
    await truncate(backing, volume.sizeBytes);
    await using target = await loopDevice(backing);
    const job = join(folder, 'reused');
    assert.equal((await lifeboat(['rescue', volume.image, target.device, '--job', job])).code, 0);
    const map = await readFile(join(job, 'rescue.map'), 'utf8');
    await runOrThrow('mkfs.ext4', ['-q', '-F', '-L', 'Other', target.device]);
    for (let looks = 0; looks < 2; looks++) {
      await lifeboat(['verify', job]);
      const { code, stderr } = await lifeboat(['resume', job]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /holds an ext4 filesystem "Other", which would be lost/);
      assert.match(await runOrThrow('blkid', ['-p', '-o', 'value', target.device]), /Other/);
    }
    assert.equal(await readFile(join(job, 'rescue.map.untrusted'), 'utf8'), map);
    const { code, stderr } = await lifeboat(['resume', job, '--yes']);
    assert.equal(code, 0, stderr);
    const [truth, found] = [await readFile(volume.image), await readFile(backing)];
    for (const { start, end } of (await usedRanges(volume.image)).ranges) {
      assert.ok(truth.subarray(start, end).equals(found.subarray(start, end)), `bytes ${start} to ${end}`);
    }
  });

  test('the report is shown again, all of it; a damaged one is not believed', async () => {
    const text = await lifeboat(['report', reference]);
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /Finished: .* could not be read/);
    assert.match(text.stdout, /Hit: 2 system files damaged\.[\s\S]*\$LogFile[\s\S]*\$INDEX_ALLOCATION/);
    const json = await lifeboat(['report', reference, '--json']);
    const path = `${reference}.lifeboat/report.json`;
    assert.deepEqual(JSON.parse(json.stdout), JSON.parse(await readFile(path, 'utf8')));
    await rename(path, `${path}.whole`);
    assert.match((await lifeboat(['report', reference])).stderr, /no run of this job has ended/);
    await writeFile(path, (await readFile(`${path}.whole`, 'utf8')).slice(0, 300));
    const cut = await lifeboat(['report', reference]);
    assert.equal(cut.code, 3);
    assert.match(cut.stderr, /is damaged: it is cut off/);
    await rename(`${path}.whole`, path);
  });

  test('paths that were typed for one folder are known from any other, also those of older reports', async () => {
    const [there, later] = [join(folder, 'there'), join(folder, 'later')];
    await mkdir(there);
    await copyFile(volume.image, join(there, 'old.img'));
    const words = ['rescue', 'old.img', 'new.img', '--report', 'mine.json', '--json'];
    const ran = await lifeboat(words, { cwd: there });
    assert.equal(ran.code, 0, ran.stderr);
    const kept = join(there, 'new.img.lifeboat/report.json');
    const report = JSON.parse(await readFile(kept, 'utf8'));
    assert.deepEqual(
      [report.source.path, report.target.path, report.map],
      ['old.img', 'new.img', 'new.img.map'].map((name) => join(there, name)),
    );
    assert.deepEqual(JSON.parse(await readFile(join(there, 'mine.json'), 'utf8')), report);
    const done = eventsOf(ran).find(({ event }) => event === 'done');
    assert.ok(done?.event === 'done');
    assert.equal(done.job, join(there, 'new.img.lifeboat'));

    // As earlier versions have written it; then in a drive that is mounted elsewhere.
    const asTyped = {
      ...report,
      source: { ...report.source, path: 'old.img' },
      target: { ...report.target, path: 'new.img' },
      map: 'new.img.map',
    };
    await writeFile(kept, JSON.stringify(asTyped));
    const said = (place: string): RegExp =>
      new RegExp(`^${place}/old\\.img to ${place}/new\\.img, map ${place}/new\\.img\\.map\n`);
    assert.match((await lifeboat(['report', dirname(kept)], { cwd: '/' })).stdout, said(there));
    await rename(there, later);
    const moved = await lifeboat(['report', join(later, 'new.img.lifeboat')], { cwd: '/' });
    assert.match(moved.stdout, said(later));
  });
});
