import { readFile } from 'node:fs/promises';
import {
  changeFaults,
  type DiskRequest,
  readState,
  startDisk,
  stopDisk,
  sweepDisks,
} from '../../scripts/failing-disk/chain.ts';
import {
  type LoggedRequest,
  parseRequests,
  type RequestTotals,
  totals,
} from '../../scripts/failing-disk/request-log.ts';

/** A block device that fails as it is told to. */
export interface FailingDisk extends AsyncDisposable {
  /** The loop device, for instance `/dev/loop3`; opens read-only unless `exposeWrites` was asked for. */
  readonly device: string;
  readonly image: string;
  /** All requests that the disk has got so far, in order. */
  requests(): Promise<LoggedRequest[]>;
  /** Counts over `requests()`. */
  stats(): Promise<RequestTotals>;
  /** Puts these faults in the place of the old ones; tries and running vanishings stay counted. */
  setFaults(faults: readonly string[]): Promise<void>;
  /** Makes every request fail from now on (the device node stays); `comeBack` ends it. */
  vanish(): Promise<void>;
  comeBack(): Promise<void>;
}

/** What `failingDisk` takes: rules as in a fault file, in 512-byte sectors. */
export interface FailingDiskOptions extends Pick<DiskRequest, 'sectorBytes' | 'timescale' | 'exposeWrites'> {
  readonly image: string;
  readonly faults?: readonly string[];
}

const FOR_EVER = 'vanish_after_reads 0 1000000000';

/**
 * Sets up a failing disk over an image; `await using` takes it down. Should this process die first, the next
 * call, in whichever process, does.
 */
export async function failingDisk({ image, faults = [], ...rest }: FailingDiskOptions): Promise<FailingDisk> {
  await sweepDisks();
  const { folder, device } = await startDisk({ ...rest, image, faults: lines(faults), owner: process.pid });
  const { log } = await readState(folder);
  let inForce = faults;
  const requests = async () => parseRequests(await readFile(log, 'utf8'));
  return {
    device,
    image,
    requests,
    stats: async () => totals(await requests()),
    async setFaults(changed) {
      inForce = changed;
      await changeFaults(folder, lines(changed));
    },
    vanish: () => changeFaults(folder, lines([...inForce, FOR_EVER])),
    comeBack: () => changeFaults(folder, lines(inForce)),
    [Symbol.asyncDispose]: () => stopDisk(folder),
  };
}

function lines(faults: readonly string[]): string {
  return faults.map((fault) => `${fault}\n`).join('');
}
