import { basename, join } from 'node:path';

/** Where drives are mounted for a job: below a folder of root's alone, and gone after a restart. */
export const DRIVES = '/run/lifeboat/drives';

/** Where the drive on `device` is mounted, and the file that its keeper holds locked. */
export const rootOf = (device: string): string => join(DRIVES, basename(device));
export const lockOf = (device: string): string => `${rootOf(device)}.lock`;

/** Whether something is mounted for a job: nobody else puts anything there. */
export const isForJob = (mountPoint: string): boolean => mountPoint.startsWith(`${DRIVES}/`);
