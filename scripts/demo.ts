/**
 * The whole story in a minute, on real block devices: an NTFS volume full of files, a disk that returns read errors,
 * a rescue by the built executable, and a comparison of every sector with the volume as it was.
 * `--timescale N` makes the disk faster (0 is as fast as it goes) or as slow as a real one (1);
 * `--program FILE` tries another build.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { failingDisk } from '../test/support/failing-disk.ts';
import { seededRandom } from '../test/support/random.ts';
import { damagedFiles, makeVolume } from '../test/support/volume.ts';
import { compareClone } from '../test/support/volume-comparison.ts';
import { everyKind, manyFiles } from '../test/support/volume-populations.ts';
import { usedRanges } from '../test/support/volume-used.ts';
import { untoldFiles } from './demo/report.ts';
import { damageFor } from './demo/scene.ts';
import { loopDevice } from './loop-device.ts';

const RESULTS = resolve(import.meta.dirname, '../dist/demo');
const SIZE = 256 * 2 ** 20;
const OLD_CONTENT = 0x77;
const FINISHED_WITH_LOSSES = 4;

const { values } = parseArgs({
  options: {
    timescale: { type: 'string', default: '0.2' },
    program: { type: 'string', default: resolve(import.meta.dirname, '../dist/lifeboat') },
  },
});
const say = (text: string): void => console.log(`${styleText('dim', 'demo:')} ${text}`);

// Ctrl-C is for the rescue: it ends, and then everything here is taken down.
process.on('SIGINT', () => say('stopping'));

const failures: string[] = [];
const folder = await mkdtemp(join(tmpdir(), 'lifeboat-demo-'));
try {
  await rescueAndCompare();
} finally {
  await rm(folder, { recursive: true, force: true });
}
for (const failure of failures) say(`WRONG: ${failure}`);
say(failures.length === 0 ? 'all is as it should be' : `${failures.length} things are wrong`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function rescueAndCompare(): Promise<void> {
  say(`making an NTFS volume of ${SIZE / 2 ** 20} MiB, full of files`);
  await using volume = await makeVolume({
    sizeBytes: SIZE,
    label: 'Family photos',
    populate: async (writer) => {
      await everyKind(240)(writer);
      await manyFiles(1500, 4000)(writer);
    },
  });
  const used = await usedRanges(volume.image);
  const { rules, bad } = await damageFor(volume.image, used, seededRandom(42));
  say(`${volume.truth.size} files; now ${bad.size} of its sectors go bad, some others weak and slow`);

  await using source = await failingDisk({
    image: volume.image,
    faults: rules,
    timescale: Number(values.timescale),
    exposeWrites: true,
  });
  const clone = join(folder, 'clone.img');
  await writeFile(clone, Buffer.alloc(SIZE, OLD_CONTENT));
  await using target = await loopDevice(clone);
  await mkdir(RESULTS, { recursive: true });
  const [map, report] = [join(RESULTS, 'rescue.map'), join(RESULTS, 'report.json')];
  await rm(map, { force: true });
  await rm(report, { force: true });

  const words = ['rescue', source.device, target.device, '--map', map, '--report', report, '--yes'];
  say(
    `$ lifeboat ${words.map((word) => (word.startsWith(RESULTS) ? relative('.', word) : word)).join(' ')}\n`,
  );
  const lifeboat = spawn(values.program, words, { stdio: 'inherit' });
  const [code] = await once(lifeboat, 'exit');
  console.log();
  if (code !== FINISHED_WITH_LOSSES) {
    failures.push(`the exit code is ${code}, not ${FINISHED_WITH_LOSSES} (finished with losses)`);
    return;
  }

  const { saved, marked, untouched, wrong } = await compareClone(volume.image, clone, used, bad, OLD_CONTENT);
  say(`${saved} used sectors are the same as on the healthy volume, ${marked} are marked as unreadable,`);
  say(`${untouched} free ones are as they were in the target`);
  failures.push(...wrong);
  if (marked !== bad.size) failures.push(`${bad.size} sectors were bad, ${marked} are marked`);

  const { failing, writes, diskMs } = await source.stats();
  say(
    `the disk had to fail ${failing} times; a real one would have been at work for ${Math.round(diskMs / 1000)} s`,
  );
  if (writes > 0) failures.push(`${writes} writes were tried on the dying disk`);

  const damaged = await damagedFiles(clone, volume.truth);
  const untold = untoldFiles(damaged, await readFile(report, 'utf8'));
  say(`${damaged.length} files of the clone cannot be read as they were; ${relative('.', report)} says why`);
  failures.push(...untold.map((path) => `${path} is damaged and not in the report`));
  say(`the map is in ${relative('.', map)}`);
}
