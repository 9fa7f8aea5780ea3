import { readdir } from 'node:fs/promises';
import { readBootId } from '../block/boot-id.ts';
import { describePath } from '../block/device-facts.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { inspectTarget } from '../block/target-content.ts';
import { isInMemory } from './in-memory.ts';
import { differences, endOf, recognise } from './job-identity.ts';
import { listJobs } from './job-list.ts';
import { loadRecord } from './job-load.ts';
import { placeJob } from './job-place.ts';
import type { PlacedRecord } from './job-record.ts';
import { isMapThere } from './map-store.ts';

/** What is in the place of a new file now. */
export type TargetFileState =
  | {
      readonly kind: 'new';
      /** It would lie in memory, and be lost when the computer is switched off. */
      readonly isInMemory?: true;
    }
  /** The folder that it should be in is not there. */
  | { readonly kind: 'no-folder'; readonly folder: string }
  /** An earlier rescue has begun it. `isOther`: that was of another disk or volume, as far as can be told. */
  | {
      readonly kind: 'begun';
      /** For people: `"Windows" of /dev/sda2`. */
      readonly source: string;
      /** ISO 8601; undefined when only the map of it is left. */
      readonly created: string | undefined;
      readonly isOther: boolean;
    }
  /** Something else is there; what, for "it is …". */
  | { readonly kind: 'taken'; readonly what: string }
  /** The same for an image or an archive, which may be one that was interrupted and is gone on with. */
  | { readonly kind: 'there'; readonly what: string }
  /** It cannot be known before the drive is mounted. */
  | { readonly kind: 'unseen' };

/** A new file that is thought of, and what it is for. */
export interface WantedFile {
  /** The device that is saved by a rescue; undefined for images and archives, which have no jobs. */
  readonly source: string | undefined;
  /** Label of its volume, where it has one. */
  readonly label: string | undefined;
  /** A path of this machine, or one in the drive `on`. */
  readonly target: string;
  readonly on: string | undefined;
}

/** Looks what is in the place of a new file. Only looks: nothing is mounted, opened for writing or made. */
export async function lookAtTargetFile(wanted: WantedFile): Promise<TargetFileState> {
  const { target, on, source } = wanted;
  if (on !== undefined) return inDrive(wanted, on);
  const facts = await describePath(target);
  if (facts.kind === 'missing' && !facts.parentExists) return { kind: 'no-folder', folder: facts.parent };
  if (facts.kind === 'missing' && facts.danglingLink) {
    return { kind: 'taken', what: 'a link to something that is not there' };
  }
  if (source !== undefined) {
    const places = await placeJob({ source, target, map: undefined, job: undefined, on: undefined });
    const hasMap = await isMapThere(places.map);
    if (hasMap && facts.kind === 'missing') {
      return { kind: 'taken', what: `the map ${places.map} of an earlier rescue, whose copy is not there` };
    }
    if (hasMap) {
      const loaded = await loadRecord(places.job.folder);
      return begun(loaded.kind === 'record' ? loaded.record : undefined, wanted);
    }
  }
  if (facts.kind === 'missing') return { kind: 'new', ...(isInMemory(facts) && { isInMemory: true }) };
  const { empty, description } = await inspectTarget(target);
  if (empty) return { kind: 'new' };
  return { kind: source === undefined ? 'there' : 'taken', what: description };
}

/** At most so many names are told. */
const MOST_NAMES = 10_000;

/** The names in a folder that begin so. Rejects when it cannot be read. */
export async function namesIn(folder: string, begins: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith(begins)).slice(0, MOST_NAMES);
}

/** What is known of a drive that nothing has mounted: the jobs that have written into it. */
async function inDrive(wanted: WantedFile, on: string): Promise<TargetFileState> {
  const drive = await describePath(on);
  const bootId = await readBootId();
  const now = drive.kind === 'block' ? endOf(drive, drive.sizeBytes, bootId) : undefined;
  for (const { record } of await listJobs()) {
    if (record?.target.on === undefined || now === undefined) continue;
    if (record.target.path === wanted.target && recognise(record.target.on, now) === 'same') {
      return begun(record, wanted);
    }
  }
  return { kind: 'unseen' };
}

async function begun(
  record: PlacedRecord | undefined,
  { source = '', label }: WantedFile,
): Promise<TargetFileState> {
  if (record === undefined) {
    return { kind: 'begun', source: 'an unknown source', created: undefined, isOther: false };
  }
  const facts = await describePath(source);
  const end = endOf(facts, bytesOf(facts), await readBootId());
  const isOther =
    (end !== undefined && differences(record.source, end).length > 0) ||
    (record.label !== undefined && label !== undefined && record.label !== label);
  const name = record.label === undefined ? record.source.path : `"${record.label}" of ${record.source.path}`;
  return { kind: 'begun', source: name, created: record.created, isOther };
}

const bytesOf = (facts: PathFacts): number =>
  facts.kind === 'block' || facts.kind === 'file' ? facts.sizeBytes : 0;
