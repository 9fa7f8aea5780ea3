import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Finding, findingName } from '../../src/boot/finding.ts';
import { verdictOf } from '../../src/boot/verdict.ts';
import { bootTarget } from '../../src/jobs/boot/boot-target.ts';
import { BootRepair } from '../../src/jobs/boot/repair.ts';
import { attachmentOf, gatherSupplies } from '../../src/jobs/boot/surroundings.ts';
import { planUndo, undoFixes } from '../../src/jobs/boot/undo.ts';
import { biosScreen } from '../support/bios-boot.ts';
import {
  BOOT_TOOLS,
  type BootDiskImage,
  type Layout,
  MBR_CODE,
  makeBootDisk,
} from '../support/boot-disks.ts';
import { BootImage } from '../support/boot-image.ts';
import { judgeBootDisk } from '../support/boot-judges.ts';
import { WOUNDS, type Wound } from '../support/boot-wounds.ts';
import { missing, runOrThrow } from '../support/tools.ts';

const skip = missing({
  tools: [
    ...BOOT_TOOLS,
    'nbdfuse',
    'fusermount3',
    'hivexget',
    'reged',
    'ntfsfix',
    'mdeltree',
    'fsck.fat',
    'qemu-system-x86_64',
  ],
  files: [MBR_CODE],
  root: true,
});
/** The code of the volume was found, and has found what belongs to it. */
const STARTED = /STARTED (NTLDR|BOOTMGR)\r/;
const SILENCE_MS = 1500;
const LAYOUTS: readonly Layout[] = ['xp', 'mbr', 'logical', 'late', 'gpt'];

/** Each row of the list broken on purpose: found, fixed, judged by others, undone. */
describe('what keeps Windows from booting', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-boot-'));
  const disks = new Map<Layout, BootDiskImage>();
  // The list of jobs is that of these tests.
  process.env.XDG_STATE_HOME = folder;

  before(async () => {
    for (const layout of LAYOUTS) disks.set(layout, await makeBootDisk(folder, layout));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function copy(layout: Layout, name: string): Promise<BootImage> {
    const disk = disks.get(layout);
    assert.ok(disk);
    const path = join(folder, name);
    await runOrThrow('cp', ['--sparse=always', disk.path, path]);
    return new BootImage({ ...disk, path });
  }

  async function begin(image: BootImage, supplies: Wound['supplies'] = {}): Promise<BootRepair> {
    const target = await bootTarget(image.disk.path);
    const surroundings = {
      others: undefined,
      firmware: { kind: 'out-of-reach', why: 'It is a test.' },
      attachment: await attachmentOf(target.facts),
      supplies: await gatherSupplies(supplies),
    } as const;
    const undoFile = `${image.disk.path}.undo`;
    return BootRepair.begin(target, surroundings, { undoFile, force: false });
  }

  /** The screen of a machine that does not get far. */
  const brokenScreen = ({ disk }: BootImage, { screen = STARTED, isSilent }: Wound): Promise<string> =>
    isSilent ? biosScreen(disk.path, STARTED, SILENCE_MS) : biosScreen(disk.path, screen);

  const isWrong = ({ state }: Finding): boolean => state === 'failing' || state === 'warning';
  const named = (findings: readonly Finding[], name: string): Finding | undefined =>
    findings.find((one) => findingName(one) === name);

  for (const layout of LAYOUTS) {
    test(`${layout}: a disk that is right has nothing wrong with it`, async () => {
      const repair = await begin(await copy(layout, `right-${layout}.img`));
      await repair.close();
      const { findings, context } = repair.result;
      assert.deepEqual(findings.filter(isWrong), []);
      assert.equal(verdictOf(context.system, findings), 'boots');
    });
  }

  for (const [index, wound] of WOUNDS.entries()) {
    test(`${wound.layout}: ${wound.name} (${wound.finding})`, async () => {
      const image = await copy(wound.layout, `wound-${index}.img`);
      await wound.wound(image);
      const repair = await begin(image, wound.supplies);
      try {
        const { findings } = repair.result;
        const found = named(findings, wound.finding);
        assert.ok(found, findings.map(findingName).join(' '));
        assert.equal(found.state, wound.state, JSON.stringify(found));
        assert.match(`${found.read} ${found.meaning} ${found.advice} ${found.fix?.does}`, wound.says);
        const expected = new Set([wound.finding.split(':')[0], ...(wound.also ?? [])]);
        const surprises = findings.filter((one) => isWrong(one) && !expected.has(one.item));
        assert.deepEqual(
          surprises.map((one) => `${findingName(one)} ${one.read} ${one.meaning}`),
          [],
        );
        if (wound.unfixable) {
          assert.equal(found.fix, undefined);
          return;
        }
        const wounded = `${image.disk.path}.wounded`;
        await runOrThrow('cp', ['--sparse=always', image.disk.path, wounded]);
        if (wound.screen) assert.match(await brokenScreen(image, wound), wound.screen);
        const prepared = await repair.prepare(wound.finding);
        assert.ok(typeof prepared !== 'string', String(prepared));
        assert.ok(prepared.pieces.length > 0);
        const { now } = await repair.apply(prepared);
        assert.equal(now?.state ?? 'ok', wound.after ?? 'ok', JSON.stringify(now));
        await repair.close();
        await wound.judge?.(image);
        await judgeBootDisk(image);
        if (wound.screen) assert.match(await biosScreen(image.disk.path, STARTED), STARTED);
        await undoFixes(await planUndo(`${image.disk.path}.undo`, undefined), false);
        await runOrThrow('cmp', [image.disk.path, wounded]);
        if (wound.screen) assert.doesNotMatch(await brokenScreen(image, wound), STARTED);
        rmSync(wounded);
      } finally {
        await repair.close();
        rmSync(image.disk.path);
      }
    });
  }
});
