import { attachedDevices } from '../block/block-devices.ts';
import { readBootId } from '../block/boot-id.ts';
import { describePath } from '../block/device-facts.ts';
import { OpenError } from '../block/open-error.ts';
import type { BlockFacts } from '../block/path-facts.ts';
import { openSource } from '../block/source-device.ts';
import { parseBootSector } from '../ntfs/boot-sector.ts';
import { NtfsError } from '../ntfs/error.ts';
import {
  type Certainty,
  type Difference,
  differences,
  endOf,
  type JobEnd,
  recognise,
} from './job-identity.ts';

/** Where an end of a job is now. */
export type FoundEnd =
  | { readonly kind: 'found'; readonly path: string; readonly certainty: Certainty }
  /** Nothing attached fits; `differences` are those of what is at its old place now, if anything is. */
  | { readonly kind: 'missing'; readonly differences: readonly Difference[] }
  /** Several fit, and none of them tells who it is. */
  | { readonly kind: 'unsure'; readonly paths: readonly string[] };

/** A first look at a volume may take so long. */
const LOOK_MS = 10_000;

/**
 * Finds an end of a job again, whatever its name is now: a device by its serial number, size and place of the
 * partition, one without a serial number by size, place and the serial number of its volume. A device is only read
 * from where nothing else tells it apart. `near` is where a file may be now, `taken` devices that are spoken for.
 */
export async function findEnd(
  recorded: JobEnd,
  near: string | undefined,
  taken: ReadonlySet<string>,
): Promise<FoundEnd> {
  return recorded.kind === 'file' ? findFile(recorded, near) : findDevice(recorded, taken);
}

async function findFile(recorded: JobEnd, near: string | undefined): Promise<FoundEnd> {
  for (const path of [recorded.path, near]) {
    if (path !== undefined && (await describePath(path)).kind === 'file')
      return { kind: 'found', path, certainty: 'same' };
  }
  return { kind: 'missing', differences: [] };
}

async function findDevice(recorded: JobEnd, taken: ReadonlySet<string>): Promise<FoundEnd> {
  const bootId = await readBootId();
  const alike: BlockFacts[] = [];
  for (const facts of await attachedDevices()) {
    if (taken.has(facts.majorMinor)) continue;
    const certainty = recogniseDevice(recorded, facts, bootId);
    if (certainty === 'same') return { kind: 'found', path: facts.realPath, certainty };
    if (certainty === 'alike') alike.push(facts);
  }
  const fitting = await withVolume(alike, recorded.volumeSerial);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) {
    return { kind: 'found', path: only.realPath, certainty: 'alike' };
  }
  if (fitting.length > 1) return { kind: 'unsure', paths: fitting.map(({ realPath }) => realPath) };
  return { kind: 'missing', differences: await differencesAt(recorded.path, recorded, bootId) };
}

function recogniseDevice(recorded: JobEnd, facts: BlockFacts, bootId: string) {
  const found = endOf(facts, facts.sizeBytes, bootId);
  return found && recognise(recorded, found);
}

/** In what the thing at `path` differs from that end of the job; empty when nothing is there. */
async function differencesAt(path: string, recorded: JobEnd, bootId: string): Promise<readonly Difference[]> {
  const found = await endAt(path, bootId);
  return found === undefined ? [] : differences(recorded, found);
}

/** Who is at a path now; undefined when neither a device nor a file is there. */
export async function endAt(path: string, bootId: string): Promise<JobEnd | undefined> {
  const facts = await describePath(path);
  const sizeBytes = facts.kind === 'block' || facts.kind === 'file' ? facts.sizeBytes : 0;
  return endOf(facts, sizeBytes, bootId);
}

/** Those on which a volume of that serial number is; all of them when none is known. */
async function withVolume(
  devices: readonly BlockFacts[],
  volumeSerial: string | undefined,
): Promise<BlockFacts[]> {
  if (volumeSerial === undefined) return [...devices];
  const serials = await Promise.all(devices.map(readVolumeSerial));
  const withIt = devices.filter((_, i) => serials[i] === volumeSerial);
  // One whose boot sector cannot be read may be it: that is what the job is for.
  return withIt.length > 0 ? withIt : devices.filter((_, i) => serials[i] === undefined);
}

/** Serial number of the NTFS volume on a device, empty when there is none; undefined when it cannot be read in time. */
async function readVolumeSerial(facts: BlockFacts): Promise<string | undefined> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), LOOK_MS).unref();
  });
  return Promise.race([late, bootSerial(facts)]);
}

async function bootSerial(facts: BlockFacts): Promise<string | undefined> {
  try {
    const source = await openSource(facts.realPath, facts);
    const sector = source.allocate(source.sectorBytes);
    const outcome = await source.read(0, source.sectorBytes, sector);
    await source.close();
    return outcome.kind === 'done' ? parseBootSector(sector, 0).serial : undefined;
  } catch (error) {
    if (error instanceof NtfsError) return '';
    if (error instanceof OpenError) return undefined;
    throw error;
  }
}
