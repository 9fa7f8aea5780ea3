import { BAD_SECTOR_MARK } from '../../block/bad-sector.ts';
import { OpenError } from '../../block/open-error.ts';
import type { ByteRange } from '../../block/range.ts';
import { RangeSet } from '../../block/range-set.ts';
import { openSource } from '../../block/source-device.ts';
import { type CheckInput, type CheckResult, runChecks } from '../../boot/run-checks.ts';
import { mergeHoles, withHoles } from '../../ntfs/holes.ts';
import { sourceReader } from '../../ntfs/source-reader.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { MapfileError, parseMapfile } from '../../rescue/mapfile.ts';
import { mapOf } from '../job-place.ts';
import { MapStore } from '../map-store.ts';
import { Refusal } from '../refusal.ts';
import type { BootTarget } from './boot-target.ts';
import type { DiskJobs } from './disk-jobs.ts';

/** What is checked beside the disk itself. */
export type Surroundings = Omit<CheckInput, 'reader' | 'deviceSectorBytes'>;

/** What an unfinished rescue has not come to yet. */
export interface Untried {
  readonly places: RangeSet;
  /** Folder of the job, or the map. */
  readonly by: string;
}

/** A disk that was checked, and is still open for reading: fixes take content of files from it. */
export interface CheckedBoot {
  readonly result: CheckResult;
  /** All of the disk, as it is. */
  readonly reader: VolumeReader;
  close(): Promise<void>;
}

/** Opens the disk for reading and runs all checks. Throws a `Refusal`; rejects when the disk vanishes. */
export async function checkBoot(
  target: BootTarget,
  surroundings: Surroundings,
  untried: Untried | undefined,
  signal?: AbortSignal,
): Promise<CheckedBoot> {
  const source = await opening(() => openSource(target.wholePath, target.facts));
  try {
    const plain = sourceReader(source);
    const marked = withMarks(plain);
    const reader = untried === undefined ? marked : withHoles(marked, untried.places);
    const deviceSectorBytes = target.facts.kind === 'block' ? target.facts.logicalSectorBytes : undefined;
    const result = await runChecks({ ...surroundings, reader, deviceSectorBytes }, signal);
    return { result, reader: plain, close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function opening<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof OpenError) throw new Refusal(error.code, error.message, error.advice);
    throw error;
  }
}

/** The same reader with holes where a rescue has marked a sector that could not be read. */
function withMarks(reader: VolumeReader): VolumeReader {
  return {
    sizeBytes: reader.sizeBytes,
    async read(offset, length) {
      const { bytes, holes } = await reader.read(offset, length);
      const marks: ByteRange[] = [];
      for (
        let at = (SECTOR_BYTES - (offset % SECTOR_BYTES)) % SECTOR_BYTES;
        at < length;
        at += SECTOR_BYTES
      ) {
        const isMarked =
          at + BAD_SECTOR_MARK.length <= length && BAD_SECTOR_MARK.every((byte, i) => bytes[at + i] === byte);
        if (isMarked) marks.push({ start: at, end: Math.min(length, at + SECTOR_BYTES) });
      }
      return { bytes, holes: marks.length === 0 ? holes : mergeHoles([...holes, ...marks]) };
    },
  };
}

const SECTOR_BYTES = 512;

/** What a rescue to this disk that is not finished has still to read, in bytes of the disk. */
export async function untriedOf(target: BootTarget, { asTarget }: DiskJobs): Promise<Untried | undefined> {
  const [job] = asTarget;
  // Once it is finished, only free space is untried, in which other files may lie by now.
  if (job?.summary.state === 'saved' || job?.summary.state === 'losses') return undefined;
  const beside = target.facts.kind === 'file' ? `${target.facts.realPath}.map` : undefined;
  const path = job === undefined ? beside : await mapOf(job.record);
  const text = path === undefined ? undefined : await new MapStore(path).load();
  if (path === undefined || text === undefined) return undefined;
  try {
    const { map } = parseMapfile(text, job?.record.source.sizeBytes);
    const shift = job?.startBytes ?? 0;
    const places = [...map.bytesWith('?')].map(({ start, end }) => ({
      start: start + shift,
      end: end + shift,
    }));
    return { places: RangeSet.of(places), by: job?.summary.folder ?? path };
  } catch (error) {
    if (error instanceof MapfileError) return undefined;
    throw error;
  }
}
