import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { ITEM_IDS } from '../../src/boot/items.ts';
import { jobFiles } from '../../src/jobs/job-files.ts';
import { ARCHIVE_NEEDS } from '../support/archive-rig.ts';
import {
  BOOT_TOOLS,
  type BootDiskImage,
  type Layout,
  MBR_CODE,
  makeBootDisk,
} from '../support/boot-disks.ts';
import { deviceElement, letterData } from '../support/boot-hives.ts';
import { BootImage, le32 } from '../support/boot-image.ts';
import { judgeBootDisk } from '../support/boot-judges.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { smallFileSystem } from '../support/e2e-tmpfs.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { type LifeboatRun, lifeboat, type RunOptions } from '../support/lifeboat.ts';
import { terminalSession } from '../support/terminal-session.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
import { mountVolume } from '../support/volume-mount.ts';

const skip = missing({
  tools: [
    ...BOOT_TOOLS,
    ...FAILING_DISK_NEEDS.tools,
    ...ARCHIVE_NEEDS.tools,
    ...['hivexget', 'reged', 'ntfsfix', 'fsck.fat', 'tmux', 'efibootmgr', 'partx', 'getfattr'],
  ],
  files: [MBR_CODE],
  root: true,
});

interface Told {
  readonly name: string;
  readonly state: string;
  readonly read: string;
  readonly advice?: string;
}
interface Checked {
  readonly verdict: string;
  readonly findings: readonly Told[];
}

describe('bootcheck', { skip }, () => {
  let own: Scratch;
  const disks = new Map<Layout, BootDiskImage>();
  let count = 0;

  before(async () => {
    own = await scratch();
    for (const layout of ['xp', 'mbr', 'gpt'] as const) {
      await mkdir(own.path(layout));
      disks.set(layout, await makeBootDisk(own.path(layout), layout));
    }
  });
  after(() => own[Symbol.asyncDispose]());

  /** A copy of a disk, to be broken. */
  async function copy(layout: Layout): Promise<BootImage> {
    const disk = disks.get(layout);
    assert.ok(disk);
    const path = own.path(`copy-${count++}.img`);
    await runOrThrow('cp', ['--sparse=always', disk.path, path]);
    return new BootImage({ ...disk, path });
  }

  /** Runs in the scratch folder, where undo files go. */
  const bootcheck = (words: readonly string[], options: RunOptions = {}): Promise<LifeboatRun> =>
    lifeboat(['bootcheck', ...words], { cwd: own.path('.'), ...options });

  async function checked(device: string, options: RunOptions = {}): Promise<Checked> {
    const { stdout, stderr } = await bootcheck([device, '--json'], options);
    assert.equal(stderr, '');
    return JSON.parse(stdout) as Checked;
  }

  const told = ({ findings }: Checked, name: string): Told | undefined =>
    findings.find((one) => one.name === name);

  const undoFileOf = (stdout: string): string => /bootcheck undo (\S+\.undo)/.exec(stdout)?.[1] ?? '';

  const same = async (one: string, other: string): Promise<void> =>
    void (await runOrThrow('cmp', [one, other]));

  test('a disk that is right: a table of 80 columns, every item, exit code 0', async () => {
    for (const layout of ['xp', 'mbr', 'gpt'] as const) {
      const image = await copy(layout);
      const { code, stdout, stderr } = await bootcheck([image.disk.path, '--all']);
      assert.equal(code, 0, stdout);
      assert.equal(stderr, '');
      const lines = stdout.split('\n');
      for (const line of lines) assert.ok(line.length <= 80, line);
      for (const item of ITEM_IDS)
        assert.ok(
          lines.some((line) => line.startsWith(item)),
          item,
        );
      assert.match(stdout, /Nothing speaks against Windows booting from it/);
      const disk = disks.get(layout);
      await same(image.disk.path, disk?.path ?? '');
      const { verdict, findings } = await checked(image.disk.path);
      assert.equal(verdict, 'boots');
      assert.deepEqual(new Set(findings.map(({ name }) => name.split(':')[0])), new Set(ITEM_IDS));
    }
  });

  test('wrong words, wrong places', async () => {
    const image = await copy('xp');
    const { path } = image.disk;
    for (const [words, code, says] of [
      [[], 2, /say which disk/],
      [[path, 'M4'], 2, /one disk is expected/],
      [[path, '--fix', 'Q9'], 2, /there is no item "Q9"/],
      [[path, '--fix', 'N2:x'], 2, /is not an item/],
      [[path, '--fix', 'all', 'M4'], 2, /"all" is all there is/],
      [[path, '--active', '7', '--fix', 'M4'], 2, /1 to 4/],
      [['--explain', 'Z'], 2, /there is no item/],
      [['undo'], 2, /which undo file/],
      [[own.path('nothing')], 3, /There is nothing at/],
      [[own.path('.')], 3, /neither a disk nor an image/],
      [[path, '--fix', 'M4'], 3, /Nobody can be asked/],
      [[path, '--fix', 'M4', '--yes', '--undo-file', '/nowhere/x.undo'], 4, /nothing to be fixed/],
      [[path, '--donor', path.replace('copy', 'none')], 3, /nothing of that name/],
      [[path, '--mbr-code', own.path('none')], 3, /cannot be read/],
      [['undo', path, '--yes'], 3, /is no undo file/],
    ] as const) {
      const result = await bootcheck(words);
      assert.equal(result.code, code, `${words.join(' ')}: ${result.stdout}${result.stderr}`);
      const said = result.stdout + result.stderr;
      assert.match(said, says);
      if (code !== 4) assert.equal(result.stderr.trim().split('\n').length, 1, result.stderr);
    }
    await same(path, disks.get('xp')?.path ?? '');
    for (const item of ITEM_IDS) {
      const { code, stdout } = await bootcheck(['--explain', item.toLowerCase()]);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^${item}  [\\s\\S]*Fix: `));
    }
  });

  test('a disk with a dozen things wrong: --dry-run shows them, --fix all mends them, undo brings them back', async () => {
    const image = await copy('mbr');
    const { path } = image.disk;
    image.write(0, Buffer.alloc(440));
    image.write(446, Buffer.of(0));
    image.write(446 + 16, Buffer.of(0x80));
    image.write(446 + 20, Buffer.of(0x17));
    for (const at of [0, image.size(1) - 512]) {
      image.writeIn(1, at + 0x18, Buffer.alloc(8));
      image.writeIn(1, at + 0x24, Buffer.of(0));
    }
    image.writeIn(2, image.size(2) - 512, Buffer.alloc(512));
    const elsewhere = { signature: 0x0badf00d, offsetBytes: 63 * 512 };
    for (const part of [1, 2]) {
      image.replace(
        1,
        deviceElement(image.disk.place(part)),
        deviceElement({ ...elsewhere, offsetBytes: image.start(part) }),
      );
    }
    image.replace(2, letterData(image.disk.place(2)), letterData(elsewhere));
    const broken = own.path('broken.img');
    await runOrThrow('cp', ['--sparse=always', path, broken]);
    await using loop = await loopDevice(path);
    const before = await checked(loop.device);
    assert.equal(before.verdict, 'fails');
    for (const name of ['M2', 'M4', 'N0:2', 'N2:1', 'N3:1', 'N4:1', 'N6:2', 'B1:1', 'R1:2']) {
      assert.match(told(before, name)?.state ?? '', /failing|warning/, name);
    }
    const dry = await bootcheck([loop.device, '--fix', 'all', '--dry-run']);
    assert.match(
      dry.stdout,
      /byte 0x1BE \(446\), 1 byte: status of partition 1 in the table\n +before +00\n +after +80\n/,
    );
    assert.match(dry.stdout, /Nothing was written/);
    await same(path, broken);
    const fixed = await bootcheck([loop.device, '--fix', 'all', '--yes']);
    assert.equal(fixed.code, 0, fixed.stdout + fixed.stderr);
    assert.match(fixed.stdout, /Nothing speaks against/);
    for (const line of fixed.stdout.split('\n')) assert.ok(line.length <= 80 || line.includes('.undo'), line);
    await judgeBootDisk(image);
    assert.equal((await bootcheck([loop.device])).code, 0);
    const undo = undoFileOf(fixed.stdout);
    const undone = await bootcheck(['undo', undo, '--yes']);
    assert.equal(undone.code, 0, undone.stdout + undone.stderr);
    await same(path, broken);
    const twice = await bootcheck(['undo', undo, '--yes']);
    assert.equal(twice.code, 3);
    assert.match(twice.stderr, /was put back on/);
  });

  test('one of several places, asked for in the wrong order; a partition stands for its disk', async () => {
    const image = await copy('xp');
    for (const part of [1, 2])
      for (const at of [0, image.size(part) - 512]) image.writeIn(part, at + 0x1c, le32(7));
    image.write(446, Buffer.of(0));
    await using loop = await loopDevice(image.disk.path);
    await runOrThrow('partx', ['--add', loop.device]);
    try {
      const fixed = await bootcheck([`${loop.device}p1`, '--fix', 'N2:1,M4', '--yes']);
      assert.equal(fixed.code, 0, fixed.stdout + fixed.stderr);
      assert.ok(fixed.stdout.indexOf('M4 is written') < fixed.stdout.indexOf('N2:1 is written'));
      const now = await checked(`${loop.device}p1`);
      assert.equal(told(now, 'N2:1')?.state, 'ok');
      assert.equal(told(now, 'N2:2')?.state, 'warning');
      const shown = await bootcheck([`${loop.device}p1`]);
      assert.match(shown.stdout, new RegExp(`is partition 1 of ${loop.device}`));
    } finally {
      await run('partx', ['--delete', loop.device]);
    }
  });

  test('the name is typed, and anything else leaves the disk alone', async () => {
    const image = await copy('xp');
    image.write(446, Buffer.of(0));
    const { path } = image.disk;
    await using terminal = await terminalSession(['bootcheck', path, '--fix', 'M4'], { cwd: own.path('.') });
    await terminal.until(/Type copy-\d+\.img to write this/);
    await terminal.type('yes');
    await terminal.press('Enter');
    await terminal.until(/M4 is left as it is[\s\S]*ended with 4/);
    assert.equal(image.read(446, 1)[0], 0);
    await using again = await terminalSession(['bootcheck', path, '--fix', 'M4'], { cwd: own.path('.') });
    await again.until(/Type copy-\d+\.img to write this/);
    await again.press('C-c');
    await again.until(/ended with \d/);
    assert.equal(image.read(446, 1)[0], 0);
    await using third = await terminalSession(['bootcheck', path, '--fix', 'M4'], { cwd: own.path('.') });
    await third.until(/Type copy-\d+\.img to write this/);
    await third.type(path.split('/').at(-1) ?? '');
    await third.press('Enter');
    await third.until(/checked again: ok[\s\S]*ended with 0/);
    assert.equal(image.read(446, 1)[0], 0x80);
  });

  test('what is never written to: sources, mounted, busy and unfinished ones', async () => {
    const image = await copy('xp');
    image.write(446, Buffer.of(0));
    await using loop = await loopDevice(image.disk.path);
    const refused = async (device: string, says: RegExp, ...more: string[]): Promise<void> => {
      const { code, stderr } = await bootcheck([device, '--fix', 'M4', '--yes', ...more]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, says);
      assert.equal(image.read(446, 1)[0], 0);
    };
    await runOrThrow('partx', ['--add', loop.device]);
    try {
      await using mounted = await mountVolume(`${loop.device}p2`, { readOnly: true });
      assert.ok(mounted.root);
      await refused(loop.device, /is mounted at/);
      await refused(loop.device, /is mounted at/, '--force');
    } finally {
      await run('partx', ['--delete', loop.device]);
    }
    const target = own.path('target.img');
    const rescued = await lifeboat(['rescue', loop.device, target, '--job', own.path('job.lifeboat')]);
    assert.equal(rescued.code, 0, rescued.stderr);
    await refused(loop.device, /is the source of the job/);
    await refused(loop.device, /is the source of the job/, '--force');
    await refused(image.disk.path, /is the source of the job|in use behind the loop device/);
    // Reading is always allowed.
    assert.equal(told(await checked(loop.device), 'M4')?.state, 'failing');
  });

  test('the target of a rescue: the map knows, verify knows, and going on puts it back first', async () => {
    const image = await copy('mbr');
    image.write(446, Buffer.of(0));
    await using loop = await loopDevice(image.disk.path);
    const target = own.path('copy-of-disk.img');
    const job = own.path('second.lifeboat');
    const rescue = ['rescue', loop.device, target, '--job', job, '--plain'];
    const rescued = await lifeboat(rescue);
    assert.equal(rescued.code, 0, rescued.stderr);
    const fixed = await bootcheck([target, '--fix', 'M4', '--yes']);
    assert.equal(fixed.code, 0, fixed.stdout + fixed.stderr);
    assert.match(fixed.stdout, /The map of its rescue tells of the change/);
    // Beside the job that made the copy.
    assert.ok(readdirSync(job).some((name) => name.endsWith('.undo')));
    const verified = await lifeboat(['verify', job]);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    const again = await lifeboat(rescue);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.equal(new BootImage({ ...image.disk, path: target }).read(446, 1)[0], 0);
    // What was put back once needs no undoing any more, and what is undone leaves no trace in the map.
    const second = await bootcheck([target, '--fix', 'M4', '--yes']);
    const mapText = (): string => readFileSync(jobFiles(job).map, 'utf8');
    assert.match(mapText(), /Target changed by bootcheck/);
    const undone = await bootcheck(['undo', undoFileOf(second.stdout), '--yes']);
    assert.equal(undone.code, 0, undone.stdout + undone.stderr);
    assert.doesNotMatch(mapText(), /Target changed by bootcheck/);
  });

  test('undo: another disk, bytes that changed since, a full place for the undo file', async () => {
    const image = await copy('xp');
    image.write(446, Buffer.of(0));
    await using loop = await loopDevice(image.disk.path);
    const fixed = await bootcheck([loop.device, '--fix', 'M4', '--yes', '--undo-file', 'mine.undo']);
    assert.equal(fixed.code, 0, fixed.stderr);
    const other = await copy('gpt');
    await using second = await loopDevice(other.disk.path);
    const wrong = await bootcheck(['undo', 'mine.undo', second.device, '--yes', '--force']);
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /is not the disk of/);
    image.write(446, Buffer.of(0x55));
    await runOrThrow('blockdev', ['--flushbufs', loop.device]);
    const changed = await bootcheck(['undo', 'mine.undo', '--yes']);
    assert.equal(changed.code, 3);
    assert.match(changed.stderr, /Byte 446 of the disk is not what M4 wrote there/);
    assert.equal(image.read(446, 1)[0], 0x55);
    const forced = await bootcheck(['undo', 'mine.undo', loop.device, '--yes', '--force']);
    assert.equal(forced.code, 0, forced.stderr);
    assert.equal(image.read(446, 1)[0], 0);
    // Never a second history in one file.
    const taken = await bootcheck([loop.device, '--fix', 'M4', '--yes', '--undo-file', 'mine.undo']);
    assert.equal(taken.code, 3);
    assert.match(taken.stderr, /would replace what is there/);
    await using small = await smallFileSystem(64 * 1024);
    writeFileSync(`${small.root}/fill`, Buffer.alloc(64 * 1024 - 4096));
    try {
      writeFileSync(`${small.root}/rest`, Buffer.alloc(8192));
    } catch (error) {
      assert.match(String(error), /ENOSPC/);
    }
    const full = await bootcheck([
      loop.device,
      '--fix',
      'M4',
      '--yes',
      '--undo-file',
      `${small.root}/u.undo`,
    ]);
    assert.equal(full.code, 3, full.stdout + full.stderr);
    assert.match(full.stderr, /so nothing was changed/);
    assert.equal(image.read(446, 1)[0], 0);
  });

  test('two disks with the same numbers: told, and renumbered with boot store and letters', async () => {
    for (const layout of ['mbr', 'gpt'] as const) {
      const [one, other] = [await copy(layout), await copy(layout)];
      await using first = await loopDevice(one.disk.path);
      await using second = await loopDevice(other.disk.path);
      const item = layout === 'gpt' ? 'G3' : 'M3';
      const before = told(await checked(second.device), item);
      assert.equal(before?.state, 'warning');
      assert.match(before?.read ?? '', new RegExp(`as ${first.device}$`));
      assert.match(before?.advice ?? '', /Unplug/);
      // It changes much, so it is not among all.
      const all = await bootcheck([second.device, '--fix', 'all', '--yes']);
      assert.doesNotMatch(all.stdout, new RegExp(`${item} is written`));
      const fixed = await bootcheck([second.device, '--fix', item, '--yes']);
      assert.equal(fixed.code, 0, fixed.stdout + fixed.stderr);
      const now = await checked(second.device);
      assert.deepEqual(
        now.findings.filter(
          ({ state, name }) => (state === 'failing' || state === 'warning') && name !== 'E3:1',
        ),
        [],
      );
      await judgeBootDisk(other);
      assert.equal(other.find(other.disk.home, deviceElement(other.disk.place(other.disk.windows))), -1);
      const undone = await bootcheck(['undo', undoFileOf(fixed.stdout), '--yes']);
      assert.equal(undone.code, 0, undone.stderr);
      await same(other.disk.path, one.disk.path);
    }
  });

  test('boot code from a donor; a table from a saved copy', async () => {
    const image = await copy('xp');
    const whole = image.read(0, 512);
    for (const part of [1, 2]) {
      for (const at of [0, image.size(part) - 512])
        image.writeIn(part, at + 0x54, Buffer.alloc(0x1fe - 0x54));
      image.writeIn(part, 0x200, Buffer.alloc(8192 - 512));
    }
    const { path } = image.disk;
    const none = await bootcheck([path, '--fix', 'N7', '--yes']);
    assert.equal(none.code, 4);
    assert.match(none.stdout, /--donor DEVICE[\s\S]*fixboot/);
    const later = await bootcheck([path, '--fix', 'N7', '--yes', '--donor', disks.get('mbr')?.path ?? '']);
    assert.equal(later.code, 4, 'code that looks for bootmgr is none for NTLDR');
    const fixed = await bootcheck([path, '--fix', 'N7', '--yes', '--donor', disks.get('xp')?.path ?? '']);
    assert.equal(fixed.code, 0, fixed.stdout + fixed.stderr);
    await judgeBootDisk(image);

    writeFileSync(own.path('first-sector'), whole);
    image.write(446, Buffer.alloc(66));
    const lost = await checked(path);
    assert.equal(told(lost, 'M1')?.state, 'failing');
    assert.equal((await bootcheck([path, '--fix', 'all', '--yes', '--mbr-from', 'first-sector'])).code, 0);
    assert.equal(
      told(await checked(path), 'M1')?.state,
      'failing',
      'a table is only written when it is asked for',
    );
    const table = await bootcheck([path, '--fix', 'M1', '--yes', '--mbr-from', 'first-sector']);
    assert.equal(table.code, 0, table.stdout + table.stderr);
    assert.deepEqual(image.read(440, 72), whole.subarray(440));
    assert.equal((await checked(path)).verdict, 'boots');
  });

  test('the firmware of this computer: an entry is added with efibootmgr, and taken away again', async () => {
    const image = await copy('gpt');
    await using loop = await loopDevice(image.disk.path);
    const folder = own.path('efivars');
    await mkdir(folder);
    const env = { EFIVARFS_PATH: `${folder}/` };
    const vendor = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
    writeFileSync(`${folder}/BootOrder-${vendor}`, Buffer.of(7, 0, 0, 0, 1, 0));
    const label = Buffer.from('Other\0', 'utf16le');
    const path = Buffer.of(0x7f, 0xff, 4, 0);
    writeFileSync(
      `${folder}/Boot0001-${vendor}`,
      Buffer.concat([Buffer.of(7, 0, 0, 0, 1, 0, 0, 0, path.length, 0), label, path]),
    );
    // The order is left out: a folder keeps the tail of a longer one, which the firmware does not.
    const list = async (): Promise<string> =>
      (await runOrThrow('env', [`EFIVARFS_PATH=${folder}/`, 'efibootmgr', '-v'])).replace(
        /^BootOrder.*$/m,
        '',
      );
    const before = await list();
    await runOrThrow('partx', ['--add', loop.device]);
    try {
      assert.equal(told(await checked(loop.device, { env }), 'E3:1')?.state, 'warning');
      const fixed = await bootcheck([loop.device, '--fix', 'E3', '--yes'], { env });
      assert.equal(fixed.code, 0, fixed.stdout + fixed.stderr);
      const place = image.disk.place(1);
      const guid = 'partitionGuid' in place ? place.partitionGuid.toLowerCase() : '';
      assert.match(await list(), new RegExp(`Windows Boot Manager\\s+HD\\(1,GPT,${guid},.*bootmgfw\\.efi`));
      assert.equal(told(await checked(loop.device, { env }), 'E3:1')?.state, 'ok');
      const undone = await bootcheck(['undo', undoFileOf(fixed.stdout), '--yes'], { env });
      assert.equal(undone.code, 0, undone.stdout + undone.stderr);
      assert.equal(await list(), before);
    } finally {
      await run('partx', ['--delete', loop.device]);
    }
    assert.equal(told(await checked(loop.device), 'E3')?.state, 'unknown', 'started by a BIOS');
  });

  test('boot.ini in an editor: help in front, letters, line ends and attributes as they were', async () => {
    const image = await copy('xp');
    const broken = own.path('ini-before.img');
    await runOrThrow('cp', ['--sparse=always', image.disk.path, broken]);
    const editor = own.path('editor.sh');
    writeFileSync(
      editor,
      `#!/bin/sh\ncp "$2" ${own.path('shown.ini')}\nsed -i 's/timeout=30/timeout=5/; s/fastdetect/fastdetect \\/sos/' "$2"\n`,
      { mode: 0o755 },
    );
    const env = { VISUAL: `${editor} -x` };
    const edited = await bootcheck([image.disk.path, '--edit', '--yes'], { env });
    assert.equal(edited.code, 0, edited.stdout + edited.stderr);
    const shown = readFileSync(own.path('shown.ini'), 'utf8');
    assert.match(shown, /# .*partition\(1\) {2}is partition 1, 20\.0 MiB, with \\WINDOWS\n/);
    assert.match(shown, /# .*partition\(2\) {2}is partition 2, 10\.0 MiB, no Windows\n/);
    assert.match(shown, /"Windows XP für alle"/);
    const volume = own.path('ini.volume');
    await runOrThrow('dd', [
      `if=${image.disk.path}`,
      `of=${volume}`,
      `skip=${63 * 512}`,
      `count=${image.size(1)}`,
      'iflag=skip_bytes,count_bytes',
      'bs=1M',
      'status=none',
    ]);
    {
      await using mounted = await mountVolume(volume, { readOnly: true });
      const text = readFileSync(`${mounted.root}/boot.ini`, 'latin1');
      assert.match(text, /^\[boot loader\]\r\ntimeout=5\r\n/);
      assert.match(text, /"Windows XP f\u00fcr alle" .*\/fastdetect \/sos\r\n$/);
      assert.doesNotMatch(text.replaceAll('\r\n', ''), /[\r\n]/);
      const attributes = await runOrThrow('getfattr', [
        '-h',
        '-e',
        'hex',
        '-n',
        'system.ntfs_attrib_be',
        '--absolute-names',
        `${mounted.root}/boot.ini`,
      ]);
      assert.match(attributes, /=0x00000026/);
    }
    await judgeBootDisk(image);
    const undone = await bootcheck(['undo', undoFileOf(edited.stdout), '--yes']);
    assert.equal(undone.code, 0, undone.stderr);
    await same(image.disk.path, broken);

    for (const [script, code, says] of [
      ['exit 3', 3, /ended with an error/],
      ['true', 0, /left as it is/],
      [`sed -i 's/XP/\u0416/' "$2"`, 3, /letters that the code page/],
      [`sed -i 's/partition(1)/partition(2)/' "$2"`, 4, /hal\.dll/],
    ] as const) {
      writeFileSync(editor, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      const result = await bootcheck([image.disk.path, '--edit', '--yes'], { env });
      assert.equal(result.code, code, result.stdout + result.stderr);
      assert.match(result.stdout + result.stderr, says);
    }
  });

  test('a failing disk can be checked, a dying one is given up in good order', async () => {
    const image = await copy('mbr');
    const store = image.find(1, 'regf');
    await using disk = await failingDisk({
      image: image.disk.path,
      faults: [
        `bad ${(image.start(1) + store) / 512} 8`,
        `bad ${(image.start(2) + image.size(2)) / 512 - 1} 1`,
      ],
    });
    const { verdict, findings } = await checked(disk.device);
    assert.equal(verdict, 'unknown');
    const store1 = findings.find(({ name }) => name === 'B2:1');
    assert.equal(`${store1?.state} ${store1?.read}`, 'unknown unreadable');
    assert.equal(findings.find(({ name }) => name === 'N6:2')?.state, 'unknown');
    await disk.vanish();
    const gone = await bootcheck([disk.device]);
    assert.match(String(gone.code), /^[3461]$/);
    assert.doesNotMatch(gone.stderr, /internal error/);
  });

  test('the image of a volume: what cannot be known is called so', async () => {
    const image = await copy('mbr');
    const volume = own.path('volume.img');
    await runOrThrow('dd', [
      `if=${image.disk.path}`,
      `of=${volume}`,
      `skip=${image.start(1)}`,
      `count=${image.size(1)}`,
      'iflag=skip_bytes,count_bytes',
      'bs=1M',
      'status=none',
    ]);
    const result = await checked(volume);
    assert.equal(result.verdict, 'unknown');
    for (const [name, state] of [
      ['M4', 'not-applicable'],
      ['N2', 'unknown'],
      ['B1', 'unknown'],
      ['F1', 'ok'],
      ['N7', 'ok'],
      ['B2', 'ok'],
    ] as const) {
      assert.equal(told(result, name)?.state, state, name);
    }
    assert.equal((await bootcheck([volume])).code, 4);
    const nothing = own.path('nothing.img');
    writeFileSync(nothing, Buffer.alloc(2 ** 20));
    assert.match((await bootcheck([nothing])).stdout, /neither a Windows nor a loader/);
  });

  test('after a rescue or a clone to a disk, whether Windows boots from it is told in a line or two', async () => {
    const image = await copy('mbr');
    image.write(446, Buffer.of(0));
    const target = own.path('new-disk.img');
    writeFileSync(target, '');
    await runOrThrow('truncate', ['-s', String(image.disk.sizeBytes), target]);
    await using source = await loopDevice(image.disk.path);
    await using device = await loopDevice(target);
    const places = { cwd: own.path('.') };
    const rescued = await lifeboat(
      ['rescue', source.device, device.device, '--yes', '--job', own.path('hint.lifeboat')],
      places,
    );
    assert.equal(rescued.code, 0, rescued.stderr);
    const said = rescued.stdout.replaceAll('\n', ' ');
    assert.match(
      said,
      /Windows will probably not boot from it: 1 thing\. Unplug the old disk .*lifeboat bootcheck \/dev\/loop/,
    );
    const json = await lifeboat(
      ['rescue', source.device, device.device, '--yes', '--json', '--job', own.path('hint.lifeboat')],
      places,
    );
    assert.doesNotMatch(json.stdout, /bootcheck/);
  });

  test('the same after an archive was restored to a partition', async () => {
    const image = await copy('mbr');
    image.write(446, Buffer.of(0));
    await using loop = await loopDevice(image.disk.path);
    await runOrThrow('partx', ['--add', loop.device]);
    try {
      const windows = `${loop.device}p2`;
      const archive = own.path('windows.fsa');
      const saved = await lifeboat(['archive', 'save', archive, windows]);
      assert.equal(saved.code, 0, saved.stdout + saved.stderr);
      const restored = await lifeboat(['archive', 'restore', archive, windows, '--yes']);
      assert.equal(restored.code, 0, restored.stdout + restored.stderr);
      const said = restored.stdout.replaceAll('\n', ' ');
      assert.match(said, /no difference\..*Windows will probably not boot from it.*bootcheck \/dev\/loop/);
    } finally {
      await run('partx', ['--delete', loop.device]);
    }
  });
});
