import type { Certainty, JobEnd } from './job-identity.ts';

/** Whether an end of a job is that disk or image, or lies on it; how sure that is. */
export function onDisk(end: JobEnd, here: JobEnd): Certainty | undefined {
  const file = (one: JobEnd): string | undefined => (one.kind === 'file' ? one.path : one.backingFile);
  // A loop device and the file behind it are the same bytes.
  const [theirs, ours] = [file(end), file(here)];
  if (theirs !== undefined || ours !== undefined) return theirs === ours ? 'same' : undefined;
  if (end.serial !== undefined && here.serial !== undefined) {
    return end.serial === here.serial && end.model === here.model ? 'same' : undefined;
  }
  if (end.attachment !== undefined && end.attachment === here.attachment) return 'same';
  if (end.model !== here.model || end.partitionStartBytes !== undefined) return undefined;
  return end.sizeBytes === here.sizeBytes ? 'alike' : undefined;
}

/** The same for a volume: not another partition of that disk. */
export function onVolume(end: JobEnd, here: JobEnd): Certainty | undefined {
  const [theirs, ours] = [end.partitionStartBytes, here.partitionStartBytes];
  return theirs === undefined || ours === undefined || theirs === ours ? onDisk(end, here) : undefined;
}
