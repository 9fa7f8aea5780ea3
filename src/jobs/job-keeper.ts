import { rm, rmdir } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { replaceFile } from '../block/durable-file.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { VERSION } from '../text/version.ts';
import { EventLog } from './event-log.ts';
import type { DoneEvent, JobEvent } from './job-events.ts';
import { type JobFiles, jobFiles } from './job-files.ts';
import type { JobEnd } from './job-identity.ts';
import type { JobLock } from './job-lock.ts';
import { formatRecord, type JobOptions, type JobRecord, verifiedOf } from './job-record.ts';
import { registerJob } from './job-registry.ts';
import type { JobServer } from './job-server.ts';
import type { JobSpec } from './job-spec.ts';
import { healthOf } from './smart.ts';
import { SumKeeper } from './sum-keeper.ts';

/** The log is written this often, the record of how far the job is this often. */
const FLUSH_MS = 1000;
const RECORD_MS = 30_000;
/** So long the end of a job waits for its folder: a stick that hangs must not hold up the verdict. */
const PATIENCE_MS = 5000;

/** What a keeper is made from. */
export interface KeptJob {
  readonly folder: string;
  readonly lock: JobLock;
  readonly spec: JobSpec;
  readonly source: JobEnd;
  readonly target: JobEnd;
  readonly sourceFacts: PathFacts;
  /** The record of the runs before; undefined for a new job. */
  readonly earlier: JobRecord | undefined;
  /** Whether an earlier run of the same rescue is continued. */
  readonly goesOn: boolean;
  /** Whether the folder was made just now. */
  readonly isNew: boolean;
  /** Whether it is put into the list of jobs. */
  readonly isListed: boolean;
  /** Lets others watch the job; undefined when that is not possible. */
  readonly server: JobServer | undefined;
  /** Takes a sentence for the user. */
  readonly say: (message: string) => void;
}

/**
 * Keeps the folder of a running job: record, log of events, health of the source. What it does is done beside the
 * rescue, one thing after the other, and neither holds it up nor ends it when it fails.
 */
export class JobKeeper {
  readonly folder: string;
  readonly #files: JobFiles;
  readonly #of: KeptJob;
  readonly #log: EventLog;
  readonly #sums: SumKeeper;
  #record: JobRecord;
  #work: Promise<void> = Promise.resolve();
  readonly #told = new Set<string>();
  readonly #health: Promise<void>[] = [];
  #hasStarted = false;
  #flushedMs = 0;
  #recordedMs = 0;

  constructor(of: KeptJob) {
    this.folder = of.folder;
    this.#of = of;
    this.#files = jobFiles(of.folder);
    this.#log = new EventLog(this.#files.log);
    this.#sums = new SumKeeper(this.#files.sums, of.source.sizeBytes, of.goesOn);
    this.#record = firstRecord(of);
  }

  /** Where the checksums are. */
  get sumsPath(): string {
    return this.#files.sums;
  }

  /** Takes the checksum of what was just saved. */
  saved(start: number, data: Uint8Array): void {
    this.#sums.note(start, data);
  }

  /** Resolves when all checksums are in their file. */
  async settleSums(): Promise<void> {
    this.#enqueue(() => this.#sums.flush());
    await this.#work;
  }

  /** Where the report of this run goes. */
  get reportPath(): string {
    return this.#files.report;
  }

  /** Takes in an event of the job. Never waits and never throws. */
  observe(event: JobEvent): void {
    this.#of.server?.tell(event);
    // The end is taken in by `finish`.
    if (event.event === 'done') return;
    this.#log.note(event);
    switch (event.event) {
      case 'start':
        this.#hasStarted = true;
        this.#change({ state: 'running', runs: this.#record.runs + 1, ...olderCheck(this.#record) });
        if (this.#of.isListed) this.#enqueue(() => registerJob(this.folder));
        this.#askHealth(this.#files.smartBefore);
        break;
      case 'plan': {
        const { volumeSerial, label } = event;
        const source = { ...this.#record.source, ...(volumeSerial !== undefined && { volumeSerial }) };
        this.#change({ source, ...(label && { label }) });
        break;
      }
      case 'progress': {
        const { domainBytes, savedBytes, badBytes, badAreas } = event;
        const isFirst = savedBytes > 0 && !this.#record.progress?.savedBytes;
        this.#record = { ...this.#record, progress: { domainBytes, savedBytes, badBytes, badAreas } };
        // From now on there is something to lose: the record says so even if the run is cut off at once.
        if (isFirst) this.#save();
        this.#tick();
        break;
      }
      default:
        break;
    }
  }

  /** Writes down how the run ended. Resolves when that is on stable storage, or after some seconds. */
  async finish(done: DoneEvent): Promise<void> {
    const { verdict, verify, domainBytes, savedBytes, badBytes, badAreas } = done;
    this.#log.note(done);
    const progress = { domainBytes, savedBytes, badBytes, badAreas };
    const verified = verify && verify.impossible === undefined && verifiedOf(verify);
    this.#change({ state: verdict, progress, ...(verified && { verified }) });
    this.#enqueue(() => this.#log.flush());
    this.#enqueue(() => this.#log.close());
    this.#enqueue(() => this.#sums.close());
    await this.#patiently(this.#work);
  }

  /**
   * Lets go of the job. Resolves when the source has told its health once more, which takes a while on a dying disk:
   * by then everybody else has been served.
   */
  async close(): Promise<void> {
    if (this.#of.server !== undefined) await this.#patiently(this.#of.server.close());
    this.#enqueue(() => this.#of.lock.release());
    if (!this.#hasStarted && this.#of.isNew) this.#enqueue(() => this.#removeAgain());
    await this.#patiently(this.#work);
    if (!this.#hasStarted) return;
    if (this.#record.state !== 'source-gone') this.#askHealth(this.#files.smartAfter);
    await Promise.all(this.#health);
    await this.#patiently(this.#work);
  }

  #change(change: Partial<JobRecord>): void {
    this.#record = { ...this.#record, ...change };
    this.#save();
  }

  #save(): void {
    this.#recordedMs = performance.now();
    this.#record = { ...this.#record, updated: new Date().toISOString() };
    const text = formatRecord(this.#record, this.folder);
    this.#enqueue(() => replaceFile(this.#files.record, Buffer.from(text)));
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#recordedMs >= RECORD_MS) this.#save();
    if (now - this.#flushedMs < FLUSH_MS) return;
    this.#flushedMs = now;
    this.#enqueue(async () => {
      // In another folder than before nothing says yet what the job is.
      if (await this.#of.lock.renew()) this.#save();
    });
    this.#enqueue(() => this.#log.flush());
    this.#enqueue(() => this.#sums.flush());
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: Error) => this.#failed(error));
  }

  /** The job goes on without its folder; each thing that is wrong with it is told once. */
  #failed(error: Error): void {
    if (this.#told.has(error.message)) return;
    this.#told.add(error.message);
    this.#of.say(`The job folder ${this.folder} is not up to date: ${error.message}. The rescue goes on.`);
  }

  #askHealth(path: string): void {
    const asked = healthOf(this.#of.sourceFacts).then((health) => {
      this.#enqueue(() => replaceFile(path, Buffer.from(`${JSON.stringify(health, undefined, 1)}\n`)));
    });
    this.#health.push(asked);
  }

  /** A job that did not come to its start leaves nothing behind. */
  async #removeAgain(): Promise<void> {
    await rm(this.#files.lock, { force: true });
    await rmdir(this.folder);
  }

  async #patiently(work: Promise<void>): Promise<void> {
    await Promise.race([work, delay(PATIENCE_MS, undefined, { ref: false })]);
  }
}

function firstRecord({ spec, source, target, earlier }: KeptJob): JobRecord {
  const now = new Date().toISOString();
  const { volumeSerial } = earlier?.source ?? {};
  return {
    format: 1,
    lifeboat: VERSION,
    created: earlier?.created ?? now,
    updated: now,
    source: { ...source, ...(volumeSerial !== undefined && { volumeSerial }) },
    target,
    map: resolve(spec.map),
    ...(spec.on?.holdsMap && { mapOnDrive: true as const }),
    ...(earlier?.label !== undefined && { label: earlier.label }),
    options: optionsOf(spec),
    runs: earlier?.runs ?? 0,
    state: earlier?.state ?? 'running',
    ...(earlier?.verified !== undefined && { verified: earlier.verified }),
    ...(earlier?.progress !== undefined && { progress: earlier.progress }),
  };
}

/** What the last look at the target has shown is what was before the run that begins. */
const olderCheck = ({ verified }: JobRecord): Pick<JobRecord, 'verified'> =>
  verified === undefined ? {} : { verified: { ...verified, isOlder: true } };

function optionsOf(spec: JobSpec): JobOptions {
  const { source: _s, target: _t, map: _m, on: _on, job: _j, overwrite: _o, force: _f, ...options } = spec;
  const { waitSeconds: _w, detached: _d, agreed: _a, report, ...rest } = options;
  return { ...rest, report: report && (isAbsolute(report) ? report : resolve(report)) };
}
