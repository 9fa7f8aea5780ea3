import { describeAttached } from './attached.ts';
import type { Disk } from './machine.ts';

/** Whether the disk that was looked at is still attached under its name; asks the kernel, not the disk. */
export async function isStillAttached(disk: Disk): Promise<boolean> {
  const now = await describeAttached(disk.name.replaceAll('/', '!'), undefined);
  return (
    now !== undefined &&
    now.majorMinor === disk.majorMinor &&
    now.diskSequence === disk.diskSequence &&
    now.sizeBytes === disk.sizeBytes &&
    // Where the kernel does not count attachments (before 5.15).
    (now.diskSequence !== undefined || now.serial === disk.serial)
  );
}
