import { join } from 'node:path';
import { execa } from 'execa';
import { errnoName } from '../block/errno.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { listNames, SYS } from '../block/sysfs.ts';

/** A disk that has not told its health by then is not waited for any more. */
const TIME_LIMIT_MS = 15_000;

/** What asking a disk for its health gave. */
export interface SmartRecord {
  /** ISO 8601. */
  readonly at: string;
  /** The disk that was asked, such as `/dev/sda`. */
  readonly device: string;
  /** What smartctl printed, as it is; missing when there was nothing to be had. */
  readonly smartctl?: unknown;
  /** Exit status of smartctl, a bit field (`man 8 smartctl`). */
  readonly exitStatus?: number;
  /** Why there is no answer, in plain words. */
  readonly problem?: string;
}

/** The health of the disk on which a source lies. Rejects no more than `readSmart` does. */
export async function healthOf(source: PathFacts): Promise<SmartRecord> {
  if (source.kind !== 'block') return noHealth(source.path, 'the source is no disk');
  const device = `/dev/${source.diskName}`;
  // Loop devices and their like have no hardware of their own in sysfs, and no health.
  const hardware = await listNames(join(SYS, 'block', source.diskName.replaceAll('/', '!'), 'device'));
  return hardware.length > 0 ? readSmart(device) : noHealth(device, 'it is no disk of its own');
}

const noHealth = (device: string, problem: string): SmartRecord => ({
  at: new Date().toISOString(),
  device,
  problem,
});

/**
 * Asks a disk for its health and its log of errors. Never rejects for what the disk or the tool do, and answers after
 * the time limit at the latest: a command to a dying disk can hang in the kernel, where nothing ends it.
 */
export async function readSmart(
  device: string,
  tool: string = 'smartctl',
  limitMs: number = TIME_LIMIT_MS,
): Promise<SmartRecord> {
  const asked = { at: new Date().toISOString(), device };
  const child = execa(tool, ['--json', '-x', device], {
    stdin: 'ignore',
    reject: false,
    timeout: limitMs,
    killSignal: 'SIGKILL',
    maxBuffer: 4 << 20,
    // It may be on its way while the program ends.
    cleanup: false,
  });
  const late = new Promise<undefined>((resolve) => {
    // A little after the tool was ended: only what hangs in the kernel is still there then.
    setTimeout(() => resolve(undefined), limitMs + 500).unref();
  });
  const result = await Promise.race([child, late]);
  if (result === undefined || result.timedOut) {
    return { ...asked, problem: `no answer within ${Math.round(limitMs / 1000)} s` };
  }
  if (result.exitCode === undefined) {
    const missing = errnoName(result.cause) === 'ENOENT';
    return { ...asked, problem: missing ? `${tool} is not installed` : `${tool} did not run` };
  }
  const { exitCode: exitStatus } = result;
  try {
    return { ...asked, exitStatus, smartctl: JSON.parse(result.stdout) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ...asked, exitStatus, problem: `${tool} printed no JSON` };
  }
}
