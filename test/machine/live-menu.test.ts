import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { SerialShell } from '../../scripts/machine/serial-shell.ts';
import { NO_GLYPH } from '../support/console-picture.ts';
import { IMAGE, record, skipLong } from '../support/live-image.ts';
import { stickWithFile } from '../support/live-loaders.ts';
import { type LiveMachine, startLive } from '../support/live-machine.ts';
import { assertCopy, assertMap, assertReport, liveRig, onlyJob, sums } from '../support/live-rig.ts';
import {
  atScreen,
  choose,
  FIRST_SCREEN,
  IN_MEMORY,
  KEPT,
  type Seat,
  type Story,
  startRescue,
  switchOff,
  untilReport,
} from '../support/live-story.ts';

const STORY: Story = { source: /sd[a-z] .*4711/, target: /nvme\dn1 .*ERASES/, proof: '0815' };
/** Requests a second, so that the rescue has a middle. */
const PACE = 10;
/** Something was saved, and the map says so. */
const UNDER_WAY = /saved [1-9][0-9.]* MiB of[\s\S]*map saved/;
/** The question of the text-only entry, waiting for an answer; a list with the dying disk before it; frames. */
const ASKS = /q to leave\.\s*> *▁?\s*$/;
const LISTED = /^\d: .*4711[\s\S]*?q to leave\.\s*> *▁?\s*$/m;
const BOXES = /[│┌─]/;
const LETTERS_MS = 60_000;

describe('the entries of the menu that rescue', { skip: skipLong }, () => {
  test('large letters, and the others by F3; the dashboard is killed in the midst of a rescue, which goes on', async () => {
    await using rig = await liveRig(IMAGE);
    const { scene, folder } = rig;
    const image = await rig.stick('lifeboat.shell=ttyS1');
    const before = await sums([scene.source]);
    const disks = [{ ...scene.source, requestsPerSecond: PACE }, scene.target];
    await using machine = await startLive({ image, medium: 'usb', firmware: 'bios', disks }, folder);
    await choose(machine, 'l');
    const seat = atScreen(machine);
    await seat.until(FIRST_SCREEN);
    await seat.until(KEPT);
    await assertScreen(machine, { columns: 85, rows: 32 });
    await seat.press('F3');
    await assertScreen(machine, { columns: 128, rows: 48 });
    await seat.press('F3');
    await assertScreen(machine, { columns: 85, rows: 32 });
    await startRescue(seat, STORY);
    await seat.until(UNDER_WAY);
    const shell = await machine.shell();
    const engine = await engineOf(shell);
    const dashboard = await shell.run(ON_FIRST_CONSOLE);
    assert.match(dashboard, /^\d+$/, `the dashboard: ${dashboard}`);
    await shell.run(`kill -KILL ${dashboard}`);
    await goOnWatching(seat);
    assert.notEqual(await shell.run(ON_FIRST_CONSOLE), dashboard);
    assert.equal(await engineOf(shell), engine, 'the rescue is another one');
    await untilReport(seat);
    await switchOff(machine, seat);
    const counts = await machine.counts();
    assert.equal(counts.get(scene.source.serial)?.writes, 0, 'the source was written to');
    assert.deepEqual(await sums([scene.source]), before);
    await assertCopy(scene, scene.target.file, folder);
    const job = await onlyJob(image, folder);
    await assertMap(scene, join(job, 'rescue.map'));
    const named = await assertReport(scene, join(job, 'report.json'), scene.target.file, folder);
    record(
      'menu',
      'BIOS, stick: large letters, F3 and back; the dashboard killed in the midst',
      `85 by 32 letters, 128 by 48, 85 by 32; the rescue went on; the same bytes; ${named} damaged files named`,
    );
  });

  test('text only: questions and lines on the screen, and off from there', async () => {
    await using rig = await liveRig(IMAGE);
    const { scene, folder } = rig;
    await using machine = await startLive(
      { image: await rig.stick(), medium: 'usb', firmware: 'uefi', disks: [scene.source, scene.target] },
      folder,
    );
    await choose(machine, 't');
    const seat = atScreen(machine);
    await seat.until(ASKS);
    // Lines do not change by themselves: a slow machine finds its disks after the first look.
    for (let looks = 0; !LISTED.test((await seat.until(ASKS)).join('\n')); looks++) {
      assert.ok(looks < 20, `the dying disk is never listed:\n${(await seat.rows()).join('\n')}`);
      await seat.type('r\n');
    }
    const rows = await seat.rows();
    assert.doesNotMatch(rows.join('\n'), BOXES);
    await seat.type('f\n');
    await seat.until(/1\. Do not write to it\./);
    await seat.type('q\n');
    await seat.until(/"off" switches off/);
    await seat.type('off\n');
    await machine.switchedOff();
    const counts = await machine.counts();
    for (const { serial } of [scene.source, scene.target])
      assert.equal(counts.get(serial)?.writes, 0, `${serial} was written to`);
    record('menu', 'UEFI, stick: text only', 'questions and lines on the screen; off from there; 0 writes');
  });

  test('other graphics, BIOS: in the text mode of the card', async () => {
    await using rig = await liveRig(IMAGE);
    const { scene, folder } = rig;
    await using machine = await startLive(
      { image: await rig.stick(), medium: 'usb', firmware: 'bios', disks: [scene.source] },
      folder,
    );
    await choose(machine, 'g');
    await machine.terminal.until(/Loading the live system/);
    // What GRUB itself has said since the start is still there.
    assert.doesNotMatch((await machine.textMode()).join('\n'), /Unknown command|error/i);
    const seat = atScreen(machine);
    await seat.until(FIRST_SCREEN);
    await seat.until(KEPT);
    await assertScreen(machine, { columns: 80, rows: 25 });
    await seat.press('F3');
    await seat.until(/Larger letters do not fit on this screen/);
    await switchOff(machine, seat);
    record('menu', 'BIOS, stick: other graphics', "80 by 25 letters, in the card's text mode");
  });

  test('as a file on the stick of another GRUB: only in memory, and nothing is written to that stick', async () => {
    await using rig = await liveRig(IMAGE);
    const { scene, folder } = rig;
    const image = await stickWithFile(folder, IMAGE);
    const before = await sums([{ serial: 'STICK', file: image, bus: 'usb' }]);
    await using machine = await startLive(
      { image, medium: 'usb', firmware: 'bios', disks: [scene.source] },
      folder,
    );
    await machine.terminal.until(/An image in a file/);
    await machine.terminal.press('i');
    await choose(machine, 'r');
    const seat = atScreen(machine);
    await seat.until(FIRST_SCREEN);
    await seat.until(IN_MEMORY);
    await seat.until(/4711/);
    await switchOff(machine, seat);
    const counts = await machine.counts();
    for (const name of ['medium', scene.source.serial])
      assert.equal(counts.get(name)?.writes, 0, `${name} was written to`);
    assert.deepEqual(await sums([{ serial: 'STICK', file: image, bus: 'usb' }]), before);
    record(
      'menu',
      'BIOS: image in a file, by the loopback of another GRUB',
      'only in memory; 0 writes to that disk',
    );
  });
});

/**
 * The process that the first console has in its foreground: terminal 4:1, and leader of the group that has it. Others may
 * end while they are looked at.
 */
const ON_FIRST_CONSOLE = `cat /proc/[0-9]*/stat 2> /dev/null | awk '{ id = $1; sub(/.*\\) /, ""); if ($5 == 1025 && $6 == id) print id }'`;

/** The process that has the job, as its lock says. */
const engineOf = async (shell: SerialShell): Promise<number> =>
  (JSON.parse(await shell.run('cat /run/lifeboat/stick/jobs/*/lock')) as { readonly pid: number }).pid;

/** The dashboard has just begun anew: it is told which rescue to watch. */
async function goOnWatching(seat: Seat): Promise<void> {
  await seat.until(FIRST_SCREEN);
  await seat.until(/Begun: Tab or r to go on/);
  await seat.press('r');
  await seat.until(/Jobs, the latest first/);
  await seat.press('Enter');
}

/** Waits for letters of this size; then the first screen must fill its frame, with nothing outside. */
async function assertScreen(
  { screen }: LiveMachine,
  size: { readonly columns: number; readonly rows: number },
): Promise<void> {
  let wrong = '';
  for (const end = Date.now() + LETTERS_MS; Date.now() < end; await delay(1000)) {
    const [found, rows] = [await screen.size(), await screen.rows()];
    wrong = whatIsWrong(rows, size.columns);
    if (found.columns !== size.columns || found.rows !== size.rows)
      wrong = `${found.columns} by ${found.rows} letters`;
    if (wrong === '') return;
    wrong += `:\n${rows.join('\n')}`;
  }
  assert.fail(`${size.columns} by ${size.rows} letters were due; ${wrong}`);
}

/** What is not as it should be on the first screen, or nothing. */
function whatIsWrong(rows: readonly string[], columns: number): string {
  if (!FIRST_SCREEN.test(rows[0] ?? '')) return 'the first row is not at the top';
  if (rows.join('').includes(NO_GLYPH)) return 'there is something that is no letter';
  const tops = rows.filter((row) => row.startsWith('┌'));
  if (!tops.some((row) => row.length === columns)) return `no frame is as wide as the screen`;
  let width = 0;
  for (const row of rows.slice(1)) {
    if (row.startsWith('┌')) width = row.length;
    if (/^[┌│└]/.test(row) && (row.length !== width || !/[┐│┘]$/.test(row)))
      return `this frame is not closed: "${row}"`;
  }
  return '';
}
