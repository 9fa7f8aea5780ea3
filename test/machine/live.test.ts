import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type LiveScene, makeScene } from '../../scripts/machine/live-scene.ts';
import type { Bus, Firmware, LiveDisk } from '../../scripts/machine/live-words.ts';
import { type LiveMachine, startLive } from '../support/live-machine.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';

const IMAGE = resolve(import.meta.dirname, '../../dist/lifeboat.iso');
const MIB = 2 ** 20;
const SECTOR = 512;
/** Where the stick's own partition begins is told by its table; it is the third one. */
const DATA_PARTITION = 3;

/** Machines without KVM take minutes: they are not for every run of the tests. */
const notNow =
  process.env.LIFEBOAT_TEST_ISO === 'all'
    ? existsSync(IMAGE)
      ? missing({ tools: ['qemu-system-x86_64', 'mkntfs', 'mcopy', 'ddrescuelog', 'sfdisk'], root: true })
      : `NOT TESTED: there is no ${IMAGE}; run: make iso`
    : 'NOT TESTED: virtual machines take minutes; run: make test-iso';

describe('the live image as a machine', { skip: notNow }, () => {
  let folder: string;
  let scene: LiveScene;
  let bystanders: LiveDisk[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-live-'));
    scene = await makeScene(folder, 96 * MIB, 200);
    bystanders = await makeBystanders(folder);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  /** A fresh medium, as it comes from `make stick`. */
  const medium = async (): Promise<string> => {
    const path = join(folder, 'medium.img');
    await copyFile(IMAGE, path);
    return path;
  };

  test('from power-on through the dashboard to the report: a dying disk is saved, nothing else is written', async () => {
    await rm(scene.target.file);
    await writeFile(scene.target.file, '');
    await truncate(scene.target.file, scene.volumeBytes + 32 * MIB);
    const image = await medium();
    const disks = [scene.source, scene.target, ...bystanders];
    const before = await sums([scene.source, ...bystanders]);
    await using machine = await startLive({ image, medium: 'usb', firmware: 'bios', disks }, folder);
    const { terminal } = machine;
    await overSerial(machine);
    await terminal.until(/work: on the stick/);
    await choose(machine, /4711/);
    await terminal.press('Enter');
    await terminal.until(/Step 1 of 4/);
    await terminal.press('Enter');
    await terminal.until(/Step 2 of 4/);
    await choose(machine, /nvme0n1 .*ERASES/);
    await terminal.press('Enter');
    await terminal.until(/Step 3 of 4/);
    await terminal.press('Enter');
    await terminal.until(/Step 4 of 4/);
    await terminal.type('0815');
    await terminal.press('Enter');
    const shown = (await terminal.until(/Damaged files/)).join('\n');
    assert.match(shown, /Finished/);
    const counts = await machine.counts();
    for (const { serial } of [scene.source, ...bystanders]) {
      assert.equal(counts.get(serial)?.writes, 0, `${serial} was written to`);
    }
    assert.ok((counts.get(scene.target.serial)?.writes ?? 0) > 0, 'the target was not written to');
    await switchOff(machine);
    const last = await machine.counts();
    for (const { serial } of [scene.source, ...bystanders]) {
      assert.equal(last.get(serial)?.writes, 0, `${serial} was written to while the machine went off`);
    }
    assert.deepEqual(await sums([scene.source, ...bystanders]), before);

    // The copy, compared from outside: all that is in use, but the sectors that cannot be read.
    await assertCopy(scene, folder);
    // The map on the stick, judged by ddrescue's own tool.
    const map = await mapOf(image, folder);
    const listed = (await runOrThrow('ddrescuelog', ['-b512', '-l-', map])).trim().split('\n').map(Number);
    assert.deepEqual(listed, scene.badSectors);
  });

  const starts: readonly [firmware: Firmware, medium: 'usb' | 'cd', bus: Bus, words: RegExp][] = [
    ['bios', 'cd', 'virtio', /ONLY IN MEMORY/],
    ['uefi', 'usb', 'usb', /on the stick/],
    ['secure', 'usb', 'ahci', /on the stick/],
    ['secure', 'cd', 'nvme', /ONLY IN MEMORY/],
  ];
  for (const [firmware, from, bus, words] of starts) {
    test(`${firmware} from ${from}: the dashboard shows a disk on ${bus}, and no disk is written to`, async () => {
      const image = await medium();
      const source = { ...scene.source, bus };
      const disks = [source, ...bystanders];
      await using machine = await startLive({ image, medium: from, firmware, disks }, folder);
      await overSerial(machine);
      await machine.terminal.until(/Family photos/);
      await machine.terminal.until(words);
      const counts = await machine.counts();
      for (const { serial } of disks) assert.equal(counts.get(serial)?.writes, 0, `${serial} was written to`);
      await switchOff(machine);
    });
  }

  test('a stick that is pulled after the start is missed in words, and the dashboard goes on', async () => {
    const image = await medium();
    await using machine = await startLive(
      { image, medium: 'usb', firmware: 'bios', disks: [scene.source], memoryMegabytes: 1024 },
      folder,
    );
    await overSerial(machine);
    await machine.terminal.until(/on the stick/);
    await machine.pull('medium');
    await machine.terminal.until(/ONLY IN MEMORY/);
    await machine.terminal.until(/Family photos/);
    await switchOff(machine);
  });
});

/** Takes the menu's entry for the serial line, and waits for the disks. */
async function overSerial({ terminal }: LiveMachine): Promise<void> {
  await terminal.until(/Rescue a disk over a serial line/);
  await terminal.press('s');
  await terminal.until(/LIFEBOAT .*What is attached/);
}

/** Moves the mark of a list to the row that matches. */
async function choose({ terminal }: LiveMachine, row: RegExp): Promise<void> {
  await terminal.until(row);
  for (let tries = 0; tries < 30; tries++) {
    if ((await terminal.rows()).some((text) => /^. ?>/.test(text) && row.test(text))) return;
    await terminal.press('Down');
    await delay(1500);
  }
  throw new Error(`no row ${row}:\n${(await terminal.rows()).join('\n')}`);
}

/** Through the dashboard, as a person would. */
async function switchOff(machine: LiveMachine): Promise<void> {
  const { terminal } = machine;
  await terminal.press('F10');
  await terminal.until(/Switch the computer off/);
  await terminal.press('Down');
  await delay(1000);
  await terminal.press('Enter');
  await machine.switchedOff();
}

/** Disks that a careless system would write to: an ext4 that was not unmounted, swap, LVM, a hibernated Windows. */
async function makeBystanders(folder: string): Promise<LiveDisk[]> {
  const made = async (
    serial: string,
    bus: Bus,
    make: (file: string) => Promise<unknown>,
  ): Promise<LiveDisk> => {
    const file = join(folder, `${serial}.img`);
    await writeFile(file, '');
    await truncate(file, 32 * MIB);
    await make(file);
    return { serial, file, bus };
  };
  return [
    await made('EXT4', 'virtio', async (file) => {
      await runOrThrow('mkfs.ext4', ['-q', file]);
      // As after a crash: the next mount would replay the journal and write.
      await run('debugfs', ['-w', '-R', 'ssv state 0', file]);
    }),
    await made('SWAP', 'virtio', (file) => runOrThrow('mkswap', [file])),
    await made('HIBER', 'virtio', async (file) => {
      await runOrThrow('mkntfs', ['-F', '-q', '-Q', '-L', 'Hibernated', file]);
      const content = join(folder, 'hiberfil.sys');
      await writeFile(content, Buffer.concat([Buffer.from('hibr'), Buffer.alloc(8192)]));
      await runOrThrow('ntfscp', ['-f', file, content, 'hiberfil.sys']);
    }),
  ];
}

async function sums(disks: readonly LiveDisk[]): Promise<string[]> {
  const sum = async ({ file }: LiveDisk) =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  return Promise.all(disks.map(sum));
}

/** ntfsclone, which knows nothing of us, says what a faithful copy of the healthy volume holds. */
async function assertCopy(scene: LiveScene, folder: string): Promise<void> {
  const faithful = join(folder, 'faithful.img');
  await runOrThrow('ntfsclone', ['--overwrite', faithful, '--quiet', '--force', scene.volume]);
  const [copy, truth] = await Promise.all([readFile(scene.target.file), readFile(faithful)]);
  const bad = new Set(scene.badSectors);
  const different: number[] = [];
  for (let sector = 0; sector < scene.volumeBytes / SECTOR; sector++) {
    const range = [sector * SECTOR, (sector + 1) * SECTOR] as const;
    const wanted = bad.has(sector) ? undefined : truth.subarray(...range);
    const got = copy.subarray(...range);
    if (wanted ? !got.equals(wanted) : got.toString('latin1', 0, 9) !== 'BadSectoR') different.push(sector);
  }
  assert.deepEqual(different, []);
}

/** Takes the map of the only job off the stick, as Windows would show it. */
async function mapOf(image: string, folder: string): Promise<string> {
  const table = JSON.parse(await runOrThrow('sfdisk', ['--json', image])) as {
    partitiontable: { partitions: { node: string; start: number }[] };
  };
  const data = table.partitiontable.partitions.find(({ node }) => node.endsWith(String(DATA_PARTITION)));
  assert.ok(data, 'the image has no data partition');
  const drive = `${image}@@${data.start * SECTOR}`;
  const kept = join(folder, 'kept');
  await runOrThrow('mcopy', ['-s', '-i', drive, '::jobs', kept]);
  const maps = (await runOrThrow('find', [kept, '-name', '*.map'])).trim().split('\n');
  assert.equal(maps.length, 1, `maps on the stick: ${maps.join(' ')}`);
  return maps[0] as string;
}
