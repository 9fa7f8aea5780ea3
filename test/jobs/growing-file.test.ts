import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { EventLog } from '../../src/jobs/event-log.ts';
import { loadUnits, SumKeeper } from '../../src/jobs/sum-keeper.ts';

const folder = await mkdtemp(join(tmpdir(), 'lifeboat-growing-'));
after(() => rm(folder, { recursive: true }));

const SIZE = 64 << 20;
const UNIT = 256 << 10;

/** Starts of the units whose sums are in the file, in its order. */
async function startsIn(path: string): Promise<number[]> {
  const units = await loadUnits(path, SIZE);
  return Array.from({ length: units.count }, (_, i) => units.startOf(i) / UNIT);
}

/** A folder whose drive is pulled: handles lead to what is away, and what comes back is what the drive had stored. */
async function pulledPlace(name: string) {
  const [place, away, stored] = ['', '-away', '-stored'].map((end) => join(folder, `${name}${end}`)) as [
    string,
    string,
    string,
  ];
  await mkdir(place);
  return {
    place,
    store: () => cp(place, stored, { recursive: true }),
    pull: () => rename(place, away),
    plugIn: () => rename(stored, place),
  };
}

test('a log goes on, whole and in order, where its drive was pulled and is back', async () => {
  const { place, store, pull, plugIn } = await pulledPlace('log');
  const path = join(place, 'events.ndjson');
  const earlier = new EventLog(path);
  earlier.note({ event: 'note', message: 'of an earlier run' });
  await earlier.flush();
  await earlier.close();
  const log = new EventLog(path);
  const note = (message: string): void => log.note({ event: 'note', message });
  note('stored');
  await log.flush();
  await store();
  note('in the cache of the drive alone');
  await log.flush();
  await pull();
  note('while it was away');
  await assert.rejects(log.flush(), { code: 'ENOENT' });
  note('still away');
  await assert.rejects(log.flush(), { code: 'ENOENT' });
  // The last line that the drive has stored is cut off.
  await plugIn();
  await writeFile(log.path, `${await readFile(log.path, 'utf8')}{"event":"no`);
  note('back');
  await log.flush();
  await log.close();
  const told = (await readFile(log.path, 'utf8')).trimEnd().split('\n');
  const messages = told.map((line) => (JSON.parse(line) as { message: string }).message);
  assert.deepEqual(messages, [
    'of an earlier run',
    'stored',
    'in the cache of the drive alone',
    'while it was away',
    'still away',
    'back',
  ]);
});

test('checksums are whole and in order where their drive was pulled and is back', async () => {
  const { place, store, pull, plugIn } = await pulledPlace('sums');
  const path = join(place, 'checksums');
  const keeper = new SumKeeper(path, SIZE, false);
  const save = (unit: number): void => keeper.note(unit * UNIT, new Uint8Array(UNIT).fill(unit));
  save(1);
  await keeper.flush();
  await store();
  save(2);
  await keeper.flush();
  await pull();
  save(3);
  await assert.rejects(keeper.flush(), { code: 'ENOENT' });
  await plugIn();
  save(4);
  await keeper.flush();
  assert.deepEqual(await startsIn(path), [1, 2, 3, 4]);
  // Another drive in its place has the sums of another rescue: they are none of this one.
  await keeper.close();
  const other = join(folder, 'other');
  const foreign = new SumKeeper(other, SIZE, false);
  foreign.note(50 * UNIT, new Uint8Array(UNIT));
  await foreign.close();
  await rename(other, path);
  save(5);
  await keeper.close();
  assert.deepEqual(await startsIn(path), [5]);
  const next = new SumKeeper(path, SIZE, true);
  next.note(6 * UNIT, new Uint8Array(UNIT));
  await next.close();
  assert.deepEqual(await startsIn(path), [5, 6]);
});
