import { mkdir, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { execa } from 'execa';
import { describePath } from '../block/device-facts.ts';
import { checkSource } from '../block/guards.ts';
import { readMounts } from '../block/mounts.ts';
import { OpenError } from '../block/open-error.ts';
import type { BlockFacts, FileFacts } from '../block/path-facts.ts';
import { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { openSource } from '../block/source-device.ts';
import { lockAgain, unlock } from '../block/unlocked-target.ts';
import { type BootPart, isNtfs, openBootDisk, partName } from '../boot/boot-disk.ts';
import { volumeState } from '../boot/volume-state.ts';
import { readBitmap } from '../ntfs/bitmap.ts';
import { cachedReader } from '../ntfs/cached-reader.ts';
import { withHoles } from '../ntfs/holes.ts';
import { openNtfs } from '../ntfs/open-ntfs.ts';
import { SourceFailure, sourceReader } from '../ntfs/source-reader.ts';
import { MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import type { Status } from '../rescue/status.ts';
import { bytesText } from '../text/quantity.ts';
import { type BootTarget, bootTarget } from './boot/boot-target.ts';
import { jobsOfDisk } from './boot/disk-jobs.ts';
import { guardRepair, healthOfDisk } from './boot/repair-guard.ts';
import { mapOf } from './job-place.ts';
import { MapStore } from './map-store.ts';
import { Refusal } from './refusal.ts';
import { chooseVolume, takenNote } from './volume-parts.ts';

/** What is to be mounted, and how. */
export interface MountWishes {
  readonly source: string;
  readonly folder: string;
  /** Of a disk or the image of one. */
  readonly partition: number | undefined;
  readonly writable: boolean;
  readonly force: boolean;
}

/** A volume that nothing speaks against mounting. */
export interface PlannedMount {
  readonly wishes: MountWishes;
  readonly target: BootTarget;
  readonly part: BootPart;
  /** What the user should know, a sentence each. */
  readonly notes: readonly string[];
  /** Something of it is missing or cannot be read. */
  readonly isDamaged: boolean;
}

/**
 * Looks at a volume that is to be mounted. Refuses, with a `Refusal`, what is no NTFS volume, a folder that is not
 * empty, and writing to what must not be changed: sources of jobs, failing disks, volumes on which Windows sleeps.
 */
export async function planMount(wishes: MountWishes): Promise<PlannedMount> {
  const { source, folder, writable, force } = wishes;
  const target = await bootTarget(source);
  const facts = await describePath(source);
  const refusal = await checkSource(facts);
  if (refusal !== undefined && !(refusal.overridable && !writable && force)) {
    throw new Refusal(refusal.code, refusal.message, refusal.advice, refusal.overridable);
  }
  await checkPlace(folder);
  const jobs = await jobsOfDisk(target.facts);
  if (writable) await guardRepair(target, jobs, force);
  const notes: string[] = [];
  const part = await findPart(target, wishes, notes);
  if (isNtfs(part)) {
    const { asleep, log } = await volumeState(part);
    if (asleep && writable) {
      throw new Refusal(
        'windows-sleeps',
        `Windows sleeps on ${source} (hibernated, or shut down with fast start): writing to it would destroy files.`,
        'Mount it without --writable, or shut this Windows down properly first.',
      );
    }
    if (asleep) notes.push('Windows sleeps on it: what it holds in memory is not in its files.');
    if (log === 'unclean') {
      notes.push(
        writable
          ? 'Its log is emptied when it is mounted: changes that were not finished are lost.'
          : 'Changes wait in its log, and are not shown.',
      );
    }
  }
  const missing = await missingOf(target, part);
  if (missing !== undefined) notes.push(missing);
  const health = await healthOfDisk(target.facts);
  if (health?.verdict === 'failing') {
    notes.push(
      'This disk is failing. Every look at it costs it, and files with sectors that cannot be read end in I/O errors: rescue it first, and mount the copy.',
    );
  }
  return { wishes, target, part, notes, isDamaged: missing !== undefined };
}

async function checkPlace(folder: string): Promise<void> {
  const facts = await describePath(folder);
  if (facts.kind === 'missing' && facts.parentExists && !facts.danglingLink) return;
  if (facts.kind !== 'directory') {
    throw new Refusal(
      'bad-folder',
      `${folder} is not a folder, and cannot be made.`,
      'Name an empty folder.',
    );
  }
  if ((await readMounts()).some(({ mountPoint }) => mountPoint === facts.realPath)) {
    throw new Refusal(
      'bad-folder',
      `Something is mounted at ${folder} already.`,
      `Unmount it first: lifeboat unmount ${folder}`,
    );
  }
  const names = await readdir(folder);
  if (names.length > 0) {
    throw new Refusal(
      'bad-folder',
      `The folder ${folder} is not empty.`,
      'Name an empty folder, or one that is still to be made.',
    );
  }
}

/** The NTFS volume that is meant. */
async function findPart(target: BootTarget, wishes: MountWishes, notes: string[]): Promise<BootPart> {
  let parts: readonly BootPart[];
  try {
    const opened = await openSource(target.wholePath, target.facts);
    // It stays open as long as the program: the volume's state is read later, and a hung disk never lets go.
    parts = (await openBootDisk(sourceReader(opened), sectorBytesOf(target.facts))).parts;
  } catch (error) {
    if (error instanceof OpenError) throw new Refusal(error.code, error.message, error.advice);
    if (error instanceof SourceFailure) throw error;
    throw error;
  }
  const volumes = parts.filter(isNtfs);
  const onDisk = parts.some(({ number }) => number !== undefined);
  // A partition that was named is not divided any further, whatever the disk is that it lies on.
  const isDivided = onDisk && (target.partition === undefined || wishes.partition === undefined);
  const wanted = wishes.partition ?? (onDisk ? target.partition : undefined);
  const found = chooseVolume(wishes.source, volumes, isDivided, wanted);
  if (found === undefined) {
    throw new Refusal(
      'no-ntfs',
      `No NTFS volume can be read in ${wishes.source}.`,
      'Of a damaged volume, rescue it first; lifeboat ls may still list files.',
    );
  }
  const taken = takenNote(found, wanted);
  if (taken !== undefined) notes.push(taken);
  for (const note of found.content.opened.notes) notes.push(note.message);
  return found;
}

const sectorBytesOf = (facts: BlockFacts | FileFacts): number | undefined =>
  facts.kind === 'block' ? facts.logicalSectorBytes : undefined;

/** What the map of a rescue says is missing of the volume, as a sentence. */
async function missingOf(target: BootTarget, part: BootPart): Promise<string | undefined> {
  const { asTarget } = await jobsOfDisk(target.facts);
  const [job] = asTarget;
  const beside = target.facts.kind === 'file' ? `${target.facts.realPath}.map` : undefined;
  const path = job === undefined ? beside : await mapOf(job.record);
  const text = path === undefined ? undefined : await new MapStore(path).load();
  if (text === undefined) return undefined;
  try {
    const { map } = parseMapfile(text);
    const shift = job?.startBytes ?? 0;
    const [from, to] = [part.startBytes - shift, part.startBytes - shift + part.sizeBytes];
    const isDone = job !== undefined && (job.summary.state === 'saved' || job.summary.state === 'losses');
    const here = (...statuses: Status[]): RangeSet => movedBy(map.bytesWith(...statuses), from, to);
    const lost = here('-', '*', '/');
    // Of a finished rescue only free space is untried; of another one free space is left out on purpose, too.
    const untried = isDone ? RangeSet.EMPTY : await inUse(part, here('?'), lost);
    const bytes = lost.union(untried).totalBytes;
    if (bytes === 0) return undefined;
    const unfinished = untried.isEmpty ? '' : ' Its rescue is not finished.';
    return `${bytesText(bytes)} of it are not saved (${path}).${unfinished} What is in them looks like data when it is mounted: lifeboat cp tells which files are hit.`;
  } catch (error) {
    if (error instanceof MapfileError) return undefined;
    throw error;
  }
}

/** Of `ranges` what lies between `from` and `to`, counted from `from`. */
function movedBy(ranges: RangeSet, from: number, to: number): RangeSet {
  const moved = new RangeSetBuilder();
  for (const { start, end } of ranges.within(Math.max(0, from), to)) moved.add(start - from, end - from);
  return moved.build();
}

/** Of `untried` what the volume's own $Bitmap does not call free, as far as that is saved: the rest counts as used. */
async function inUse(part: BootPart, untried: RangeSet, lost: RangeSet): Promise<RangeSet> {
  if (untried.isEmpty) return untried;
  const opened = await openNtfs(cachedReader(withHoles(part.reader, untried.union(lost))));
  if (opened === undefined) return untried;
  const { used, unknown } = await readBitmap(opened.volume);
  return untried.intersect(used.union(unknown));
}

/** Foreign data: nothing in it is a program of this system, or a device. */
const OPTIONS = ['nosuid', 'nodev', 'noexec', 'noatime', 'streams_interface=windows', 'umask=077'];

/** Mounts the volume with ntfs-3g, which goes on by itself. Throws a `Refusal` when it does not. */
export async function mountVolume({ wishes, target, part }: PlannedMount): Promise<void> {
  const { source, folder, writable } = wishes;
  const place = resolve(folder);
  if ((await describePath(place)).kind === 'missing') await mkdir(place);
  const isWhole = part.number === undefined || target.partition !== undefined;
  if (writable && target.facts.kind === 'block') await unlock(source);
  // A partition that has no node of its own gets a loop device, which goes with the mount.
  const device = isWhole ? source : await loopOver(target.wholePath, part, writable);
  const owner = process.env.SUDO_UID
    ? [`uid=${process.env.SUDO_UID}`, `gid=${process.env.SUDO_GID ?? process.env.SUDO_UID}`]
    : [];
  const options = [...(writable ? [] : ['ro']), ...OPTIONS, ...owner].join();
  try {
    const result = await execa('ntfs-3g', ['-o', options, device, place], {
      reject: false,
      stdin: 'ignore',
      env: { LC_ALL: 'C.UTF-8' },
    });
    const mount = (await readMounts()).findLast(({ mountPoint }) => mountPoint === place);
    if (result.failed || mount === undefined)
      throw notMounted(source, part, result.stderr || result.shortMessage || '');
    if (writable && mount.readOnly) {
      await execa('umount', [place], { reject: false });
      throw new Refusal(
        'read-only',
        `ntfs-3g mounts ${source} for reading only: it finds it unsafe to write to.`,
        'Mount it without --writable.',
      );
    }
  } catch (error) {
    if (writable && target.facts.kind === 'block') await lockAgain(source);
    throw error;
  } finally {
    // It stays for as long as it is mounted.
    if (!isWhole) await execa('losetup', ['--detach', device], { reject: false });
  }
}

async function loopOver(path: string, part: BootPart, writable: boolean): Promise<string> {
  const result = await execa(
    'losetup',
    [
      ...['--find', '--show', '--offset', String(part.startBytes), '--sizelimit', String(part.sizeBytes)],
      ...(writable ? [] : ['--read-only']),
      path,
    ],
    { reject: false, stdin: 'ignore' },
  );
  if (!result.failed) return result.stdout.trim();
  throw new Refusal(
    'no-loop-device',
    `${partName(part)} of ${path} cannot be shown as a device: ${result.stderr.trim() || result.shortMessage}.`,
    'Run Lifeboat as root.',
  );
}

function notMounted(source: string, part: BootPart, said: string): Refusal {
  const reason = said.trim().split('\n')[0] || 'it did not say why';
  const isReadError = /input\/output error/i.test(said);
  return new Refusal(
    'not-mounted',
    `ntfs-3g does not mount ${part.number === undefined ? source : `${partName(part)} of ${source}`}: ${reason}`,
    isReadError
      ? 'Sectors of its structures cannot be read. Rescue the disk, and mount the copy; lifeboat ls and cp need no mount.'
      : 'lifeboat ls and lifeboat cp read volumes that cannot be mounted.',
  );
}
