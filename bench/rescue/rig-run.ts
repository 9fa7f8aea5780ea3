import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RC } from '../../scripts/failing-disk/fault-model.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { failingDisk } from '../../test/support/failing-disk.ts';
import type { ScatteredVolume } from '../../test/support/scattered-volume.ts';
import { type Milestones, milestones } from './milestones.ts';
import type { Peer } from './peers.ts';
import { badRanges, type Scenario } from './scenarios.ts';

const SECTOR = 512;
const STEP = 2 ** 20;
const MARKERS = ['BadSectoR', 'BADSECTOR'];

/** What a program made of a dying disk. */
export interface RigResult extends Milestones {
  /** The disk's time when the program ended, in seconds. */
  readonly end: number;
  readonly wallSeconds: number;
  /** How its last command ended; undefined when it was ended for taking too long. */
  readonly code: number | undefined;
  /** The last line that it said when it failed. */
  readonly said: string;
  /** Readable used sectors that are not in the copy. */
  readonly lostSectors: number;
  /** Sectors of the copy with bytes that are neither the disk's, nor a marker, nor untouched. */
  readonly wrongSectors: number;
}

/** Lets one program rescue one volume from a block device with real read errors; needs root. */
export async function runOnRig(
  peer: Peer,
  volume: ScatteredVolume,
  scenario: Scenario,
  limitSeconds: number,
): Promise<RigResult> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-rescue-bench-'));
  const target = join(folder, 'target.img');
  const begun = performance.now();
  try {
    // Programs that go by the time a read takes need the time to pass.
    const timescale = scenario.faults.some((rule) => rule.startsWith('slow')) ? 1 : 0;
    await using disk = await failingDisk({ image: volume.image, faults: scenario.faults, timescale });
    const scratch = join(folder, 'scratch');
    await mkdir(scratch);
    let ended: { code: number | undefined; said: string } = { code: 0, said: '' };
    const commands = peer.commands({ device: disk.device, target, folder: scratch }, scenario);
    for (const [index, command] of commands.entries()) {
      const left = limitSeconds - (performance.now() - begun) / 1000;
      ended = await runWithin(command, scratch, left);
      // Exit codes other than 0 are also said of a rescue with losses: only the preparation has to succeed.
      if (ended.code === undefined || (ended.code !== 0 && index < commands.length - 1)) break;
    }
    const requests = await disk.requests();
    const wanted = RangeSet.of(volume.used.ranges).subtract(badRanges(scenario));
    const reads = requests.map(({ offset, length, rc, vtimeMs }) => ({
      offset,
      length,
      ok: rc === RC.ok,
      endMs: vtimeMs,
    }));
    return {
      ...milestones(reads, volume.sizeBytes, wanted),
      ...(await compare(volume, target, badRanges(scenario))),
      ...ended,
      end: (requests.at(-1)?.vtimeMs ?? 0) / 1000,
      wallSeconds: (performance.now() - begun) / 1000,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a command to its end, or ends it after so many seconds. */
async function runWithin(
  command: readonly string[],
  cwd: string,
  seconds: number,
): Promise<{ code: number | undefined; said: string }> {
  const [name = '', ...words] = command;
  const child = spawn(name, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000);
    });
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, Math.max(0, seconds) * 1000);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  const lastLine =
    said
      .trim()
      .split(/[\r\n]+/)
      .at(-1) ?? '';
  return { code: late ? undefined : (code ?? 128), said: signal === null ? lastLine : `ended by ${signal}` };
}

/** Holds the copy against the volume, sector by sector. */
async function compare(
  { image, sizeBytes, used }: ScatteredVolume,
  target: string,
  bad: RangeSet,
): Promise<{ lostSectors: number; wrongSectors: number }> {
  const wanted = RangeSet.of(used.ranges).subtract(bad);
  if (!existsSync(target)) return { lostSectors: wanted.totalBytes / SECTOR, wrongSectors: 0 };
  const [left, right] = [await open(image), await open(target)];
  const [due, found] = [Buffer.alloc(STEP), Buffer.alloc(STEP)];
  const untouched = Buffer.alloc(SECTOR);
  let [lostSectors, wrongSectors] = [0, 0];
  try {
    for (let offset = 0; offset < sizeBytes; offset += STEP) {
      await left.read(due, 0, STEP, offset);
      found.fill(0);
      await right.read(found, 0, STEP, offset);
      if (due.equals(found)) continue;
      for (let at = 0; at < STEP; at += SECTOR) {
        const sector = found.subarray(at, at + SECTOR);
        if (sector.equals(due.subarray(at, at + SECTOR))) continue;
        const isEmpty =
          sector.equals(untouched) || MARKERS.includes(sector.toString('latin1', 0, 9)) || isFill(sector);
        if (!isEmpty) wrongSectors++;
        if (wanted.touches(offset + at, offset + at + SECTOR)) lostSectors++;
      }
    }
    return { lostSectors, wrongSectors };
  } finally {
    await left.close();
    await right.close();
  }
}

/** What ntfsclone and partclone leave behind their marker. */
const isFill = (sector: Buffer): boolean => sector.every((byte) => byte === 0x3f);
