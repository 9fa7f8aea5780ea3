import { crc32 } from 'node:zlib';
import { execa } from 'execa';
import type { Source } from '../block/ports.ts';
import type { RangeSet } from '../block/range-set.ts';
import { type OpenSource, openSource } from '../block/source-device.ts';
import type { SummedUnits } from '../rescue/sum-log.ts';
import { type CacheWay, type CheckedTarget, verifyTarget } from '../rescue/verify.ts';
import type { JobEvent } from './job-events.ts';
import { loadUnits } from './sum-keeper.ts';

/** What is needed to check a target. */
export interface TargetCheck {
  readonly target: string;
  /** The file of checksums. */
  readonly sums: string;
  readonly sizeBytes: number;
  /** What the map calls finished. */
  readonly finished: RangeSet;
  /** What stood there before it was changed afterwards: laid over what is read, in this order. */
  readonly before?: readonly Laid[];
  readonly emit: (event: JobEvent) => void;
  readonly isStopped: () => boolean;
}

/** Bytes in the place of those that the target holds. */
export interface Laid {
  readonly start: number;
  readonly before: Uint8Array;
}

const PROGRESS_MS = 250;

/**
 * Reads the target once more and compares it with the checksums that were taken while the source was read. Rejects with
 * an `OpenError` when it cannot be opened, or the error of the system when the checksums cannot be read.
 */
export async function verifyCopy(check: TargetCheck): Promise<CheckedTarget> {
  const units = await loadUnits(check.sums, check.sizeBytes);
  const target = await openSource(check.target);
  try {
    return await compare(check, units, target);
  } finally {
    // It was only read; one that has dropped out fails at this too.
    await target.close().catch((reason: unknown) => reason);
  }
}

async function compare(check: TargetCheck, units: SummedUnits, target: OpenSource): Promise<CheckedTarget> {
  // Where direct reads are refused, which the first one may show, the cache is emptied beforehand.
  const emptied = target.facts.kind === 'file' && (await emptyCache(check.target));
  let toldMs = 0;
  const result = await verifyTarget(units, check.finished, {
    target: withLaidOver(target, check.before ?? []),
    checksum: crc32,
    isStopped: check.isStopped,
    onProgress: (doneBytes, totalBytes, differentBytes) => {
      if (performance.now() - toldMs < PROGRESS_MS && doneBytes < totalBytes) return;
      toldMs = performance.now();
      check.emit({ event: 'verify', doneBytes, totalBytes, differentBytes });
    },
  });
  const cache: CacheWay = target.directIo ? 'direct' : emptied ? 'emptied' : 'cached';
  return { ...result, cache };
}

function withLaidOver(target: OpenSource, laid: readonly Laid[]): Source {
  if (laid.length === 0) return target;
  return {
    sizeBytes: target.sizeBytes,
    sectorBytes: target.sectorBytes,
    physicalSectorBytes: target.physicalSectorBytes,
    allocate: (bytes) => target.allocate(bytes),
    async read(offset, length, into) {
      const outcome = await target.read(offset, length, into);
      for (const { start, before } of laid) {
        const from = Math.max(offset, start);
        const to = Math.min(offset + length, start + before.length);
        if (from < to) into.set(before.subarray(from - start, to - start), from - offset);
      }
      return outcome;
    },
  };
}

/** Has the system forget what it holds of a file: GNU dd calls posix_fadvise, which Node cannot. */
async function emptyCache(path: string): Promise<boolean> {
  const dd = await execa('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'], { reject: false });
  return dd.exitCode === 0;
}
