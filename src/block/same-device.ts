import { join } from 'node:path';
import { describePath } from './device-facts.ts';
import type { BlockFacts, FileFacts, PathFacts } from './path-facts.ts';
import { sizeText } from './size-text.ts';
import { listNames, readAttribute, readSizeBytes, SYS } from './sysfs.ts';

/**
 * Everything that could be the device or file of `lost`, by what it is now: first what has its path, then all disks
 * and partitions of its size. Looks at sysfs only; nothing is opened.
 */
export async function candidatesFor(
  lost: BlockFacts | FileFacts,
  sys: string = SYS,
): Promise<(BlockFacts | FileFacts)[]> {
  const samePath = await describePath(lost.path);
  const found: (BlockFacts | FileFacts)[] = isUsable(samePath) ? [samePath] : [];
  if (lost.kind === 'file') return found;
  const seen = new Set(found.map((facts) => (facts.kind === 'block' ? facts.majorMinor : '')));
  for (const name of await namesOfSize(lost.sizeBytes, sys)) {
    // The kernel writes `!` for a slash inside a name.
    const facts = await describePath(join('/dev', name.replaceAll('!', '/')));
    if (facts.kind !== 'block' || seen.has(facts.majorMinor)) continue;
    seen.add(facts.majorMinor);
    found.push(facts);
  }
  return found;
}

/** The name of a device that was let go may still be there, without a size. */
const isUsable = (facts: PathFacts): facts is BlockFacts | FileFacts =>
  facts.kind === 'file' || (facts.kind === 'block' && facts.sizeBytes > 0);

/** The kernel's names of all disks and partitions of that size. */
async function namesOfSize(sizeBytes: number, sys: string): Promise<string[]> {
  const names: string[] = [];
  const blocks = join(sys, 'block');
  for (const disk of await listNames(blocks)) {
    if ((await readSizeBytes(join(blocks, disk))) === sizeBytes) names.push(disk);
    for (const part of await listNames(join(blocks, disk))) {
      const directory = join(blocks, disk, part);
      if (!part.startsWith(disk) || (await readAttribute(directory, 'partition')) === undefined) continue;
      if ((await readSizeBytes(directory)) === sizeBytes) names.push(part);
    }
  }
  return names;
}

/**
 * In what `found` cannot be what `lost` was, as a clause about `found`; undefined when nothing that both say of
 * themselves speaks against it. A serial number that is missing now speaks against it: another bridge may hide it,
 * but then a person has to say that it is the same.
 */
export function differenceOf(
  lost: BlockFacts | FileFacts,
  found: BlockFacts | FileFacts,
): string | undefined {
  if (found.kind !== lost.kind) return `it is ${found.kind === 'file' ? 'a file' : 'a device'}`;
  if (found.sizeBytes !== lost.sizeBytes && !(found.kind === 'file' && found.sizeBytes > lost.sizeBytes)) {
    return `it has ${sizeText(found.sizeBytes)} (${found.sizeBytes} bytes), the one that was lost ${lost.sizeBytes}`;
  }
  if (found.kind !== 'block' || lost.kind !== 'block') return undefined;
  if (found.partitionStartBytes !== lost.partitionStartBytes) {
    return `it begins at byte ${found.partitionStartBytes ?? 0} of its disk, the one that was lost at ${lost.partitionStartBytes ?? 0}`;
  }
  if (found.serial !== lost.serial) {
    const serial = found.serial === undefined ? 'no serial number' : `the serial number ${found.serial}`;
    return `its disk has ${serial}, the one that was lost ${lost.serial ?? 'none'}`;
  }
  if (lost.serial === undefined && found.model !== lost.model) {
    return `its disk is of the model ${found.model ?? '(none)'}, the one that was lost ${lost.model ?? '(none)'}`;
  }
  return undefined;
}

/** Whether it is beyond doubt the same: by its serial number, its attachment, or its inode. */
export function isCertainlySame(lost: BlockFacts | FileFacts, found: BlockFacts | FileFacts): boolean {
  if (found.kind === 'file') return lost.kind === 'file' && found.dev === lost.dev && found.ino === lost.ino;
  if (lost.kind !== 'block') return false;
  const isSameAttachment =
    found.majorMinor === lost.majorMinor &&
    found.diskSequence !== undefined &&
    found.diskSequence === lost.diskSequence;
  return isSameAttachment || (found.serial !== undefined && found.serial === lost.serial);
}
