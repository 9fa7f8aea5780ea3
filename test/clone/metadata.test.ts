import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CopyMode, ourCopy, realCopy, sameBytes, wordsOf } from '../support/metadata-copy.ts';
import { attributeRuns } from '../support/structures.ts';
import { missing } from '../support/tools.ts';
import { makeVolume, type VolumeOptions } from '../support/volume.ts';
import { everyKind, fragmentedMft, type Population } from '../support/volume-populations.ts';

const SKIP = { skip: missing({ tools: ['ntfsclone', 'mkntfs', 'ntfs-3g', 'setfattr', 'cmp'], root: true }) };
const MIB = 2 ** 20;

/** With and without -s, each with what else changes bytes. */
const MODES: readonly CopyMode[] = [
  { form: 'image' },
  { form: 'raw' },
  { form: 'image', keepTimes: true },
  { form: 'raw', keepTimes: true },
  { form: 'image', fullLog: true },
  { form: 'raw', fullLog: true },
  { form: 'image', ignoreFsCheck: true },
];

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-metadata-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Compares every mode with the real ntfsclone, byte by byte. */
async function compare(source: string, modes: readonly CopyMode[] = MODES): Promise<void> {
  const [ours, real] = [join(folder, 'ours'), join(folder, 'real')];
  for (const mode of modes) {
    const words = wordsOf(mode).join(' ');
    await Promise.all([rm(ours, { force: true }), rm(real, { force: true })]);
    assert.equal(await realCopy(source, real, mode), 0, `the real ntfsclone ${words}`);
    await ourCopy(source, ours, mode);
    assert.ok(await sameBytes(ours, real), `ntfsclone ${words}: other bytes`);
  }
}

const hibernated: Population = async (volume) => {
  await everyKind(4)(volume);
  const sleeping = Buffer.alloc(40_000);
  sleeping.write('hibr');
  await volume.file('hiberfil.sys', sleeping);
};

const IN_PIECES = fragmentedMft(1500);

const SHAPES: readonly (readonly [name: string, options: VolumeOptions])[] = [
  ['clusters of 512 bytes', { clusterBytes: 512, sizeBytes: 20 * MIB }],
  ['clusters of 1 KiB, odd length', { clusterBytes: 1024, sizeBytes: 20 * MIB + 7 * 512 }],
  ['clusters of 2 KiB in sectors of 1 KiB', { clusterBytes: 2048, sectorBytes: 1024, sizeBytes: 20 * MIB }],
  ['clusters of 4 KiB, hibernated', { sizeBytes: 24 * MIB, populate: hibernated }],
  ['clusters and sectors of 4 KiB', { sectorBytes: 4096, sizeBytes: 24 * MIB }],
  ['clusters of 64 KiB in sectors of 2 KiB', { clusterBytes: 65536, sectorBytes: 2048, sizeBytes: 36 * MIB }],
  ['clusters of 2 MiB', { clusterBytes: 2 * MIB, sizeBytes: 640 * MIB, junk: false }],
  ['a $MFT in pieces', { sizeBytes: 24 * MIB, populate: IN_PIECES }],
  [
    'a $MFT in pieces, clusters of 512 bytes',
    { clusterBytes: 512, sizeBytes: 16 * MIB, populate: IN_PIECES },
  ],
];

for (const [name, options] of SHAPES) {
  test(`metadata copies are those of ntfsclone: ${name}`, SKIP, async () => {
    const populate = options.populate ?? everyKind(4);
    await using volume = await makeVolume({ ...options, populate });
    if (options.populate === IN_PIECES) {
      const runs = await attributeRuns(volume.image, 0);
      const pieces = runs.filter(({ type }) => type === '$DATA').flatMap((one) => one.runs).length;
      assert.ok(pieces >= 2, `$MFT has only ${pieces} pieces: the volume is not what it should be`);
    }
    // Copies of volumes with large clusters are large: the log alone has 64 MiB.
    await compare(volume.image, volume.clusterBytes > MIB ? MODES.slice(0, 2) : MODES);
  });
}
