import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LifeboatRun, startLifeboat } from './lifeboat.ts';

/** A run of the executable, with what it took. */
export interface WatchedRun extends LifeboatRun {
  /** Upper bound of the memory that the program and its engine held at one time. */
  readonly peakBytes: number;
  /** The same for the one of them that held more. */
  readonly largestBytes: number;
}

const SAMPLE_MS = 25;
/** A generous end of patience: what runs longer hangs. */
const HANG_MS = 120_000;

/**
 * Runs the executable while its memory is watched. Rejects when it does not end within two minutes; it is killed
 * then.
 */
export async function watchedLifeboat(args: readonly string[]): Promise<WatchedRun> {
  const { child, ended, killAll } = startLifeboat(args);
  const peaks = new Map<number, number>();
  let over = false;
  const watch = async (): Promise<void> => {
    const begun = performance.now();
    while (!over) {
      for (const pid of [child.pid ?? 0, ...(await childrenOf(child.pid ?? 0))]) {
        peaks.set(pid, Math.max(peaks.get(pid) ?? 0, await peakOf(pid)));
      }
      if (performance.now() - begun > HANG_MS) {
        killAll();
        throw new Error(`lifeboat ${args.join(' ')} did not end within ${HANG_MS / 1000} s`);
      }
      await sleep(SAMPLE_MS);
    }
  };
  const watching = watch();
  const result = await Promise.race([ended, watching.then(() => ended)]);
  over = true;
  await watching;
  const held = [...peaks.values()];
  const peakBytes = held.reduce((sum, bytes) => sum + bytes, 0);
  return { ...result, peakBytes, largestBytes: Math.max(...held) };
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** The most memory that a process ever had; 0 when it has ended. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
