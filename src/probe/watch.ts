import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoName } from '../block/errno.ts';
import { exclusivelyLocked, isAnyLocked } from '../block/file-locks.ts';
import { parseMounts } from '../block/mounts.ts';
import { type AttachedDisk, describeAttached, diskNames } from './attached.ts';
import { DiskWatch } from './disk-watch.ts';
import { askHealth } from './health/smartctl.ts';
import { type HostFacts, readHostFacts } from './host.ts';
import type { Disk, Machine } from './machine.ts';
import type { Use } from './use.ts';
import { type SelfCommand, startWorker, type Worker } from './worker-process.ts';

/** How often the kernel's lists are looked at. A disk that is plugged in is seen after one such time. */
const LOOK_MS = 1000;
/** Memory and battery are asked about every so many looks. */
const HOST_ROUNDS = 15;
/** A disk that is gone stays in the picture for so long. */
const GONE_MS = 10_000;

export interface WatchOptions {
  /** How this program starts itself, for the processes that ask the disks. */
  readonly self: SelfCommand;
  /** Called with each new picture, at most every tenth of a second; the first comes within milliseconds. */
  readonly onChange: (machine: Machine) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Names or paths of disks; the others are neither read nor shown. All when undefined. */
  readonly only?: readonly string[];
}

/**
 * Watches the disks of the machine until `signal` is aborted; resolves then. Each disk is read once, by a process of
 * its own, when it is first seen, and once more after something has written to it; this process only reads what the kernel keeps in memory, so no disk can hold it up.
 */
export async function watchMachine(options: WatchOptions): Promise<void> {
  const watch = new MachineWatch(options);
  await watch.run();
}

const PUBLISH_MS = 100;

class MachineWatch {
  readonly #options: WatchOptions;
  readonly #disks = new Map<string, DiskWatch>();
  #host: HostFacts | undefined;
  #useWorker: Worker | undefined;
  #uses = new Map<string, Use>();
  #usesAre = '';
  #last: readonly { readonly text: string; readonly disk: Disk }[] = [];
  #lastHost: HostFacts | undefined;
  #published = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    for (let round = 0; !signal.aborted; round++) {
      await this.#look();
      if (signal.aborted) break;
      if (round > 0) this.#soon();
      else this.#publish();
      // Only now: the disks shall be on the screen first.
      if (round % HOST_ROUNDS === 0) this.#askHost();
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
    clearTimeout(this.#timer);
    this.#endUseWorker();
    for (const disk of this.#disks.values()) disk.stop();
  }

  #askHost(): void {
    void readHostFacts(this.#host).then((facts) => {
      this.#host = facts;
      this.#soon();
    });
  }

  /** Goes through what the kernel lists now. */
  async #look(): Promise<void> {
    const names = (await diskNames()).filter((name) => this.#isWanted(name));
    for (const name of names) {
      const before = this.#disks.get(name);
      const attached = await describeAttached(name, before?.attached);
      if (attached === undefined) {
        this.#lose(name, before);
      } else if (before?.attached.attachment === attached.attachment && before.goneSinceMs === undefined) {
        before.update(attached);
        if (before.needsLook && !(await isWrittenTo(before.attached))) before.lookAgain();
      } else {
        before?.stop();
        this.#add(name, new DiskWatch(attached, this.#options.self, () => this.#soon()));
      }
    }
    for (const [name, disk] of this.#disks) if (!names.includes(name)) this.#lose(name, disk);
    await this.#checkWriters();
    await this.#checkUses();
  }

  /** Whoever writes to a device holds a lock on it, for as long as it lasts. */
  async #checkWriters(): Promise<void> {
    const disks = [...this.#disks.values()];
    const paths = disks.flatMap(({ attached }) => [attached, ...attached.partitions].map(({ path }) => path));
    const written = await exclusivelyLocked(paths);
    for (const disk of disks) disk.setWritten(written);
  }

  #isWanted(name: string): boolean {
    const path = `/dev/${name.replaceAll('!', '/')}`;
    return this.#options.only?.some((one) => one === name || one === path) ?? true;
  }

  #add(name: string, disk: DiskWatch): void {
    this.#disks.set(name, disk);
    // What was found out of the disk that had this name before says nothing of this one.
    const { attached } = disk;
    const paths = new Set([attached, ...attached.partitions].map(({ path }) => path));
    this.#uses = new Map([...this.#uses].filter(([path]) => !paths.has(path)));
    disk.setUses(this.#uses);
    void askHealth(disk.attached, this.#options.signal).then((health) => disk.setHealth(health));
  }

  #lose(name: string, disk: DiskWatch | undefined): void {
    if (disk === undefined) return;
    if (disk.goneSinceMs === undefined) disk.gone();
    else if (Date.now() - disk.goneSinceMs > GONE_MS) this.#disks.delete(name);
  }

  /** Starts a process that finds out what the devices are used for, whenever that may have changed. */
  async #checkUses(): Promise<void> {
    const here = [...this.#disks.values()].filter(({ goneSinceMs }) => goneSinceMs === undefined);
    const devices = here.flatMap(({ attached }) => [attached, ...attached.partitions]);
    const mounts = await readText('/proc/self/mountinfo');
    const state = [
      ...devices.map((one) => `${one.path} ${one.majorMinor} ${one.sizeBytes} ${one.readOnly}`),
      ...here.map(({ attached }) => attached.attachment),
      mounts,
      await readText('/proc/swaps'),
    ].join('\n');
    // One that hangs is not asked again.
    if (this.#useWorker !== undefined || devices.length === 0) return;
    if (state === this.#usesAre && !this.#isOutdated(devices, mounts)) return;
    this.#usesAre = state;
    const fresh = new Map<string, Use>();
    const task = { do: 'use' as const, paths: devices.map(({ path }) => path) };
    const worker = startWorker(this.#options.self, task, (event) => {
      if (event.event !== 'use') return;
      fresh.set(event.path, event.use);
      // All is said; its process may yet hang in the kernel.
      if (fresh.size === task.paths.length) this.#endUseWorker();
      this.#uses = new Map([...this.#uses, ...fresh]);
      for (const disk of this.#disks.values()) disk.setUses(this.#uses);
      this.#soon();
    });
    this.#useWorker = worker;
    void worker.ended.then(() => {
      if (this.#useWorker === worker) this.#useWorker = undefined;
    });
  }

  /**
   * Whether a device is told to be mounted where nothing is mounted now: a process that began to ask while the drive was
   * not mounted, and asked while it was for a moment, has told so, and nothing has changed for the kernel's lists since.
   */
  #isOutdated(devices: readonly { readonly path: string }[], mounts: string): boolean {
    const points = new Set(parseMounts(mounts).map(({ mountPoint }) => mountPoint));
    return devices.some(({ path }) => this.#uses.get(path)?.mountPoints.some((point) => !points.has(point)));
  }

  #endUseWorker(): void {
    this.#useWorker?.kill();
    this.#useWorker = undefined;
  }

  #soon(): void {
    if (this.#options.signal.aborted) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#publish();
    }, PUBLISH_MS);
  }

  /** Hands out a picture if it differs from the last one. */
  #publish(): void {
    if (this.#options.signal.aborted) return;
    const pictures = [...this.#disks.values()].map((watch) => {
      const disk = watch.picture();
      const text = JSON.stringify(disk);
      return this.#last.find((one) => one.text === text) ?? { text, disk };
    });
    const order = new Intl.Collator('en', { numeric: true });
    pictures.sort((one, other) => order.compare(one.disk.name, other.disk.name));
    const isSame =
      this.#published &&
      this.#lastHost === this.#host &&
      pictures.length === this.#last.length &&
      pictures.every((picture, index) => picture === this.#last[index]);
    if (isSame) return;
    this.#last = pictures;
    this.#lastHost = this.#host;
    this.#published = true;
    this.#options.onChange({
      takenMs: Date.now(),
      ...(this.#host !== undefined && { host: this.#host }),
      disks: pictures.map(({ disk }) => disk),
    });
  }
}

/** Whether a rescue or a clone is at work on the disk or a part of it, or rests for a while: it holds a lock. */
const isWrittenTo = ({ path, partitions }: AttachedDisk): Promise<boolean> =>
  isAnyLocked([path, ...partitions.map((each) => each.path)]);

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return '';
  }
}
