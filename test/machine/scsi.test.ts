import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { debianKernel, moduleFiles } from '../../scripts/machine/debian-kernel.ts';
import { buildInitrd } from '../../scripts/machine/initrd.ts';
import { Machine } from '../../scripts/machine/machine.ts';
import { buildToolsDisk } from '../../scripts/machine/tools-disk.ts';
import type { JobEvent } from '../../src/jobs/job-events.ts';
import { difference } from '../support/e2e-bad-sectors.ts';
import { assertMapIsTrue } from '../support/e2e-map-truth.ts';
import { LIFEBOAT } from '../support/lifeboat.ts';
import { missing, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';
import { usedRanges } from '../support/volume-used.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const UNIT = 4096;
const SIZE_MIB = 48;
const LOSSES = '4';

/** Words for the machine's shell that let lifeboat run on, with what it says and its exit code in /m. */
const inBackground = (words: string, name: string): string =>
  `(lifeboat ${words} > /m/${name}.json 2> /m/${name}.err; echo $? > /m/${name}.code) &`;
const FINISHED_MS = 900_000;

const skip = missing({
  tools: ['qemu-system-x86_64', 'busybox', 'mkfs.ext4', 'debugfs', 'mkntfs', 'ntfs-3g', 'blkid', 'flock'],
  root: true,
});

/**
 * The kernel's own SCSI disk (`scsi_debug`) answers with sense data as real disks do, has time-outs, and can be pulled:
 * what no loop device can show.
 */
describe('a SCSI disk in a virtual machine', { skip }, () => {
  let folder: string;
  let volume: Volume;
  let machine: Machine;
  let badSector: number;
  const at = (name: string): string => join(folder, name);

  before(async () => {
    assert.ok(existsSync(LIFEBOAT), `${LIFEBOAT} is missing: run make build first`);
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-scsi-'));
    volume = await makeVolume({ sizeBytes: SIZE_MIB * MIB, populate: everyKind(8), seed: 17 });
    const { ranges } = await usedRanges(volume.image);
    const longest = ranges.toSorted((a, b) => b.end - b.start - (a.end - a.start))[0] ?? assert.fail();
    // In the midst of a large read, at neither end of its physical sector.
    badSector = Math.floor((longest.start + longest.end) / 2 / UNIT) * (UNIT / SECTOR) + 3;
    const kernel = await debianKernel();
    const drivers = ['virtio_pci', 'virtio_blk', 'sd_mod'];
    const first = await moduleFiles(kernel, drivers);
    const later = (await moduleFiles(kernel, ['scsi_debug'])).filter((file) => !first.includes(file));
    await buildInitrd(at('initrd'), first, later);
    await buildToolsDisk(at('tools'), [LIFEBOAT, '/usr/sbin/blkid', '/usr/bin/flock']);
    await writeFile(at('saved'), '');
    await truncate(at('saved'), 4 * SIZE_MIB * MIB);
    await runOrThrow('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', at('saved')]);
    machine = await Machine.start({
      kernel: kernel.image,
      initrd: at('initrd'),
      disks: [
        { file: at('tools'), readOnly: true, serial: 'tools' },
        { file: volume.image, readOnly: true, serial: 'volume' },
        { file: at('saved'), serial: 'saved' },
      ],
    });
    const words = `dev_size_mb=${SIZE_MIB} physblk_exp=3 medium_error_start=${badSector} medium_error_count=1`;
    for (const file of later) {
      await machine.run(`insmod /modules/${basename(file)} ${file.endsWith('scsi_debug.ko') ? words : ''}`);
    }
    await machine.run(
      'for i in $(seq 100); do [ -b /dev/sda ] && break; usleep 50000; done; [ -b /dev/sda ]',
    );
    await machine.run(
      `dd if=/dev/vdb of=/dev/sda bs=1M 2> /dev/null; sync; echo 3 > /proc/sys/vm/drop_caches`,
    );
    await machine.run('mkdir -p /m && mount /dev/vdc /m');
    // From here on the bad sector is bad.
    await machine.run('echo 2 > /sys/bus/pseudo/drivers/scsi_debug/opts');
  });

  after(async () => {
    await machine?.[Symbol.asyncDispose]();
    await volume?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Brings a file from the machine's disk to this side. */
  async function fetch(name: string): Promise<string> {
    await machine.run('sync; echo 3 > /proc/sys/vm/drop_caches');
    await runOrThrow('debugfs', ['-R', `dump /${name} ${at(name)}`, at('saved')]);
    return at(name);
  }

  const eventsOf = async (name: string): Promise<JobEvent[]> =>
    (await readFile(await fetch(name), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JobEvent);

  /** The volume as it can be saved at best: the physical sector with the bad one in it is marked. */
  async function expected(): Promise<string> {
    const due = at('due.img');
    const bytes = await readFile(volume.image);
    const marker = Buffer.alloc(SECTOR, '?');
    marker.write('BadSectoR\0', 'latin1');
    const unit = Math.floor((badSector * SECTOR) / UNIT) * UNIT;
    for (let sector = unit; sector < unit + UNIT; sector += SECTOR) marker.copy(bytes, sector);
    await writeFile(due, bytes);
    return due;
  }

  test('one physical sector is lost, by two failing reads; the time-outs are lowered and put back', async () => {
    const timeout = '/sys/block/sda/device/timeout';
    const original = await machine.run(`cat ${timeout}`);
    const code = await machine.run(
      `${inBackground('rescue /dev/sda /m/named.img --all-sectors --yes --json', 'named')}
       while ! [ -e /m/named.code ]; do cat ${timeout}; usleep 100000; done | sort -u > /m/timeouts; cat /m/named.code`,
      FINISHED_MS,
    );
    assert.equal(code, LOSSES, await machine.run('cat /m/named.err'));
    const seen = (await machine.run('cat /m/timeouts')).split(/\s+/);
    assert.ok(
      seen.some((seconds) => Number(seconds) < Number(original)),
      `${original} before, ${seen} while it ran`,
    );
    assert.equal(await machine.run(`cat ${timeout}`), original);
    const faults = (await eventsOf('named.json')).filter((event) => event.event === 'fault');
    assert.equal(faults.length, 2);
    const single = faults.find((fault) => fault.decided) ?? assert.fail('nothing was decided');
    assert.equal(single.end - single.start, UNIT);
    assert.ok(single.start <= badSector * SECTOR && badSector * SECTOR < single.end);
    assert.equal(await difference(await expected(), await fetch('named.img')), '');
  });

  test('a disk that is pulled and put back is known again, under whatever name, and the rescue goes on', async () => {
    // A fifth of a second for each request, so that it does not end too soon.
    await machine.run('echo 50 > /sys/bus/pseudo/drivers/scsi_debug/delay');
    await machine.run(
      `${inBackground('rescue /dev/sda /m/pulled.img --all-sectors --yes --wait forever --json', 'pulled')}
       while ! grep -q '^0x[0-9A-F]*  *0x[0-9A-F]*  *+' /m/pulled.img.map 2> /dev/null; do usleep 100000; done
       echo 1 > /sys/block/sda/device/delete
       while ! grep -q 'The source is gone' /m/pulled.json; do usleep 100000; done`,
      FINISHED_MS,
    );
    await assertMapIsTrue(await fetch('pulled.img.map'), await fetch('pulled.img'), volume.image);
    await machine.run(
      'echo 0 > /sys/bus/pseudo/drivers/scsi_debug/delay; for s in /sys/class/scsi_host/*/scan; do echo "- - -" > $s; done',
    );
    const code = await machine.run(
      'while ! [ -e /m/pulled.code ]; do usleep 100000; done; cat /m/pulled.code',
      FINISHED_MS,
    );
    assert.equal(code, LOSSES, await machine.run('tail -c 2000 /m/pulled.json; cat /m/pulled.err'));
    assert.match(await readFile(await fetch('pulled.json'), 'utf8'), /It is back as \/dev\/sd/);
    assert.equal(await difference(await expected(), await fetch('pulled.img')), '');
  });
});
