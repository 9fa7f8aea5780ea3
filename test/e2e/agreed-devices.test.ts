import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { restoreArchive } from '../../src/archive/restore/restore.ts';
import { asLooked } from '../../src/block/agreed-device.ts';
import { describePath } from '../../src/block/device-facts.ts';
import type { BlockFacts } from '../../src/block/path-facts.ts';
import { withUnlocked } from '../../src/block/unlocked-target.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import type { CloneEvent } from '../../src/jobs/clone-events.ts';
import type { CloneSpec } from '../../src/jobs/clone-spec.ts';
import { DriveKeeper } from '../../src/jobs/drive/keeper.ts';
import type { KeeperWord } from '../../src/jobs/drive/keeper-messages.ts';
import {
  archiveRestoreWords,
  archiveSaveWords,
  type Mapping,
} from '../../src/tui/archives/archive-choice.ts';
import type { Place } from '../../src/tui/disks/place.ts';
import { copyWords } from '../../src/tui/files/copy-flow.ts';
import { restoreWords, saveWords } from '../../src/tui/images/image-choice.ts';
import { ARCHIVE_NEEDS } from '../support/archive-rig.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { LIFEBOAT, lifeboat } from '../support/lifeboat.ts';
import { type SwappedDisk, swappedDisk } from '../support/swapped-disk.ts';
import { missing, runOrThrow } from '../support/tools.ts';

const MIB = 2 ** 20;
const { tools, root } = ARCHIVE_NEEDS;
const skip = missing({ tools: [...tools, 'ntfscp', 'mkfs.ext4'], root });
const CHANGED = 'device-changed';

describe('a disk that gets the name of the one that was agreed to', { skip }, () => {
  let own: Scratch;
  let volume: string;
  /** A disk with that volume. */
  let photos: SwappedDisk;
  let source: Place;
  let image: string;
  let archive: string;
  let files = 0;

  before(async () => {
    own = await scratch();
    volume = own.path('volume.img');
    await emptyFile(volume, 24 * MIB);
    await runOrThrow('mkntfs', ['-FQq', '-L', 'Photos', volume]);
    await runOrThrow('ntfscp', [volume, import.meta.filename, 'letter.txt']);
    photos = await swappedDisk(volume);
    source = await photos.shown();
    image = own.path('volume.ntfsimg.zst');
    await succeeds(['image', 'save', volume, image]);
    archive = own.path('files.fsa');
    await succeeds(['archive', 'save', archive, await drive()]);
  });

  after(async () => {
    await photos[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  async function succeeds(words: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await lifeboat(words);
    assert.equal(code, EXIT.saved, `${words.join(' ')}: ${stdout}${stderr}`);
  }

  async function emptyFile(path: string, sizeBytes: number): Promise<void> {
    await writeFile(path, '');
    await truncate(path, sizeBytes);
  }

  /** The file of a drive that files can be put into. */
  async function drive(): Promise<string> {
    const path = own.path(`drive-${files++}.img`);
    await emptyFile(path, 40 * MIB);
    await runOrThrow('mkfs.ext4', ['-q', '-L', 'Backup', path]);
    return path;
  }

  /** The file of a disk with something on it. */
  async function full(): Promise<string> {
    const path = own.path(`disk-${files++}.img`);
    await writeFile(path, Buffer.alloc(40 * MIB, 'somebody needs this '));
    return path;
  }

  const from = (path: string) => ({ name: path, path, from: undefined });
  const into = (path: string, on: string, place: Place) => ({ kind: 'file' as const, path, place, on });
  const over = (path: string, place: Place) => ({ kind: 'device' as const, path, place });
  const no = (): boolean => false;
  const usual = { level: '8', split: 'none', encrypt: 'no', force: 'no' } as const;

  /** The commands that screens and numbered lines start for what was shown on a disk, and what lies on it. */
  const deeds: Readonly<
    Record<string, readonly [() => Promise<string>, (shown: Place, device: string) => string[]]>
  > = {
    'an image that is restored': [
      full,
      (shown, device) => restoreWords(from(image), over(device, shown), no),
    ],
    'an archive that is restored': [
      full,
      (shown, device) => {
        const fileSystem = { id: 0 } as Mapping['fileSystem'];
        return archiveRestoreWords(from(archive), [{ fileSystem, target: over(device, shown) }], undefined);
      },
    ],
    'an image that is saved to a drive': [
      drive,
      (shown, device) => saveWords(source, into('/volume.zst', device, shown), no),
    ],
    'an archive that is saved of it': [
      drive,
      (shown) => {
        const target = { ...into(own.path(`saved-${files++}.fsa`), '', shown), on: undefined };
        return archiveSaveWords([shown], target, usual, undefined);
      },
    ],
    'files that are copied to a drive': [
      drive,
      (shown, device) =>
        copyWords({
          ...{ place: { ...from(volume), map: undefined }, paths: ['letter.txt'] },
          ...{ folder: '/', on: device, to: shown },
        }),
    ],
  };

  for (const [name, [make, wordsFor]] of Object.entries(deeds)) {
    test(`is left alone by ${name}, until it is chosen itself`, async () => {
      const other = await make();
      await using disk = await swappedDisk(await make());
      const agreed = wordsFor(await disk.shown(), disk.device);
      await disk.swap(other);
      const before = await readFile(other);
      const { code, stdout, stderr } = await lifeboat(agreed);
      assert.equal(code, EXIT.refused, `${stdout}${stderr}`);
      assert.match(stderr, /is not the device any more that it was/);
      if (stdout !== '') assert.match(stdout, new RegExp(`"code":"${CHANGED}"`));
      assert.ok(before.equals(await readFile(other)), 'it was written to');
      await succeeds(wordsFor(await disk.shown(), disk.device));
    });
  }

  test('is left alone by an image while a question is waiting for its answer', async () => {
    const other = await full();
    await using disk = await swappedDisk(await full());
    const before = await readFile(other);
    const spec: CloneSpec = {
      ...{ task: 'restore', source: image, target: disk.device, overwrite: false },
      ...{ rescue: false, newSerial: false, adjustSectorSize: false },
    };
    const engine = spawn(LIFEBOAT, ['engine'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const say = (line: unknown): boolean => engine.stdin.write(`${JSON.stringify(line)}\n`);
    say(spec);
    let last: CloneEvent | undefined;
    for await (const line of createInterface({ input: engine.stdout })) {
      last = JSON.parse(line) as CloneEvent;
      if (last.event !== 'question') continue;
      await disk.swap(other);
      say({ do: 'confirm' });
    }
    assert.equal(last?.event, 'refused');
    assert.equal(last.code, CHANGED);
    assert.ok(before.equals(await readFile(other)), 'it was written to');
  });

  test('is left alone by an archive while a question is waiting for its answer', async () => {
    const other = await full();
    await using disk = await swappedDisk(await full());
    const before = await readFile(other);
    const restored = restoreArchive(
      {
        ...{ archive, targets: [{ id: 0, device: disk.device }], threads: 1, password: undefined },
        ...{ overwrite: false, force: false, check: false, compare: true, withoutSide: false },
      },
      {
        emit: () => undefined,
        ask: async () => {
          await disk.swap(other);
          return true;
        },
        now: () => Date.now(),
        withUnlocked,
      },
      new AbortController().signal,
    );
    await assert.rejects(restored, { name: 'ArchiveError', fault: 'refused', code: CHANGED });
    assert.ok(before.equals(await readFile(other)), 'it was written to');
  });

  test('is not mounted in the place of a drive that was looked at', async () => {
    const other = await drive();
    await using disk = await swappedDisk(await drive());
    const looked = asLooked((await describePath(disk.device)) as BlockFacts);
    await disk.swap(other);
    const before = await readFile(other);
    const told: KeeperWord[] = [];
    const keeper = new DriveKeeper((word) => void told.push(word));
    await keeper.obey({ do: 'mount', looked, room: 'ext4', writable: true });
    await keeper.finish();
    const [first] = told;
    assert.equal(first?.told === 'problem' && first.code, CHANGED);
    assert.ok(before.equals(await readFile(other)), 'it was written to');
  });
});
