import { setTimeout as delay } from 'node:timers/promises';
import { errnoName } from '../block/errno.ts';
import type { OpenTarget } from '../block/target-device.ts';
import type { RescueResult } from '../rescue/events.ts';

/** Those that were closed, or are being closed: where disks are kept locked, closing locks them, once. */
const closing = new WeakMap<object, Promise<string | undefined>>();

/**
 * Closes a target; the number of the error with which the system tells that it has not taken everything, undefined when
 * all is well, when that was told before, or when it has not answered after `patienceMs`: it must not hold up the
 * verdict, and has flushed all that the map vouches for.
 */
export async function closeTarget(
  target: Pick<OpenTarget, 'close'>,
  patienceMs: number,
): Promise<string | undefined> {
  const late = delay(patienceMs, undefined, { ref: false });
  const known = closing.get(target);
  if (known !== undefined) {
    await Promise.race([known, late]);
    return undefined;
  }
  const ended = target.close().then(
    () => undefined,
    (error: unknown) => {
      const errno = errnoName(error);
      if (errno === undefined) throw error;
      return errno;
    },
  );
  closing.set(target, ended);
  return Promise.race([ended, late]);
}

/** How a run ends whose target fails at the very last; why it ended before stands. */
export function closed(result: RescueResult, errno: string | undefined): RescueResult {
  if (errno === undefined || result.interruption !== undefined) return result;
  return { ...result, interruption: { kind: 'target-failed', position: undefined, errno } };
}
