import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BlockFacts } from '../../src/block/path-facts.ts';
import { DriveErcTool } from '../../src/jobs/drive-erc.ts';
import { SourceTimeouts, type TimeoutPlaces } from '../../src/jobs/source-timeouts.ts';

/** A sysfs with one SATA, one USB and one NVMe disk, and a smartctl that knows the first. */
async function machine(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'lifeboat-timeouts-'));
  t.after(() => rm(root, { recursive: true }));
  const sys = join(root, 'sys');
  const erc = join(root, 'erc');
  const files: Record<string, string> = {
    'sda/diskseq': '7\n',
    'sda/device/vendor': 'ATA     \n',
    'sda/device/timeout': '30\n',
    'sda/device/eh_timeout': '10\n',
    'sdb/diskseq': '8\n',
    'sdb/device/vendor': 'SanDisk \n',
    'sdb/device/timeout': '10\n',
    'sdb/device/eh_timeout': '10\n',
    'nvme0n1/diskseq': '9\n',
    'nvme0n1/queue/io_timeout': '30000\n',
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(sys, 'block', file)), { recursive: true });
    await writeFile(join(sys, 'block', file), text);
  }
  await writeFile(erc, 'false 0 100');
  const tool = join(root, 'smartctl');
  await writeFile(
    tool,
    `#!/bin/sh
case "$*" in
  "--json -l scterc /dev/sda") read -r on r w < ${erc}
    echo "{\\"ata_sct_erc\\":{\\"read\\":{\\"enabled\\":$on,\\"deciseconds\\":$r},\\"write\\":{\\"enabled\\":true,\\"deciseconds\\":$w}}}" ;;
  "-q errorsonly -l scterc,"*" /dev/sda") set -- $4; IFS=,; set -- $1
    [ "$2" = 0 ] && echo "false 0 $3" > ${erc} || echo "true $2 $3" > ${erc} ;;
  *) exit 2 ;;
esac
`,
  );
  await chmod(tool, 0o755);
  const places: TimeoutPlaces = { sys, state: join(root, 'run/timeouts'), erc: new DriveErcTool(tool) };
  const notes: string[] = [];
  return {
    places,
    notes,
    timeouts: () => new SourceTimeouts((message) => notes.push(message), places),
    read: async (file: string) => (await readFile(join(sys, 'block', file), 'utf8')).trim(),
    write: (file: string, text: string) => writeFile(join(sys, 'block', file), text),
    ercNow: async () => (await readFile(erc, 'utf8')).trim(),
    left: () => readdir(places.state).catch((): string[] => []),
  };
}

const disk = (diskName: string, diskSequence: number): BlockFacts => ({
  kind: 'block',
  path: `/dev/${diskName}1`,
  realPath: `/dev/${diskName}1`,
  name: `${diskName}1`,
  majorMinor: '8:1',
  sizeBytes: 1 << 20,
  logicalSectorBytes: 512,
  physicalSectorBytes: 512,
  readOnly: false,
  rotational: true,
  diskName,
  diskMajorMinor: '8:0',
  diskSequence,
});

test('time-outs are lowered, never raised, told, and put back at the end', async (t) => {
  const { timeouts, notes, read, ercNow, left } = await machine(t);
  const sata = timeouts();
  await sata.lower(disk('sda', 7));
  assert.deepEqual([await read('sda/device/timeout'), await read('sda/device/eh_timeout')], ['15', '5']);
  assert.equal(await ercNow(), 'true 70 100');
  assert.match(notes.join(), /sda.*timeout from 30 to 15.*eh_timeout from 10 to 5.*SCT ERC.*7 s/);
  assert.deepEqual(await left(), ['sda.json']);
  await sata.restore();
  assert.deepEqual([await read('sda/device/timeout'), await read('sda/device/eh_timeout')], ['30', '10']);
  assert.equal(await ercNow(), 'false 0 100');
  assert.deepEqual(await left(), []);

  const usb = timeouts();
  await usb.lower(disk('sdb', 8));
  assert.deepEqual([await read('sdb/device/timeout'), await read('sdb/device/eh_timeout')], ['10', '5']);
  // The disk came back under another name: the old one is put back, the new one lowered.
  await usb.lower(disk('nvme0n1', 9));
  assert.equal(await read('sdb/device/eh_timeout'), '10');
  assert.equal(await read('nvme0n1/queue/io_timeout'), '15000');
  await usb.restore();
  assert.equal(await read('nvme0n1/queue/io_timeout'), '30000');
});

test('what a killed rescue has left behind is put back by the next one, and only that', async (t) => {
  const { places, timeouts, read, write, ercNow, left } = await machine(t);
  await timeouts().lower(disk('sda', 7));
  const path = join(places.state, 'sda.json');
  const note = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  // While its owner lives nobody else touches it, not even for a rescue of the same disk.
  await timeouts().restoreLeftovers();
  const second = timeouts();
  await second.lower(disk('sda', 7));
  await second.restore();
  assert.equal(await read('sda/device/timeout'), '15');

  const killed = async (changes: object): Promise<void> => {
    await writeFile(path, JSON.stringify({ ...note, startTicks: '1', ...changes }));
    await timeouts().restoreLeftovers();
    assert.deepEqual(await left(), [], 'the note is gone');
  };
  // Another attachment, or another start of the machine, has time-outs of its own.
  await killed({ diskSequence: 6 });
  await killed({ bootId: 'another' });
  assert.equal(await read('sda/device/timeout'), '15');
  // What somebody has set since stays.
  await write('sda/device/eh_timeout', '3\n');
  await killed({});
  assert.deepEqual([await read('sda/device/timeout'), await read('sda/device/eh_timeout')], ['30', '3']);
  assert.equal(await ercNow(), 'false 0 100');
  // A note that was tampered with leads nowhere.
  const evil = { ...note, startTicks: '1', timeouts: [{ file: '../../../evil', before: 1, after: 1 }] };
  await writeFile(path, JSON.stringify(evil));
  await timeouts().restoreLeftovers();
  assert.deepEqual(await left(), ['sda.json']);
});

test('without a place for the note, or without the right, nothing is changed for good', async (t) => {
  const { places, read, notes } = await machine(t);
  const nowhere = new SourceTimeouts((message) => notes.push(message), {
    ...places,
    state: join(places.sys, 'block/sda/diskseq/nowhere'),
  });
  await nowhere.lower(disk('sda', 7));
  assert.equal(await read('sda/device/timeout'), '30');
  assert.match(notes.join(), /left as they are/);
  // A disk without any of these files, such as a loop device.
  await nowhere.lower(disk('loop0', 3));
  assert.equal(notes.length, 1);
});
