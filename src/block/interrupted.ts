import { setTimeout as delay } from 'node:timers/promises';
import { errnoName } from './errno.ts';

/** How often a request that the kernel only put off is asked again. */
const ATTEMPTS = 8;

/** Pause before the first new attempt in milliseconds; it doubles each time, about a quarter second in all. */
const FIRST_PAUSE_MS = 2;

/**
 * Runs `request`, and again for a bounded number of times while it is only put off (EINTR, EAGAIN): these say
 * nothing about the medium. Rejects with the last error.
 */
export async function retryInterrupted<Result>(request: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      const errno = errnoName(error);
      if (attempt === ATTEMPTS || (errno !== 'EINTR' && errno !== 'EAGAIN')) throw error;
    }
    await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1));
  }
}
