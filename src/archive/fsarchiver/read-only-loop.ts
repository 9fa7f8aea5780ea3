import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { execa } from 'execa';
import { refuseReplaced } from '../../block/agreed-device.ts';
import type { BlockFacts, FileFacts } from '../../block/path-facts.ts';
import { ArchiveError } from '../archive-error.ts';

/** A read-only block device over a source. The kernel takes it away when its last user is gone, however that comes about. */
export interface ReadOnlyLoop {
  readonly device: string;
  close(): Promise<void>;
}

/**
 * Puts a read-only loop device over a device or image file. Mounting a file system read-only does not keep the kernel from
 * writing to its device: ext4, XFS and Btrfs replay their journals first. Through this they cannot. Rejects with an
 * `OpenError` when another device has the name by now.
 */
export async function readOnlyLoop(facts: BlockFacts | FileFacts): Promise<ReadOnlyLoop> {
  if (facts.kind === 'block') await refuseReplaced(facts);
  const sector = facts.kind === 'block' ? ['--sector-size', String(facts.logicalSectorBytes)] : [];
  const words = ['--find', '--show', '--read-only', ...sector, facts.realPath];
  const made = await execa('losetup', words, { reject: false, stdin: 'ignore' });
  if (made.failed) {
    throw new ArchiveError(
      'refused',
      'loop-device',
      `No read-only loop device can be put over ${facts.path}: ${made.stderr.trim() || made.shortMessage}`,
      'Run Lifeboat as root, on a kernel with loop devices.',
    );
  }
  const device = made.stdout.trim();
  let handle: FileHandle;
  try {
    handle = await open(device, constants.O_RDONLY);
  } finally {
    // Detached while it is open: from now on it goes with whoever holds it open, this process or its children.
    await execa('losetup', ['--detach', device], { reject: false, stdin: 'ignore' });
  }
  return { device, close: () => handle.close() };
}
