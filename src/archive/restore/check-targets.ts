import { refuseOther } from '../../block/agreed-device.ts';
import { describePath } from '../../block/device-facts.ts';
import type { BlockFacts } from '../../block/path-facts.ts';
import { overlap, relationsOf } from '../../block/relations.ts';
import { inspectTarget } from '../../block/target-content.ts';
import { checkTarget } from '../../block/target-guard.ts';
import { bytesText } from '../../text/quantity.ts';
import { ArchiveError } from '../archive-error.ts';
import { sideLines } from '../compare/expected.ts';
import type { ArchivePorts } from '../events.ts';
import type { ArchivedFileSystem, ArchiveHead } from '../fsa/archive-head.ts';
import type { SideVolume } from '../side/side-form.ts';
import type { SideFile } from '../side/side-reader.ts';
import { neededBytes } from './fit.ts';
import type { RestoreRequest } from './restore-request.ts';

/** A file system and the device it is restored to. */
export interface CheckedTarget {
  readonly fileSystem: ArchivedFileSystem;
  readonly facts: BlockFacts;
  readonly side: SideVolume | undefined;
  /** Of the new NTFS volume. */
  readonly clusterBytes: number;
}

const PLAIN_PATH = /^\/[\w/.:+@-]+$/;
/** Clusters have numbers of 32 bits. */
const MOST_CLUSTERS = 2 ** 32 - 1;

/** Finds out what goes where, and refuses whatever speaks against it. Nothing is touched. */
export async function checkTargets(
  request: RestoreRequest,
  head: ArchiveHead,
  side: SideFile | undefined,
  volumes: ReadonlyMap<number, SideVolume>,
): Promise<CheckedTarget[]> {
  const archive = await describePath(request.archive);
  const checked: CheckedTarget[] = [];
  for (const { id, device } of request.targets) {
    const fileSystem = fileSystemOf(head, id, request.archive);
    if (checked.some((one) => one.fileSystem.id === fileSystem.id)) {
      refuse('target-twice', `File system ${fileSystem.id} has two targets.`, 'Name one for each.');
    }
    const facts = await describePath(device);
    refuseOther(request.agreed, facts);
    const found = await checkTarget(archive, facts, 0, { sameDisk: true });
    if (found !== undefined) throw new ArchiveError('refused', found.code, found.message, found.advice);
    if (facts.kind !== 'block') {
      throw new ArchiveError(
        'refused',
        'target-kind',
        `The target ${device} is no disk or partition.`,
        'Name a partition such as /dev/sdc1. A file can be made one: losetup --find --show FILE',
      );
    }
    if (!PLAIN_PATH.test(facts.realPath)) {
      refuse(
        'target-name',
        `FSArchiver cannot be given the name ${facts.realPath}.`,
        'Use another name of it.',
      );
    }
    await refuseOverlap(checked, facts);
    const sideVolume = fileSystem.type === 'ntfs' ? volumes.get(fileSystem.id) : undefined;
    const clusterBytes = clusterBytesOf(fileSystem, sideVolume, facts);
    const target = { fileSystem, facts, side: sideVolume, clusterBytes };
    await checkFit(target, side, request.force);
    checked.push(target);
  }
  return checked;
}

/** Asks about what the targets hold. Rejects with an `ArchiveError` for a no. */
export async function confirmTargets(
  targets: readonly CheckedTarget[],
  overwrite: boolean,
  ports: ArchivePorts,
): Promise<void> {
  if (overwrite) return;
  for (const { facts } of targets) {
    const content = await inspectTarget(facts.path);
    if (content.empty) continue;
    const message = `The target ${facts.path} is not empty: it holds ${content.description}, which would be lost.`;
    const advice = 'Say --yes to overwrite it, or name another target.';
    const question = { code: 'target-not-empty', message, advice, target: facts.path } as const;
    if (await ports.ask(question)) continue;
    throw new ArchiveError('refused', 'target-not-empty', message, advice);
  }
}

function fileSystemOf(head: ArchiveHead, id: number | undefined, archive: string): ArchivedFileSystem {
  const count = head.fileSystems.length;
  const found = head.fileSystems[id ?? 0];
  if (id === undefined && count > 1) {
    refuse(
      'which-file-system',
      `${archive} holds ${count} file systems: say which goes where.`,
      `For example: lifeboat archive restore ${archive} 0=/dev/sdc1 1=/dev/sdc2`,
    );
  }
  if (found === undefined) {
    const last = count - 1;
    throw new ArchiveError(
      'refused',
      'which-file-system',
      `There is no file system ${id} in ${archive}: they have the numbers 0 to ${last}.`,
      `See: lifeboat archive info ${archive}`,
    );
  }
  return found;
}

function refuse(code: string, message: string, advice: string): void {
  throw new ArchiveError('refused', code, message, advice);
}

async function refuseOverlap(others: readonly CheckedTarget[], facts: BlockFacts): Promise<void> {
  const own = await relationsOf(facts);
  for (const other of others) {
    const relations = await relationsOf(other.facts);
    const isUpper = relations.upper.has(facts.majorMinor) || own.upper.has(other.facts.majorMinor);
    if (!overlap(own.exact, relations.exact) && !isUpper) continue;
    refuse('target-twice', `${other.facts.path} and ${facts.path} are the same place.`, 'Name one for each.');
  }
}

/** The cluster size of the volume that was saved, which FSArchiver misreads above 64 KiB; no less than a sector. */
function clusterBytesOf(
  { clusterBytes, sectorBytes }: ArchivedFileSystem,
  side: SideVolume | undefined,
  { logicalSectorBytes }: BlockFacts,
): number {
  const told = side?.clusterBytes ?? realClusterBytes(clusterBytes ?? 4096, sectorBytes ?? 512);
  return Math.max(told, logicalSectorBytes);
}

function realClusterBytes(told: number, sectorBytes: number): number {
  const code = told / sectorBytes;
  if (Number.isInteger(Math.log2(told)) && code <= 128) return told;
  // The byte in the boot sector was taken for a number of sectors; it means a power of two.
  return code >= 240 && code <= 253 ? 2 ** (256 - code) * sectorBytes : 4096;
}

async function checkFit(target: CheckedTarget, side: SideFile | undefined, force: boolean): Promise<void> {
  const { fileSystem, facts, clusterBytes } = target;
  if (fileSystem.type === 'ntfs' && facts.sizeBytes / clusterBytes > MOST_CLUSTERS) {
    refuse(
      'target-too-large',
      `${facts.path} has more clusters of ${bytesText(clusterBytes)} than NTFS can count.`,
      'Choose a smaller partition; the cluster size is that of the saved volume.',
    );
  }
  if (force) return;
  const needed =
    target.side !== undefined && side !== undefined
      ? await neededBytes(sideLines(side, fileSystem.id), clusterBytes, facts.sizeBytes)
      : fileSystem.usedBytes * 1.05 + 2 * 2 ** 20;
  if (needed <= facts.sizeBytes) return;
  throw new ArchiveError(
    'refused',
    'target-too-small',
    `The target ${facts.path} has ${bytesText(facts.sizeBytes)}, but about ${bytesText(Math.ceil(needed))} are needed.`,
    'Choose a larger partition.',
    true,
  );
}
