import type { RescueResult } from '../rescue/events.ts';
import type { Rescue } from '../rescue/rescue.ts';
import type { CheckedTarget } from '../rescue/verify.ts';
import type { EngineHost } from './engine-host.ts';
import type { JobKeeper } from './job-keeper.ts';
import { verifyCopy } from './verify.ts';

/** How a run ended, after its target was looked at again. */
export interface VerifiedRun {
  readonly result: RescueResult;
  /** Undefined when there was no look. */
  readonly verify: CheckedTarget | undefined;
}

/**
 * Compares the target of a run that has ended with the checksums of its job. What differs is set back in the map, and is
 * how the run ended then, as is a target that drops out. A look that cannot be had changes nothing, and is told.
 */
export async function verifyRun(
  rescue: Rescue,
  result: RescueResult,
  job: JobKeeper | undefined,
  target: string,
  host: EngineHost,
): Promise<VerifiedRun> {
  if (result.interruption !== undefined) return { result, verify: undefined };
  const without = (impossible: string): VerifiedRun => ({
    result,
    verify: {
      checkedBytes: 0,
      uncheckedBytes: rescue.map.bytesWith('+').totalBytes,
      differentBytes: 0,
      different: [],
      stopped: false,
      cache: 'cached',
      impossible,
    },
  });
  if (job === undefined) return without('checksums are kept in the folder of a job, and there is none');
  host.emit({ event: 'phase', phase: 'verify', stage: undefined, pass: 1 });
  let isStopped = false;
  host.onStop(() => {
    isStopped = true;
  });
  let verify: CheckedTarget;
  try {
    await job.settleSums();
    verify = await verifyCopy({
      target,
      sums: job.sumsPath,
      sizeBytes: rescue.map.sizeBytes,
      finished: rescue.map.bytesWith('+'),
      emit: host.emit,
      isStopped: () => isStopped,
    });
  } catch (error) {
    return without((error as Error).message);
  }
  if (verify.checkedBytes === 0 && verify.uncheckedBytes > 0 && !verify.stopped && !verify.failure) {
    return without('no checksums are known of what is saved');
  }
  if (verify.different.length > 0) return { result: await rescue.setBack(verify.different), verify };
  const interruption: RescueResult['interruption'] = verify.failure
    ? { kind: 'target-unread', ...verify.failure }
    : verify.stopped
      ? { kind: 'stopped' }
      : undefined;
  return { result: { ...result, interruption }, verify };
}
