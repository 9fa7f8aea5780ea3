import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { readBootId } from '../../block/boot-id.ts';
import { describePath } from '../../block/device-facts.ts';
import { checkFolder } from '../../block/folder-guard.ts';
import type { OpenTarget } from '../../block/target-device.ts';
import { type Finding, findingName } from '../../boot/finding.ts';
import type { Fix, Piece } from '../../boot/fix.ts';
import type { CheckResult } from '../../boot/run-checks.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { endOf } from '../job-identity.ts';
import { JOBS_VARIABLE, jobsHome } from '../job-registry.ts';
import { Refusal } from '../refusal.ts';
import type { BootTarget } from './boot-target.ts';
import { type DiskJobs, jobsOfDisk } from './disk-jobs.ts';
import { readFirmware } from './efi-variables.ts';
import { fileChangePieces } from './file-driver.ts';
import { addFirmwareEntry } from './firmware-entry.ts';
import { noteInMap } from './map-note.ts';
import { type CheckedBoot, checkBoot, type Surroundings, untriedOf } from './read-boot.ts';
import { guardRepair } from './repair-guard.ts';
import { UndoFile } from './undo-file.ts';
import { bytesAt, openForRepair, writePieces } from './write-pieces.ts';

/** A fix whose every byte is known, ready to be shown and made. */
export interface PreparedFix {
  readonly finding: Finding;
  readonly fix: Fix;
  /** Empty for a fix that only changes the firmware. */
  readonly pieces: readonly Piece[];
}

/** What came of a fix. */
export interface AppliedFix {
  /** What the check says of the same place now; undefined when the place is not there any more. */
  readonly now: Finding | undefined;
  /** Sentences that the user should know. */
  readonly notes: readonly string[];
}

export interface RepairWishes {
  readonly undoFile: string | undefined;
  /** Pass what a person may pass. */
  readonly force: boolean;
}

/** The repair of one disk: findings, fixes one by one, and a file from which all of it can be undone. */
export class BootRepair {
  readonly target: BootTarget;
  readonly jobs: DiskJobs;
  #checked: CheckedBoot;
  #surroundings: Surroundings;
  readonly #wishes: RepairWishes;
  #open: OpenTarget | undefined;
  #undo: UndoFile | undefined;
  #touchedTable = false;
  #isClosed = false;

  private constructor(
    target: BootTarget,
    jobs: DiskJobs,
    checked: CheckedBoot,
    surroundings: Surroundings,
    wishes: RepairWishes,
  ) {
    this.target = target;
    this.jobs = jobs;
    this.#checked = checked;
    this.#surroundings = surroundings;
    this.#wishes = wishes;
  }

  /**
   * Asks every guard, then checks the disk. Nothing is opened for writing before the first fix is made. Throws a
   * `Refusal`.
   */
  static async begin(
    target: BootTarget,
    surroundings: Surroundings,
    wishes: RepairWishes,
  ): Promise<BootRepair> {
    const jobs = await jobsOfDisk(target.facts);
    await guardRepair(target, jobs, wishes.force);
    const checked = await checkBoot(target, surroundings, await untriedOf(target, jobs));
    return new BootRepair(target, jobs, checked, surroundings, wishes);
  }

  /** What the last look has found. */
  get result(): CheckResult {
    return this.#checked.result;
  }

  /** All of the disk, open for reading. */
  get reader(): VolumeReader {
    return this.#checked.reader;
  }

  /** Where the undo file is; undefined before the first fix. */
  get undoPath(): string | undefined {
    return this.#undo?.path;
  }

  /**
   * Works out every byte of the fix of a finding, by its name (`M4`, `N2:1`). Gives a sentence when there is none, or
   * it cannot be made.
   */
  async prepare(name: string): Promise<PreparedFix | string> {
    const finding = this.result.findings.find((one) => findingName(one) === name);
    if (finding?.fix === undefined)
      return `There is nothing to be fixed at ${name}. ${finding?.advice ?? ''}`.trim();
    const { fix } = finding;
    switch (fix.change.kind) {
      case 'bytes':
        return { finding, fix, pieces: fix.change.pieces };
      case 'firmware':
        return { finding, fix, pieces: [] };
      case 'files': {
        const { change } = fix;
        const pieces = await fileChangePieces(this.reader, change);
        return typeof pieces === 'string' ? pieces : { finding, fix, pieces };
      }
    }
  }

  /**
   * Makes a fix: notes in the undo file what stands there, writes, reads back, and checks the whole disk again. Throws a
   * `Refusal` when nothing was written, a `WriteFailure` when the disk did not take it.
   */
  async apply(prepared: PreparedFix): Promise<AppliedFix> {
    const { finding, fix, pieces } = prepared;
    const name = findingName(finding);
    const notes: string[] = [];
    this.#undo ??= await this.#openUndo();
    if (fix.change.kind === 'firmware') {
      const number = await addFirmwareEntry(this.target.wholePath, fix.change);
      await this.#undo.noteEntry(name, fix.does, number);
      this.#surroundings = { ...this.#surroundings, firmware: await readFirmware() };
    } else {
      this.#open ??= await openForRepair(this.target);
      const found = await bytesAt(this.#open, pieces);
      if (pieces.some(({ before }, i) => !sameBytes(before, found[i]))) {
        throw new Refusal(
          'disk-changed',
          `${this.target.wholePath} has changed since it was checked.`,
          'Find out which program writes to it, then check it again.',
        );
      }
      await this.#undo.note({ fix: name, does: fix.does, pieces });
      for (const job of this.jobs.asTarget) await noteInMap(job, pieces, resolve(this.#undo.path));
      if (this.jobs.asTarget.length > 0) notes.push('The map of its rescue tells of the change.');
      await writePieces(this.#open, pieces);
      this.#touchedTable ||= pieces.some(({ start }) => start < TABLE_BYTES);
    }
    await this.recheck();
    const now = this.result.findings.find((one) => findingName(one) === name);
    return { now, notes };
  }

  /** Checks the disk again. */
  async recheck(): Promise<CheckResult> {
    await this.#checked.close();
    const untried = await untriedOf(this.target, this.jobs);
    this.#checked = await checkBoot(this.target, this.#surroundings, untried);
    return this.result;
  }

  /** Closes the disk, and has the kernel read its table again where that was changed. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#checked.close();
    await this.#open?.close();
    this.#open = undefined;
    if (this.#touchedTable) await rereadTable(this.target);
  }

  async #openUndo(): Promise<UndoFile> {
    const path = this.#wishes.undoFile ?? (await this.#defaultPlace());
    const facts = await describePath(path);
    if (facts.kind === 'missing' && !facts.parentExists) {
      throw new Refusal(
        'bad-undo-file',
        `There is no folder ${dirname(path)} for the undo file.`,
        OTHER_PLACE,
      );
    }
    if (facts.kind !== 'missing') {
      throw new Refusal('bad-undo-file', `The undo file ${path} would replace what is there.`, OTHER_PLACE);
    }
    if (await checkFolder(this.target.facts, facts)) {
      throw new Refusal(
        'bad-undo-file',
        `The undo file ${path} would lie on the disk that is mended.`,
        OTHER_PLACE,
      );
    }
    const disk = endOf(this.target.facts, this.target.facts.sizeBytes, await readBootId());
    if (disk === undefined) throw new Error(`${this.target.wholePath} has no identity`);
    const undo = new UndoFile(path, false);
    await undo.begin(disk);
    return undo;
  }

  /** Beside the job that made the copy, or on the stick of the live system, else in the current folder. */
  async #defaultPlace(): Promise<string> {
    const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+Z$/g, '');
    const name = `bootcheck-${basename(this.target.wholePath)}-${stamp}.undo`;
    const [job] = this.jobs.asTarget;
    if (job !== undefined && job.summary.state !== 'away') return join(job.summary.folder, name);
    if (!process.env[JOBS_VARIABLE]) return name;
    await mkdir(jobsHome(), { recursive: true, mode: 0o700 });
    return join(jobsHome(), name);
  }
}

/** In which tables lie, at the start of a disk. */
const TABLE_BYTES = 2 ** 20;
const OTHER_PLACE = 'Name another place with --undo-file.';

const sameBytes = (one: Uint8Array, other: Uint8Array | undefined): boolean =>
  other !== undefined && one.every((byte, i) => byte === other[i]);

/** What the kernel knows of the partitions is as old as its last look; failing does no harm. */
export async function rereadTable({ facts, wholePath }: BootTarget): Promise<void> {
  if (facts.kind !== 'block') return;
  await execa('blockdev', ['--rereadpt', wholePath], { reject: false, stdin: 'ignore', timeout: 30_000 });
}
