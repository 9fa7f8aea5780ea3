/**
 * Cuts the power of a machine that rescues, again and again, and looks at what its disks hold:
 *
 *   node bench/cuts.ts [CUTS [SEED]]
 *
 * CUTS for each way of keeping target and map, and for images (default 12: 48 in all).
 */
import { type CutReport, type Keeping, playCuts } from '../test/support/power-cuts.ts';
import { playImageCuts } from '../test/support/power-cuts-image.ts';
import { POWER_CUT_NEEDS, powerRig } from '../test/support/power-rig.ts';
import { missing } from '../test/support/tools.ts';

const WAYS: readonly Keeping[] = ['file', 'disk, map on ext4', 'disk, map on FAT'];
const WITHIN_REQUESTS = 150;
/** An image of the same volume takes fewer and larger ones. */
const IMAGE_WITHIN_REQUESTS = 60;

const [cutsWord = '12', seedWord = '1', wayWord] = process.argv.slice(2);
const lacking = missing(POWER_CUT_NEEDS);
if (lacking !== false) throw new Error(lacking);

const say = (line: string): void => void process.stdout.write(`${line}\n`);
await using rig = await powerRig(Number(seedWord));
const reports: [Keeping | 'image', CutReport][] = [];
for (const [i, keeping] of WAYS.entries()) {
  if (wayWord !== undefined && wayWord !== String(i)) continue;
  const plan = {
    keeping,
    seed: Number(seedWord) + i,
    cuts: Number(cutsWord),
    withinRequests: WITHIN_REQUESTS,
  };
  reports.push([keeping, await playCuts(rig, plan, say)]);
}
if (wayWord === undefined || wayWord === 'image') {
  const plan = { seed: Number(seedWord), cuts: Number(cutsWord), withinRequests: IMAGE_WITHIN_REQUESTS };
  reports.push(['image', await playImageCuts(rig, plan, say)]);
}
say(
  '| target and map | cuts | runs to the end | cuts that lost writes | sectors lost | sectors called saved, all true | file system mended |',
);
say('|---|---|---|---|---|---|---|');
for (const [keeping, { cuts, finishedRuns, cutsThatHurt, forgotten, checked, mended }] of reports) {
  say(`| ${keeping} | ${cuts} | ${finishedRuns} | ${cutsThatHurt} | ${forgotten} | ${checked} | ${mended} |`);
}
