/**
 * Lets all who rescue try their hand at the same dying disks, on block devices with real read errors, and prints
 * one table. Needs root. What is to be run comes from the environment; all of it takes hours.
 *
 *   SCENARIO=s1,s3   only these (default: all)      SEEDS=2   volumes, each of another seed (default 2)
 *   PEER=lifeboat,-d only those with this in their names     LIMIT=900  seconds that one run may take
 */
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeScatteredVolume, writeStamps } from '../test/support/scattered-volume.ts';
import { PEERS } from './rescue/peers.ts';
import { type RigResult, runOnRig } from './rescue/rig-run.ts';
import { type Scenario, scenarios } from './rescue/scenarios.ts';
import { structureSectors } from './rescue/structures.ts';

const SIZE_BYTES = 2 ** 31;
const { SCENARIO = '', SEEDS = '2', PEER = '', LIMIT = '900' } = process.env;
const wanted = SCENARIO.split(/[ ,]+/).filter((word) => word !== '');
const names = PEER.split(',');
const peers = PEERS.filter(({ name }) => names.some((word) => name.includes(word)));

const folder = join(tmpdir(), 'lifeboat-bench');
await mkdir(folder, { recursive: true });
console.log('| scenario | seed | program | t50 | t90 | t99 | end | failing | until safe | lost | wrong | |');
console.log('|---|---|---|---|---|---|---|---|---|---|---|---|');
for (let seed = 1; seed <= Number(SEEDS); seed++) {
  const image = join(folder, `scattered-${process.pid}.img`);
  try {
    console.error(`rescue-bench: making the volume of seed ${seed}`);
    const volume = await makeScatteredVolume(image, SIZE_BYTES, seed);
    await writeStamps(volume);
    const ways = scenarios(SIZE_BYTES, volume.used, seed, await structureSectors(image));
    for (const scenario of ways) {
      // The device of this race only says that a request failed.
      if (scenario.naming) continue;
      if (wanted.length > 0 && !wanted.includes(scenario.id)) continue;
      for (const peer of peers) {
        const result = await runOnRig(peer, volume, scenario, Number(LIMIT));
        console.log(row(scenario, seed, peer.name, result));
        console.error(`rescue-bench: ${scenario.id} ${peer.name}: ${result.wallSeconds.toFixed(0)} s`);
      }
    }
  } finally {
    await rm(image, { force: true });
  }
}

function row(scenario: Scenario, seed: number, name: string, result: RigResult): string {
  const seconds = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(1));
  const count = (value: number): string => (Number.isNaN(value) ? '-' : String(value));
  const { t50, t90, t99, end, failedReads, failedUntilSafe, lostSectors, wrongSectors } = result;
  return `| ${[
    ...[scenario.id, seed, name, seconds(t50), seconds(t90), seconds(t99), seconds(end)],
    ...[failedReads, count(failedUntilSafe), lostSectors, wrongSectors, remark(result)],
  ].join(' | ')} |`;
}

/** What the figures do not say: that it gave up, or had to be ended. */
function remark({ code, said, t50 }: RigResult): string {
  if (code === undefined) return `ended after ${LIMIT} s`;
  if (Number.isNaN(t50)) return `cannot: exit ${code}: ${said.replaceAll('|', '/').slice(0, 60)}`;
  return `exit ${code}`;
}
