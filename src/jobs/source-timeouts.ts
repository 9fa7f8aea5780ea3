import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBootId } from '../block/boot-id.ts';
import { errnoName } from '../block/errno.ts';
import {
  type ChangedTimeout,
  isTimeoutFile,
  lowerTimeout,
  plannedTimeouts,
  restoreTimeout,
} from '../block/kernel-timeouts.ts';
import type { BlockFacts } from '../block/path-facts.ts';
import { listNames, readAttribute, readNumber, SYS } from '../block/sysfs.ts';
import { type DriveErc, DriveErcTool } from './drive-erc.ts';
import { startTicks } from './job-lock.ts';

/** The drive's own limit for a read, in tenths of a second: what drives for arrays come with. */
const READ_ERC = 70;

/** Where the machine is; tests have one of their own. */
export interface TimeoutPlaces {
  readonly sys: string;
  /** Notes of what was changed. In memory: a restart of the machine undoes the changes too. */
  readonly state: string;
  readonly erc: DriveErcTool;
}

const MACHINE: TimeoutPlaces = { sys: SYS, state: '/run/lifeboat/timeouts', erc: new DriveErcTool() };

/** What was changed on one attachment of a disk, and by whom. */
interface Note {
  readonly disk: string;
  readonly diskSequence: number | undefined;
  readonly bootId: string;
  readonly pid: number;
  readonly startTicks: string | undefined;
  readonly timeouts: readonly ChangedTimeout[];
  readonly erc: { readonly before: DriveErc; readonly after: DriveErc } | undefined;
}

/**
 * Lowers the time-outs for commands to the source, so that a stuck read comes back sooner, and puts them back. What was
 * before is noted down first; should this process be killed, the next rescue of any disk puts it back.
 */
export class SourceTimeouts {
  readonly #places: TimeoutPlaces;
  readonly #say: (message: string) => void;
  #note: Note | undefined;

  constructor(say: (message: string) => void, places: TimeoutPlaces = MACHINE) {
    this.#say = say;
    this.#places = places;
  }

  /** Lowers those of the disk of `facts`, after putting back those of the disk before. Never rejects for the system. */
  async lower(facts: BlockFacts): Promise<void> {
    await this.restore();
    const { sys, erc } = this.#places;
    const { diskName: disk, diskSequence } = facts;
    if (await this.#isSpokenFor(disk)) return;
    const timeouts = await plannedTimeouts(disk, sys);
    const ercBefore = (await this.#isAta(disk)) ? await erc.read(`/dev/${disk}`) : undefined;
    const ercChange =
      ercBefore && (ercBefore.read === 0 || ercBefore.read > READ_ERC)
        ? { before: ercBefore, after: { ...ercBefore, read: READ_ERC } }
        : undefined;
    if (timeouts.length === 0 && !ercChange) return;
    const ticks = await startTicks(process.pid);
    const bootId = await readBootId();
    const note: Note = {
      disk,
      diskSequence,
      bootId,
      pid: process.pid,
      startTicks: ticks,
      timeouts,
      erc: ercChange,
    };
    const problem = await this.#write(note);
    if (problem !== undefined) {
      this.#say(`The time-outs of ${disk} are left as they are: ${problem}.`);
      return;
    }
    this.#note = note;
    const done: string[] = [];
    for (const timeout of timeouts) {
      const refused = await lowerTimeout(disk, timeout, sys);
      if (refused === undefined) done.push(`${timeout.file} from ${timeout.before} to ${timeout.after}`);
    }
    if (ercChange && (await erc.set(`/dev/${disk}`, ercChange.after))) {
      done.push(`the drive's own limit for reads (SCT ERC) to ${READ_ERC / 10} s`);
    }
    if (done.length === 0) await this.restore();
    else
      this.#say(`Lowered for ${disk} until the end: ${done.join(', ')}. --keep-timeouts leaves them alone.`);
  }

  /** Puts back what was lowered, as far as the disk is still the same attachment. */
  async restore(): Promise<void> {
    if (!this.#note) return;
    await this.#undo(this.#note);
    this.#note = undefined;
  }

  /** Puts back what processes have left behind that were killed. */
  async restoreLeftovers(): Promise<void> {
    for (const name of await listNames(this.#places.state)) {
      const note = await this.#load(name);
      if (!note) continue;
      const isAlive = note.startTicks !== undefined && (await startTicks(note.pid)) === note.startTicks;
      if (isAlive && note.bootId === (await readBootId())) continue;
      await this.#undo(note);
    }
  }

  async #undo(note: Note): Promise<void> {
    const { sys, erc } = this.#places;
    const sequence = await readNumber(join(sys, 'block', fileName(note.disk)), 'diskseq');
    // Another attachment has time-outs of its own, and so has another start of the machine; the drive has not.
    if (sequence === note.diskSequence && note.bootId === (await readBootId())) {
      for (const timeout of note.timeouts) await restoreTimeout(note.disk, timeout, sys);
      const device = `/dev/${note.disk}`;
      if (note.erc && (await erc.read(device))?.read === note.erc.after.read) {
        await erc.set(device, note.erc.before);
      }
    }
    await rm(this.#pathOf(note.disk), { force: true });
  }

  /** Whether another rescue that is running has lowered them already; it puts them back. */
  async #isSpokenFor(disk: string): Promise<boolean> {
    const note = await this.#load(`${fileName(disk)}.json`);
    return note?.startTicks !== undefined && (await startTicks(note.pid)) === note.startTicks;
  }

  async #isAta(disk: string): Promise<boolean> {
    const device = join(this.#places.sys, 'block', fileName(disk), 'device');
    return (await readAttribute(device, 'vendor')) === 'ATA';
  }

  /** Why nothing could be noted down; undefined when it was. */
  async #write(note: Note): Promise<string | undefined> {
    try {
      await mkdir(this.#places.state, { recursive: true, mode: 0o700 });
      const path = this.#pathOf(note.disk);
      await writeFile(`${path}.new`, JSON.stringify(note), { mode: 0o600 });
      await rename(`${path}.new`, path);
      return undefined;
    } catch (error) {
      const errno = errnoName(error);
      if (errno === undefined) throw error;
      return `what they were cannot be noted down in ${this.#places.state} (${errno})`;
    }
  }

  async #load(name: string): Promise<Note | undefined> {
    if (!name.endsWith('.json')) return undefined;
    try {
      const note = JSON.parse(await readFile(join(this.#places.state, name), 'utf8')) as Note;
      const isSound =
        fileName(note.disk) === name.slice(0, -'.json'.length) &&
        !note.disk.includes('..') &&
        note.timeouts.every(
          ({ file, before, after }) => isTimeoutFile(file) && isCount(before) && isCount(after),
        );
      return isSound ? note : undefined;
    } catch (error) {
      if (errnoName(error) === undefined && !(error instanceof SyntaxError || error instanceof TypeError))
        throw error;
      return undefined;
    }
  }

  #pathOf(disk: string): string {
    return join(this.#places.state, `${fileName(disk)}.json`);
  }
}

/** The kernel writes `!` for a slash in the name of a disk. */
const fileName = (disk: string): string => disk.replaceAll('/', '!');

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
