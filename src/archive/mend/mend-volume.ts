import type { OpenTarget } from '../../block/target-device.ts';
import { DOS_ATTRIBUTE } from '../../ntfs/file-details.ts';
import { sideLines } from '../compare/expected.ts';
import { walkPairs } from '../compare/pair-walk.ts';
import type { ArchivePorts } from '../events.ts';
import { KEPT_ATTRIBUTES } from '../inventory/describe-volume.ts';
import { openNtfsVolume } from '../open-volume.ts';
import { PhaseProgress } from '../progress.ts';
import type { SideVolume } from '../side/side-form.ts';
import type { SideFile } from '../side/side-reader.ts';
import { planMends } from './mend-plan.ts';
import { Mender, type MendProblem } from './mender.ts';
import { mountPrivately } from './private-mount.ts';
import { patchRecord, patchVersion, standardPatches } from './record-patch.ts';

/** Bits that say how a file is stored: they follow from that, and are not set by themselves. */
const STORAGE_BITS =
  DOS_ATTRIBUTE.SPARSE | DOS_ATTRIBUTE.REPARSE | DOS_ATTRIBUTE.COMPRESSED | DOS_ATTRIBUTE.ENCRYPTED;

/**
 * Makes a volume that FSArchiver has restored into what the side file says it was: finds the differences, and mends what
 * can be mended through ntfs-3g, in a mount that nobody else sees. Gives what could not be done.
 */
export async function mendVolume(
  device: string,
  side: SideFile,
  fileSystem: number,
  ports: ArchivePorts,
  signal: AbortSignal,
): Promise<readonly MendProblem[]> {
  const progress = new PhaseProgress(ports, 'mending', device);
  let done = 0;
  const step = (path: string): void => progress.update({ bytes: ++done, path });
  const volume = await openNtfsVolume(device);
  let plan: Awaited<ReturnType<typeof planMends>>;
  try {
    plan = await planMends(sideLines(side, fileSystem, signal), volume.inventory, signal, step);
  } finally {
    await volume.close();
  }
  const mount = await mountPrivately(device, { compresses: true });
  try {
    const mender = new Mender(mount.root, plan, fileSystem, side, signal, step);
    await mender.run();
    return mender.problems;
  } finally {
    await mount.close();
  }
}

/**
 * Sets in the records themselves what no driver sets: the time of each record's own last change, attributes that
 * ntfs-3g does not take, marks of folders that tell apart upper and lower case, the version of NTFS.
 */
export async function patchVolume(
  target: OpenTarget,
  side: SideFile,
  sideVolume: SideVolume,
  signal: AbortSignal,
): Promise<void> {
  const volume = await openNtfsVolume(target.path);
  try {
    const ntfs = volume.inventory.tree.volume;
    for await (const pair of walkPairs(
      sideLines(side, sideVolume.fileSystem, signal),
      volume.inventory,
      signal,
    )) {
      if (pair.kind !== 'both') continue;
      const { expected, found } = pair;
      const { times } = expected;
      const standard = found.object.standard;
      if (standard === undefined || times === undefined) continue;
      const attributes =
        (expected.attributes & ~STORAGE_BITS) | (standard.attributes & (STORAGE_BITS | ~KEPT_ATTRIBUTES));
      const versions = expected.versions ?? [0, 0, 0];
      const isSame =
        times.every((time, i) => time === found.described.times?.[i]) &&
        attributes >>> 0 === standard.attributes &&
        versions.every((one, i) => one === standard.versions[i]);
      if (isSame) continue;
      const patches = standardPatches(times, attributes, versions);
      await patchRecord(target, ntfs, found.entry.record, patches);
    }
    if (volume.facts.version !== sideVolume.version && sideVolume.version.startsWith('3.')) {
      await patchVersion(target, ntfs, sideVolume.version);
    }
  } finally {
    await volume.close();
  }
}
