import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BUSES, type Bus, type LiveDisk } from '../../scripts/machine/disk-words.ts';
import { emptyDisk, type LiveScene } from '../../scripts/machine/live-scene.ts';
import type { SerialShell } from '../../scripts/machine/serial-shell.ts';
import { IMAGE, record } from './live-image.ts';
import { startLive } from './live-machine.ts';
import { assertCopy, assertMap, assertReport, type LiveRig, sums } from './live-rig.ts';
import {
  atScreen,
  editEntry,
  FIRST_SCREEN,
  IN_MEMORY,
  KEPT,
  startRescue,
  switchOff,
  untilReport,
} from './live-story.ts';
import { runOrThrow } from './tools.ts';

const MIB = 2 ** 20;
/** Cards of QEMU have a size that is a power of two. */
const CARD_BYTES = 128 * MIB;
/** How a rescue ends that could not read all of its source. */
const [SAVED, LOSSES] = [0, 4];
const RESCUE_MS = 600_000;
/** For the last disk to be found. */
const FOUND_MS = 300_000;

/** A firmware and a medium, a column of the table. */
export type Start = Pick<Parameters<typeof startLive>[0], 'firmware' | 'medium'>;

/** One rescue of a machine: from a disk on a bus to one on another. */
interface Pair {
  readonly source: LiveDisk;
  readonly target: LiveDisk;
}

/**
 * Two rescues a machine, over four of the buses: each bus is where a dying disk is and where a copy goes in two machines
 * of each six. A machine has one card; what goes through the dashboard comes first, and is none with a card, which
 * cannot fail and has no number to prove it by.
 */
async function pairsFor(rig: LiveRig, number: number): Promise<Pair[]> {
  const bus = (step: number): Bus => BUSES[(number + step) % BUSES.length] as Bus;
  const ways: (readonly [Bus, Bus])[] = [
    [bus(0), bus(1)],
    [bus(2), bus(4)],
  ];
  if (ways[0]?.includes('sd')) ways.reverse();
  return Promise.all(
    ways.map(async ([from, to], i) => ({
      source: await sourceOn(rig, from),
      target: await targetOn(rig, to, i),
    })),
  );
}

async function sourceOn({ scene, folder }: LiveRig, bus: Bus): Promise<LiveDisk> {
  const disk = { ...scene.source, serial: `SRC-${bus.toUpperCase()}`, bus };
  if (bus !== 'sd') return disk;
  const file = join(folder, 'card.img');
  await runOrThrow('cp', ['--sparse=always', scene.source.file, file]);
  await runOrThrow('truncate', ['-s', String(CARD_BYTES), file]);
  return { serial: disk.serial, file, bus };
}

async function targetOn({ folder }: LiveRig, bus: Bus, number: number): Promise<LiveDisk> {
  const serial = `T${number}-${bus.toUpperCase()}`;
  return { ...(await emptyDisk(serial, join(folder, `${serial}.img`), CARD_BYTES)), bus };
}

/**
 * What the disks are called in the live system, once all of them are there: a slow machine may find the last one long
 * after its first screen. Cards have no serial number of ours.
 */
async function namesOf(shell: SerialShell, disks: readonly LiveDisk[]): Promise<(disk: LiveDisk) => string> {
  // Each look takes such a machine seconds of its processor, which its drivers need.
  for (const end = Date.now() + FOUND_MS; ; await delay(10_000)) {
    // It fails as long as a disk has not answered yet, and says all the same what is there.
    const said = await shell.run('lifeboat probe --json 2> /dev/null || true');
    const found = (JSON.parse(said) as { readonly disks: readonly FoundDisk[] }).disks;
    const nameOf = ({ serial, bus }: LiveDisk): string | undefined =>
      found.find((disk) => (bus === 'sd' ? disk.name === 'mmcblk0' : disk.serial === serial))?.name;
    const missing = disks.filter((disk) => nameOf(disk) === undefined);
    if (missing.length === 0) return (disk) => nameOf(disk) as string;
    const names = missing.map(({ serial }) => serial).join(' ');
    assert.ok(Date.now() < end, `${names} not among ${said}`);
  }
}

/** A disk as `lifeboat probe --json` tells of it. */
interface FoundDisk {
  readonly name: string;
  readonly serial?: string;
}

/** The only partition of a dying disk. */
const firstPartition = (name: string): string => (/\d$/.test(name) ? `${name}p1` : `${name}1`);

/**
 * Starts a machine in this way, and saves the dying disk from a bus to another one, through the dashboard, and from a
 * third to a fourth by a command; then everything is judged from outside, and a line for each is put down.
 */
export async function playStart(rig: LiveRig, start: Start, number: number): Promise<void> {
  const pairs = await pairsFor(rig, number);
  const image = start.medium === 'usb' ? await rig.stick('lifeboat.shell=ttyS1') : IMAGE;
  const sources = pairs.map(({ source }) => source);
  const before = await sums(sources);
  const disks = pairs.flatMap(({ source, target }) => [source, target]);
  await using machine = await startLive({ ...start, image, disks }, rig.folder);
  const switchedOn = performance.now();
  if (start.medium === 'cd') await editEntry(machine, 'lifeboat.shell=ttyS1');
  const seat = atScreen(machine);
  await seat.until(FIRST_SCREEN);
  const firstScreenMs = performance.now() - switchedOn;
  await seat.until(start.medium === 'cd' ? IN_MEMORY : KEPT);
  const shell = await machine.shell();
  record('start', `${start.firmware}, ${start.medium}`, await startText(shell, firstScreenMs, switchedOn));
  const nameOf = await namesOf(shell, disks);
  const [first, ...others] = pairs as [Pair, ...Pair[]];
  await startRescue(seat, {
    source: new RegExp(` ${nameOf(first.source)} `),
    target: new RegExp(`${nameOf(first.target)} .*ERASES`),
    proof: first.target.serial.slice(-4),
  });
  await untilReport(seat);
  for (const { source, target } of others) {
    const [from, to] = [firstPartition(nameOf(source)), nameOf(target)];
    const command = `lifeboat rescue /dev/${from} /dev/${to} --yes > /tmp/said 2>&1; echo $?; cat /tmp/said`;
    const said = await shell.run(command, RESCUE_MS);
    assert.equal(Number.parseInt(said, 10), source.badSectors ? LOSSES : SAVED, `${from} to ${to}: ${said}`);
  }
  const kept: Kept[] = [];
  for (const { source, target } of pairs) {
    const job = `/run/lifeboat/stick/jobs/${firstPartition(nameOf(source))}-to-${nameOf(target)}`;
    kept.push({
      map: await shell.run(`cat ${job}/rescue.map`),
      report: await shell.run(`cat ${job}/report.json`),
    });
  }
  await switchOff(machine, seat);
  const counts = await machine.counts();
  for (const { serial } of sources) assert.equal(counts.get(serial)?.writes, 0, `${serial} was written to`);
  assert.deepEqual(await sums(sources), before);
  for (const [i, pair] of pairs.entries()) {
    const judged = await judge(rig, pair, kept[i] as Kept);
    const way = `${start.firmware}, ${start.medium}: ${pair.source.bus} to ${pair.target.bus}`;
    record('table', `${way}${i === 0 ? ', through the dashboard' : ''}`, judged);
  }
}

/** How long a start took and which parts of it, and what is in use of the memory. `switchedOn` is in milliseconds. */
async function startText(shell: SerialShell, firstScreenMs: number, switchedOn: number): Promise<string> {
  const said = await shell.run(
    "cut -d' ' -f1 /proc/uptime; dmesg | sed -n 's/^. *\\([0-9.]*\\). Run .init as init.*/\\1/p'; free -m | awk '/^Mem/ { print $2, $2 - $7 }'",
  );
  const figures = /(\d+\.\d+)\s+(\d+\.\d+)\s+(\d+) (\d+)$/.exec(said);
  assert.ok(figures, `the figures of the start: ${said}`);
  const [uptime = 0, kernel = 0, memory = 0, used = 0] = figures.slice(1).map(Number);
  const loaderMs = performance.now() - switchedOn - uptime * 1000;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(0)} s`;
  const toKernel = seconds(loaderMs + kernel * 1000);
  return `first screen after ${seconds(firstScreenMs)}, of which firmware, GRUB and kernel alone ${toKernel}; ${used} of ${memory} MB in use`;
}

/** What a rescue has left on the stick, or in memory. */
interface Kept {
  readonly map: string;
  readonly report: string;
}

/** Holds target, map and report against the truth. */
async function judge({ scene, folder }: LiveRig, { source, target }: Pair, kept: Kept): Promise<string> {
  const due: LiveScene = { ...scene, badSectors: source.badSectors ? scene.badSectors : [] };
  await assertCopy(due, target.file, folder);
  const [map, report] = [join(folder, 'judged.map'), join(folder, 'judged.json')];
  await writeFile(map, `${kept.map}\n`);
  await writeFile(report, kept.report);
  await assertMap(due, map);
  if (due.badSectors.length === 0) return 'the same bytes; source 0 writes';
  const named = await assertReport(due, report, target.file, folder);
  return `the same bytes but ${due.badSectors.length} bad sectors; ${named} damaged files named; source 0 writes`;
}
