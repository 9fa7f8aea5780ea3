import type { AttachedDisk, KernelPartition } from './attached.ts';
import type { Content } from './content/content.ts';
import { HEALTH_ASKING, type Health } from './health/health.ts';
import type { Touched } from './look.ts';
import type { Disk, DiskState, Partition, Table } from './machine.ts';
import { BEING_WRITTEN, UNCHECKED, type Use } from './use.ts';
import type { Extent, TablePartition, WorkerEvent } from './worker-messages.ts';
import { type SelfCommand, startWorker, type Worker } from './worker-process.ts';

/** Who has written nothing for so many looks at the kernel's lists, a second each, has come to rest. */
const QUIET_ROUNDS = 2;
/** A writer that rests now and then does not bring a look each time. */
const AGAIN_MS = 5000;

const UNTOUCHED: Touched = { reads: 0, bytes: 0, failed: 0, slow: 0 };

const sum = (one: Touched, other: Touched): Touched => ({
  reads: one.reads + other.reads,
  bytes: one.bytes + other.bytes,
  failed: one.failed + other.failed,
  slow: one.slow + other.slow,
});

/** One attachment of one disk: what was found out about it so far. */
export class DiskWatch {
  readonly #self: SelfCommand;
  readonly #onChange: () => void;
  #attached: AttachedDisk;
  #worker: Worker | undefined;
  #state: DiskState;
  #health: Health = HEALTH_ASKING;
  #touched = UNTOUCHED;
  /** By workers that have ended. */
  #touchedBefore = UNTOUCHED;
  #table: Table | undefined;
  #tablePartitions: readonly TablePartition[] = [];
  readonly #contents = new Map<number | 'disk', Content>();
  /** Where reading was begun: never again, whatever came of it, unless something has written to the disk. */
  readonly #asked = new Set<number>();
  #looks = 0;
  /** The kernel's count of writes when it was looked at last; what comes after may have changed what was read. */
  #lookedWrites = 0;
  #lookedMs = 0;
  /** So many looks at the kernel's lists have found no new write. */
  #quietRounds = 0;
  #uses: ReadonlyMap<string, Use> = new Map();
  /** Paths of devices that somebody writes to. */
  #written: ReadonlySet<string> = new Set();
  #hasLooked = false;
  #stopped = false;

  constructor(attached: AttachedDisk, self: SelfCommand, onChange: () => void) {
    this.#attached = attached;
    this.#self = self;
    this.#onChange = onChange;
    this.#state = { kind: 'starting' };
    if (attached.sizeBytes === 0) {
      this.#state = { kind: 'unread', reason: 'it does not tell its size: check cable and power' };
    } else {
      this.#look(attached.partitions, false);
    }
  }

  get attached(): AttachedDisk {
    return this.#attached;
  }

  get goneSinceMs(): number | undefined {
    return this.#state.kind === 'gone' ? this.#state.sinceMs : undefined;
  }

  /** Takes what sysfs shows now. Partitions that the kernel has learned of since are read, too. */
  update(attached: AttachedDisk): void {
    const isQuiet = attached.traffic.writes === this.#attached.traffic.writes;
    this.#quietRounds = isQuiet ? this.#quietRounds + 1 : 0;
    this.#attached = attached;
    if (!this.#hasLooked || this.#worker !== undefined) return;
    const fresh = attached.partitions.filter(
      ({ startBytes }) => !this.#asked.has(startBytes) && !this.#isFrame(startBytes),
    );
    if (fresh.length > 0) this.#look(fresh, true);
  }

  /**
   * Whether it has to be looked at once more: something has written to it, and has come to rest. What is mounted or in
   * use otherwise is written to all the time. A disk that is failing or has given trouble is not read for that.
   */
  get needsLook(): boolean {
    const { checked, notTarget } = this.#useOf(this.#attached.path);
    return (
      this.#isOutdated &&
      this.#hasLooked &&
      this.#worker === undefined &&
      this.#state.kind === 'answering' &&
      this.#quietRounds >= QUIET_ROUNDS &&
      Date.now() - this.#lookedMs > AGAIN_MS &&
      checked &&
      notTarget === undefined &&
      this.#health.verdict !== 'failing' &&
      this.#touched.failed + this.#touched.slow === 0
    );
  }

  /** Forgets what was read, and reads it again. */
  lookAgain(): void {
    this.#asked.clear();
    this.#contents.clear();
    this.#table = undefined;
    this.#tablePartitions = [];
    this.#hasLooked = false;
    this.#look(this.#attached.partitions, false);
    this.#onChange();
  }

  get #isOutdated(): boolean {
    return this.#attached.traffic.writes !== this.#lookedWrites;
  }

  setHealth(health: Health): void {
    this.#health = health;
    this.#answerMeasure();
    this.#onChange();
  }

  setUses(uses: ReadonlyMap<string, Use>): void {
    this.#uses = uses;
  }

  setWritten(paths: ReadonlySet<string>): void {
    this.#written = paths;
  }

  gone(): void {
    this.stop();
    this.#state = { kind: 'gone', sinceMs: Date.now() };
  }

  stop(): void {
    this.#stopped = true;
    this.#worker?.kill();
  }

  /** Whether its first answer is still to come. */
  get #isPending(): boolean {
    return this.#state.kind === 'starting' || this.#state.kind === 'waiting';
  }

  #isFrame(startBytes: number): boolean {
    return this.#tablePartitions.some((part) => part.extended && part.startBytes === startBytes);
  }

  #look(known: readonly Extent[], extentsOnly: boolean): void {
    for (const { startBytes } of known) this.#asked.add(startBytes);
    if (!extentsOnly) {
      this.#looks++;
      this.#lookedWrites = this.#attached.traffic.writes;
      this.#lookedMs = Date.now();
    }
    this.#touchedBefore = this.#touched;
    this.#state = { kind: 'starting' };
    const task = {
      do: 'look' as const,
      path: this.#attached.path,
      known: known.map(({ startBytes, sizeBytes }) => ({ startBytes, sizeBytes })),
      extentsOnly,
    };
    const worker = startWorker(this.#self, task, (event) => this.#take(event));
    this.#worker = worker;
    void worker.ended.then((problem) => {
      this.#worker = undefined;
      if (this.#stopped) return;
      this.#hasLooked = true;
      if (problem !== undefined) this.#state = { kind: 'unread', reason: problem };
      else if (this.#isPending) this.#state = { kind: 'answering' };
      this.#onChange();
    });
  }

  #take(event: WorkerEvent): void {
    if (this.#stopped) return;
    if (this.#isPending) this.#state = { kind: 'waiting', sinceMs: Date.now() };
    switch (event.event) {
      case 'touched':
        this.#touched = sum(this.#touchedBefore, event.touched);
        break;
      case 'table':
        this.#table = event.table;
        this.#tablePartitions = event.partitions;
        for (const { startBytes } of event.partitions) this.#asked.add(startBytes);
        break;
      case 'content':
        this.#contents.set(event.at, event.content);
        break;
      case 'looked':
        this.#hasLooked = true;
        this.#state = { kind: 'answering' };
        this.#answerMeasure();
        break;
      case 'unread':
        this.#state = { kind: 'unread', reason: event.reason };
        break;
      case 'opening':
      case 'use':
        break;
    }
    this.#onChange();
  }

  /** A disk that says that it is failing is not read for a mere figure; one that has not answered yet may be. */
  #answerMeasure(): void {
    if (!this.#hasLooked || this.#health.state === 'asking') return;
    this.#worker?.measure(this.#health.verdict !== 'failing');
  }

  /** The picture of the disk as it is known now. */
  picture(): Disk {
    const { attachment: _, partitions, ...facts } = this.#attached;
    const content = this.#contents.get('disk');
    const isWritten = [facts, ...partitions].some(({ path }) => this.#written.has(path));
    const use = this.#shownUse(facts.path, isWritten);
    const isIdle = this.#worker === undefined || this.#state.kind === 'unread';
    return {
      ...facts,
      state: this.#state,
      touched: this.#touched,
      looks: this.#looks,
      outdated: this.#isOutdated,
      ...(this.#table !== undefined && { table: this.#table }),
      ...(content !== undefined && { content }),
      partitions: this.#partitions(partitions),
      health: this.#health,
      use,
      settled: this.goneSinceMs !== undefined || (isIdle && this.#health.state !== 'asking' && use.checked),
    };
  }

  #partitions(inKernel: readonly KernelPartition[]): Partition[] {
    const starts = new Set([
      ...this.#tablePartitions.map(({ startBytes }) => startBytes),
      ...inKernel.map(({ startBytes }) => startBytes),
    ]);
    const parts = [...starts].map((startBytes) =>
      this.#partition(
        startBytes,
        this.#tablePartitions.find((part) => part.startBytes === startBytes),
        inKernel.find((part) => part.startBytes === startBytes),
      ),
    );
    return parts.filter((part) => part !== undefined).sort((one, other) => one.startBytes - other.startBytes);
  }

  /** Joined by where it begins: the kernel gives an extended partition another size than the table does. */
  #partition(
    startBytes: number,
    inTable: TablePartition | undefined,
    inKernel: KernelPartition | undefined,
  ): Partition | undefined {
    const sizeBytes = inTable?.sizeBytes ?? inKernel?.sizeBytes;
    const number = inKernel?.number ?? inTable?.number;
    if (sizeBytes === undefined || number === undefined) return undefined;
    const content = this.#contents.get(startBytes);
    return {
      number,
      ...(inKernel !== undefined && {
        name: inKernel.name,
        path: inKernel.path,
        majorMinor: inKernel.majorMinor,
      }),
      startBytes,
      sizeBytes,
      extended: inTable?.extended ?? false,
      ...(inTable?.type !== undefined && { type: inTable.type }),
      ...(inTable?.typeName !== undefined && { typeName: inTable.typeName }),
      ...(inTable?.label !== undefined && { partitionLabel: inTable.label }),
      ...(inTable?.uuid !== undefined && { partitionUuid: inTable.uuid }),
      active: inTable?.active ?? false,
      readOnly: inKernel?.readOnly ?? this.#attached.readOnly,
      ...(content !== undefined && { content }),
      use: this.#shownUse(
        inKernel?.path,
        [inKernel?.path, this.#attached.path].some((path) => path !== undefined && this.#written.has(path)),
      ),
    };
  }

  /** A use is looked up now and then; that somebody writes is known each second. */
  #shownUse(path: string | undefined, isWritten: boolean): Use {
    const use = this.#useOf(path);
    return isWritten ? { ...use, notTarget: use.notTarget ?? BEING_WRITTEN } : use;
  }

  /** What only the table knows has no name by which anything could use it. */
  #useOf(path: string | undefined): Use {
    return (path === undefined ? undefined : this.#uses.get(path)) ?? UNCHECKED;
  }
}
