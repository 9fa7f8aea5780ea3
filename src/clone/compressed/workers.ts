import { availableParallelism } from 'node:os';

/** Memory for frames that are compressed or expanded at the same time, in bytes of their content. */
const MEMORY_BYTES = 2 ** 25;
/** More at a time would only take memory. */
const MOST = 8;
const FEWEST = 2;

/** How many frames may be compressed or expanded at the same time. */
export function workersFor(frameBytes: number): number {
  const fitting = Math.min(MOST, Math.floor(MEMORY_BYTES / frameBytes));
  return Math.max(FEWEST, Math.min(fitting, availableParallelism()));
}
