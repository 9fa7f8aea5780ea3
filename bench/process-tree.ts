import { readdirSync, readFileSync } from 'node:fs';

/** What a process and all that it started have used. */
export interface TreeUsage {
  readonly cpuSeconds: number;
  /** The most memory that all of them held at one moment. */
  readonly peakMiB: number;
}

const LOOK_EVERY_MS = 50;
/** What the kernel counts processor time in, on every Linux that there is. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  readonly residentBytes: number;
}

/**
 * Watches a process and its descendants, also those that outlive their parents: what a parent does not wait for is
 * missing in the figures that the kernel gives for it. Call the returned function at the end.
 */
export function watchTree(root: number): () => TreeUsage {
  const ticksOf = new Map<number, number>([[root, 0]]);
  let peakBytes = 0;
  const look = (): void => {
    let bytes = 0;
    // Ascending, so that parents mostly come before their children; who is missed is found the next time.
    for (const { pid, parent, ticks, residentBytes } of processes()) {
      if (!ticksOf.has(pid) && !ticksOf.has(parent)) continue;
      ticksOf.set(pid, ticks);
      bytes += residentBytes;
    }
    peakBytes = Math.max(peakBytes, bytes);
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    const ticks = [...ticksOf.values()].reduce((sum, each) => sum + each, 0);
    return { cpuSeconds: ticks / TICKS_PER_SECOND, peakMiB: peakBytes / 2 ** 20 };
  };
}

function processes(): ProcessFacts[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const [parent = 0, user = 0, system = 0, pages = 0] = [fields[1], fields[11], fields[12], fields[21]];
      return [{ pid, parent, ticks: user + system, residentBytes: pages * PAGE_BYTES }];
    } catch {
      // It has ended since the folder was listed.
      return [];
    }
  });
}
