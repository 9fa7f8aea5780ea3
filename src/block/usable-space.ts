import type { BigIntStatsFs } from 'node:fs';

/**
 * Bytes of a file system that this process can still fill. What is kept free for root (5 % of ext4, unless it was made
 * with another share) is there for root, as ntfsclone counts it (measured).
 */
export function usableBytes({ bavail, bfree, bsize }: BigIntStatsFs): number {
  return Number((process.geteuid?.() === 0 ? bfree : bavail) * bsize);
}
