import { constants } from 'node:fs';
import { access, mkdir, readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readBootId } from '../block/boot-id.ts';
import { describePath } from '../block/device-facts.ts';
import { syncFolder } from '../block/durable-file.ts';
import { errnoName } from '../block/errno.ts';
import { checkFolder } from '../block/folder-guard.ts';
import type { PathFacts } from '../block/path-facts.ts';
import type { EngineHost } from './engine-host.ts';
import { jobFiles } from './job-files.ts';
import {
  asTarget,
  type Certainty,
  type Difference,
  differences,
  differencesText,
  endOf,
  type JobEnd,
  recognise,
} from './job-identity.ts';
import { JobKeeper } from './job-keeper.ts';
import { loadRecord } from './job-load.ts';
import { JobLock, readHolder } from './job-lock.ts';
import type { PlacedRecord } from './job-record.ts';
import { whyNotListed } from './job-registry.ts';
import { JobServer } from './job-server.ts';
import { socketPath } from './job-socket.ts';
import type { JobSpec } from './job-spec.ts';
import { Refusal } from './refusal.ts';

/** What of its process a job talks to. */
type BeginHost = Pick<EngineHost, 'emit' | 'obey'>;

/** A job's folder before the job begins: what is there was checked and locked, what is not there was not made. */
export interface JobClaim {
  /** What the user should know of it, a sentence each. */
  readonly notes: string[];
  /** Whether an earlier run has saved something to that target, or in that drive, by its own account. */
  savedBefore(place: PathFacts): Promise<boolean>;
  /** How sure it is that the target is that of the earlier runs, or in what it is another; undefined when no job tells. */
  compareTarget(now: JobEnd): Certainty | readonly Difference[] | undefined;
  /** Whether a look at the target has found something else there since the last run. */
  readonly isTakenOver: boolean;
  /** Makes the folder if need be, and keeps the job from now on; `goesOn` when an earlier run is continued. */
  begin(source: JobEnd, target: JobEnd, goesOn: boolean, host: BeginHost): Promise<JobKeeper | undefined>;
}

/**
 * Checks the folder of a job and takes it, if it is there, so that no second process works on the job. Throws a
 * `Refusal` when it is another job's, or busy; a default folder that cannot be used is done without, with a note.
 */
export async function claimJob(
  spec: JobSpec,
  source: JobEnd,
  sourceFacts: PathFacts,
  targetFacts: PathFacts,
): Promise<JobClaim | undefined> {
  if (spec.job === undefined) return undefined;
  const claim = new Claim(spec, sourceFacts);
  await claim.guard(() => claim.check(source, targetFacts));
  return claim;
}

/** Why a folder cannot be the job's. */
class Unfit extends Error {}

class Claim implements JobClaim {
  readonly notes: string[] = [];
  readonly #spec: JobSpec;
  readonly #sourceFacts: PathFacts;
  readonly #folder: string;
  readonly #chosen: boolean;
  #lock: JobLock | undefined;
  #earlier: PlacedRecord | undefined;
  #isUsable = true;
  #isListed = true;
  #isOthers = false;

  constructor(spec: JobSpec, sourceFacts: PathFacts) {
    this.#spec = spec;
    this.#sourceFacts = sourceFacts;
    this.#folder = resolve(spec.job?.folder ?? '');
    this.#chosen = spec.job?.chosen === true;
  }

  /** Turns what speaks against the folder into a refusal, or for a default one into a note. */
  async guard<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unfit) && errnoName(error) === undefined) throw error;
      const why = (error as Error).message;
      if (this.#chosen) {
        const advice = 'Name another folder with --job.';
        throw new Refusal('bad-job', `The job cannot be kept in ${this.#folder}: ${why}.`, advice);
      }
      this.#isUsable = false;
      this.notes.push(
        `No job folder is kept in ${this.#folder}: ${why}. Progress is kept in the map all the same.`,
      );
      return undefined;
    }
  }

  async check(source: JobEnd, target: PathFacts): Promise<void> {
    const facts = await describePath(this.#folder);
    if (facts.kind !== 'directory' && facts.kind !== 'missing') throw new Unfit('it is no folder');
    if (facts.kind === 'missing' && facts.danglingLink) throw new Unfit('it is a link that leads nowhere');
    if (facts.kind === 'missing' && this.#chosen && !facts.parentExists) {
      throw new Unfit(`the folder ${facts.parent} does not exist`);
    }
    const isTarget = target.kind === 'missing' && resolve(target.path) === this.#folder;
    if (isTarget) throw new Unfit('it is the target');
    if (await checkFolder(this.#sourceFacts, facts)) {
      throw new Unfit('it lies on the disk of the source, which must not be written to');
    }
    // What cannot be made is told before the target is touched.
    if (facts.kind === 'directory') await access(this.#folder, constants.W_OK);
    else if (facts.parentExists) await access(facts.parent, constants.W_OK);
    if (facts.kind === 'directory') await this.#take(source);
    // Now, since later the source may hang, and with it whoever asks for it.
    const problem = await whyNotListed(this.#folder, this.#sourceFacts);
    this.#isListed = problem === undefined;
    if (problem !== undefined) this.notes.push(problem);
  }

  async savedBefore(place: PathFacts): Promise<boolean> {
    const { target, progress, near } = this.#earlier ?? {};
    if (target === undefined || !progress?.savedBytes) return false;
    if (place.kind !== 'block' && place.kind !== 'file') return false;
    if ((target.on === undefined) !== (this.#spec.on === undefined)) return false;
    const now = endOf(place, place.sizeBytes, await readBootId());
    const before = target.on ?? target;
    // A file that was cut short, or was lengthened since, is the same file.
    if (before.kind === 'file') return now?.path === before.path || now?.path === near?.target;
    return now !== undefined && recognise(before, now) !== undefined;
  }

  compareTarget(now: JobEnd): Certainty | readonly Difference[] | undefined {
    if (this.#earlier === undefined) return undefined;
    const { target, near } = this.#earlier;
    const found = asTarget(now, target);
    const different = differences(target, found);
    if (different.length > 0) return different;
    // The drive with job and copy may be mounted elsewhere.
    return near.target === found.path ? 'same' : recognise(target, found);
  }

  get isTakenOver(): boolean {
    return this.#earlier?.takenOver === true;
  }

  async begin(
    source: JobEnd,
    target: JobEnd,
    goesOn: boolean,
    host: BeginHost,
  ): Promise<JobKeeper | undefined> {
    if (!this.#isUsable) return undefined;
    return this.guard(async () => {
      // What is locked was there before.
      const isNew = this.#lock === undefined;
      if (isNew) {
        await mkdir(this.#folder, { recursive: !this.#chosen, mode: 0o700 });
        await syncFolder(dirname(this.#folder));
      }
      this.#lock ??= await this.#locked();
      const server = await this.#watchable(host);
      await this.#lock.sign(server?.path);
      return new JobKeeper({
        isListed: this.#isListed,
        folder: this.#folder,
        lock: this.#lock,
        spec: this.#spec,
        source,
        target,
        sourceFacts: this.#sourceFacts,
        earlier: this.#earlier,
        goesOn: goesOn && !this.#isOthers,
        isNew,
        server,
        say: (message) => host.emit({ event: 'note', message }),
      });
    });
  }

  async #watchable({ obey }: BeginHost): Promise<JobServer | undefined> {
    try {
      return await JobServer.open(await socketPath(this.#folder), this.#folder, obey);
    } catch (error) {
      this.notes.push(`The job cannot be watched from elsewhere: ${(error as Error).message}.`);
      return undefined;
    }
  }

  async #take(source: JobEnd): Promise<void> {
    const loaded = await loadRecord(this.#folder);
    if (loaded.kind === 'none' && !(await isFresh(this.#folder))) {
      throw new Unfit('it holds other things; name a new folder inside it');
    }
    this.#lock = await this.#locked();
    if (loaded.kind === 'damaged') {
      this.notes.push(`${loaded.problem}. It is written anew; the map has all that counts.`);
    }
    if (loaded.kind !== 'record') return;
    const found = differences(loaded.record.source, source);
    if (found.length === 0) {
      this.#earlier = loaded.record;
      return;
    }
    if (this.#chosen) {
      throw new Refusal(
        'wrong-job',
        `The job in ${this.#folder} is of another source than ${this.#spec.source}. ${differencesText(found)}.`,
        'Attach its own disk, or name another folder with --job.',
      );
    }
    this.#isOthers = true;
    // The map decides what is gone on with, and it was found to be of this source, or there is none.
    this.notes.push(`The job folder ${this.#folder} was that of another source, and begins anew.`);
  }

  async #locked(): Promise<JobLock> {
    const path = jobFiles(this.#folder).lock;
    let lock: JobLock | undefined;
    try {
      lock = await JobLock.take(path);
    } catch (error) {
      throw new Unfit((error as Error).message);
    }
    if (lock !== undefined) return lock;
    const holder = await readHolder(path);
    const who = holder === undefined ? 'Another process' : `Process ${holder.pid}, since ${holder.since},`;
    throw new Refusal(
      'job-busy',
      `${who} is working on the job in ${this.#folder} at this moment.`,
      'Wait for it, or stop it first: lifeboat stop.',
    );
  }
}

/** Whether a folder holds nothing, or only what a job leaves that was cut off while it began. */
async function isFresh(folder: string): Promise<boolean> {
  const ours = new Set(['lock', 'job.json.new']);
  return (await readdir(folder)).every((name) => ours.has(name));
}
