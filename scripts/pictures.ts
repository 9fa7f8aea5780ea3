/** Makes the pictures of the dashboard in docs/pictures: somebody rescues a failing disk with it, and is watched. */
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { scratch } from '../test/support/e2e-scratch.ts';
import { failingDisk } from '../test/support/failing-disk.ts';
import { lifeboat } from '../test/support/lifeboat.ts';
import { nameDisks } from '../test/support/named-disks.ts';
import { person } from '../test/support/person.ts';
import { runOrThrow } from '../test/support/tools.ts';
import { makeVolume } from '../test/support/volume.ts';
import { everyKind } from '../test/support/volume-populations.ts';
import { usedRanges } from '../test/support/volume-used.ts';
import { terminalPicture } from './docs/terminal-picture.ts';
import { loopDevice } from './loop-device.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const FOLDER = resolve(import.meta.dirname, '../docs/pictures');
const SMALL = [100, 30] as const;
const LARGE = [120, 40] as const;

await using own = await scratch();
await using volume = await makeVolume({
  sizeBytes: 320 * MIB,
  label: 'Photos',
  populate: everyKind(90),
  seed: 7,
});
const { ranges } = await usedRanges(volume.image);
const long = ranges.filter(({ start, end }) => end - start > MIB);
const bad = long.flatMap(({ start, end }) =>
  [0.3, 0.5, 0.52, 0.8].map((share) => `bad ${Math.floor((start + (end - start) * share) / SECTOR)} 8`),
);
const file = async (name: string, megabytes: number): Promise<string> => {
  await writeFile(own.path(name), '');
  await truncate(own.path(name), megabytes * MIB);
  return own.path(name);
};
const backup = await file('backup.img', 900);
await runOrThrow('mkntfs', ['-FQq', '-L', 'Backup', backup]);
await using drive = await loopDevice(backup);
await using empty = await loopDevice(await file('empty.img', 500));
// A loop device that stood for another file before shows the writes to that.
await using spent = new AsyncDisposableStack();
for (;;) {
  const free = basename((await runOrThrow('losetup', ['--find'])).trim());
  const [, , , , writes] = (await readFile(`/sys/block/${free}/stat`, 'utf8')).trim().split(/\s+/);
  if (writes === '0') break;
  spent.use(await loopDevice(volume.image));
}
await using dying = await failingDisk({
  image: volume.image,
  faults: [`slow 0 ${(320 * MIB) / SECTOR} 12`, ...bad],
  timescale: 1,
  exposeWrites: true,
});
const names = new Map([
  [dying.device, { model: 'WDC WD10EZEX-08WN4A0', serial: 'WD-WCC6Y7T2K9P1' }],
  [drive.device, { model: 'Elements 2621', serial: '57583415A77B' }],
  [empty.device, { model: 'ST500DM002-1BD142', serial: 'Z3TKQ9LM' }],
]);
const image = own.path('Photos.ntfsimg.zst');
const saved = await lifeboat(['image', 'save', volume.image, image]);
if (saved.code !== 0) throw new Error(saved.stderr);

const words = [...names.keys()].flatMap((device) => ['--disk', device]);
const before = await nameDisks(own.path('udev'), names);
const [columns, rows] = SMALL;
await using user = await person(words, { columns, rows, before, patienceMs: 600_000 });
const keep = async (name: string, title: string): Promise<void> => {
  await writeFile(resolve(FOLDER, `${name}.svg`), terminalPicture(await user.painted(), title));
};
const settled = (device: string): RegExp => new RegExp(`${basename(device)} (?!.*asking)`);
const row = (device: string, text: string): RegExp => new RegExp(`${basename(device)} .*${text}`);

await user.sees(row(drive.device, 'Elements'));
await user.sees(row(empty.device, 'ST500'));
await user.chooses(row(dying.device, 'WDC'));
for (const device of names.keys()) await user.sees(settled(device));
await keep('dashboard', 'The disks of a machine');

await user.presses('i');
await user.takes(/Open an image that is there/);
await user.sees('In which drive');
await user.presses('p', 'C-u');
await user.types(image);
await user.presses('Enter');
await user.sees('Name: Photos');
await keep('image', 'An image');
await user.presses('Escape');
await user.sees('In which drive');
await user.presses('Escape');
await user.sees('Images: whole volumes');
await user.presses('Escape');

await user.takes(row(dying.device, 'WDC'));
await user.sees('Step 1 of 4');
await user.presses('Enter');
await user.chooses(row(drive.device, 'file, keeps all'));
await keep('target', 'Choosing the target');
await user.takes(row(empty.device, 'ERASES'));
await user.sees('Step 3 of 4');
await user.presses('Enter');
await user.sees('Step 4 of 4');
await user.types('q9l');
await user.sees('q9l');
await keep('confirm', 'The check before anything is written');
await user.presses('Escape', 'Escape');
await user.takes(row(drive.device, 'file, keeps all'));
await user.sees('Step 3 of 4');
await user.presses('Enter');
await user.seesIn('WRITE to', 'A new file');
await user.presses('Enter');
await user.resizes(...LARGE);
await user.sees(/ [6-9]\d\.\d %/);
await user.sees(/errors? *│/);
await keep('running', 'A rescue at work');
await user.resizes(...SMALL);
await user.sees('Report:');
await user.seesIn('Damaged files', /\.(bin|jpg)/);
await keep('finished', 'The report');
await user.leaves();
