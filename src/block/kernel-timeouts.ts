import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoName } from './errno.ts';
import { readNumber, SYS } from './sysfs.ts';

/** A time-out of the kernel for commands to one disk, as a file in the disk's directory of sysfs. */
interface TimeoutFile {
  /** Path within `/sys/block/DISK`. */
  readonly file: string;
  /** The value that a rescue wants, in the file's own unit. */
  readonly wanted: number;
}

/**
 * SCSI, SATA and USB disks: seconds until a command is given up, and until the steps of making the disk listen again
 * are. The kernel's own are 30 and 10, and it tries a failed read up to six times. Fifteen seconds are more than a disk
 * needs to start turning, and twice what drives with a limit of their own (SCT ERC) take.
 */
const SCSI: readonly TimeoutFile[] = [
  { file: 'device/timeout', wanted: 15 },
  { file: 'device/eh_timeout', wanted: 5 },
];

/** NVMe has one for each queue of commands, in milliseconds. */
const NVME: readonly TimeoutFile[] = [{ file: 'queue/io_timeout', wanted: 15_000 }];

/** A time-out that was changed, so that it can be put back. */
export interface ChangedTimeout {
  readonly file: string;
  readonly before: number;
  readonly after: number;
}

/** Whether that is a file which `plannedTimeouts` may name. */
export const isTimeoutFile = (file: string): boolean => [...SCSI, ...NVME].some((each) => each.file === file);

const directoryOf = (diskName: string, sys: string): string =>
  join(sys, 'block', diskName.replaceAll('/', '!'));

/** What would be lowered for a disk, such as `sda`; never raises anything. Reads only. */
export async function plannedTimeouts(diskName: string, sys: string = SYS): Promise<ChangedTimeout[]> {
  const directory = directoryOf(diskName, sys);
  const planned: ChangedTimeout[] = [];
  for (const { file, wanted } of diskName.startsWith('nvme') ? NVME : SCSI) {
    const before = await readNumber(directory, file);
    if (before !== undefined && before > wanted) planned.push({ file, before, after: wanted });
  }
  return planned;
}

/** Lowers a time-out. Returns why the kernel does not allow it (an errno); undefined when it was done. */
export async function lowerTimeout(
  diskName: string,
  { file, after }: ChangedTimeout,
  sys: string = SYS,
): Promise<string | undefined> {
  return put(join(directoryOf(diskName, sys), file), after);
}

/** Puts a time-out back, unless somebody has set it to something else since. */
export async function restoreTimeout(
  diskName: string,
  { file, before, after }: ChangedTimeout,
  sys: string = SYS,
): Promise<string | undefined> {
  const directory = directoryOf(diskName, sys);
  return (await readNumber(directory, file)) === after ? put(join(directory, file), before) : undefined;
}

async function put(path: string, value: number): Promise<string | undefined> {
  try {
    // Without creating: what is not there any more must not become a file.
    await writeFile(path, `${value}\n`, { flag: 'r+' });
    return undefined;
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    return errno;
  }
}
