import type { PathFacts } from '../block/path-facts.ts';
import { bytesText } from '../text/quantity.ts';

/** Who one end of a job is, as far as it can be told. What is not known is missing. */
export interface JobEnd {
  /** Absolute: where it was when it was last seen. */
  readonly path: string;
  readonly kind: 'block' | 'file';
  readonly sizeBytes: number;
  readonly model?: string;
  readonly serial?: string;
  readonly partitionNumber?: number;
  readonly partitionStartBytes?: number;
  /** Of the NTFS volume: 16 hexadecimal digits. Only of a source. */
  readonly volumeSerial?: string;
  /** Of a loop device: the file behind it. */
  readonly backingFile?: string;
  /** The kernel's running number of this attachment of the disk, and the start of the system in which it counts. */
  readonly attachment?: string;
  /** Of a file in a drive that is mounted for the job alone: the drive. The path is one in it then. */
  readonly on?: JobEnd;
}

/** A field in which something is not what a job remembers. */
export interface Difference {
  /** In plain words: `serial number`. */
  readonly field: string;
  readonly recorded: string;
  readonly found: string;
}

/** Who is at a path now; undefined when neither a device nor a file is there. `bootId` names this start of the system. */
export function endOf(facts: PathFacts, sizeBytes: number, bootId: string): JobEnd | undefined {
  if (facts.kind === 'file') return { path: facts.realPath, kind: 'file', sizeBytes };
  if (facts.kind !== 'block') return undefined;
  const { model, serial, partitionNumber, partitionStartBytes, loopBackingFile, diskSequence } = facts;
  return {
    path: facts.realPath,
    kind: 'block',
    sizeBytes,
    ...(model !== undefined && { model }),
    ...(serial !== undefined && { serial }),
    ...(partitionNumber !== undefined && { partitionNumber }),
    ...(partitionStartBytes !== undefined && { partitionStartBytes }),
    ...(loopBackingFile !== undefined && { backingFile: loopBackingFile.path }),
    ...(diskSequence !== undefined && { attachment: `${bootId} ${diskSequence}` }),
  };
}

const NONE = 'none';

const sizeWords = (bytes: number): string => `${bytes} bytes (${bytesText(bytes)})`;

/** `one` and `other` when both are known and differ. */
function unlike(field: string, one: string | undefined, other: string | undefined): Difference[] {
  if (one === undefined || other === undefined || one === other) return [];
  return [{ field, recorded: one, found: other }];
}

/**
 * In what `found` contradicts what a job remembers of that end, field by field; empty when nothing does. The name is
 * no field: it changes with every start of the system. Nor is the model where serial numbers tell the disks apart:
 * systems cut it to different lengths.
 */
export function differences(recorded: JobEnd, found: JobEnd): Difference[] {
  if (recorded.kind !== found.kind) {
    const words = { block: 'a device', file: 'a file' };
    return [{ field: 'kind', recorded: words[recorded.kind], found: words[found.kind] }];
  }
  const bothTell = recorded.serial !== undefined && found.serial !== undefined;
  const start = (end: JobEnd): string =>
    end.partitionStartBytes === undefined ? NONE : `byte ${end.partitionStartBytes}`;
  return [
    ...(bothTell ? [] : unlike('model', recorded.model, found.model)),
    ...unlike('serial number', recorded.serial, found.serial),
    ...(recorded.sizeBytes === found.sizeBytes
      ? []
      : [{ field: 'size', recorded: sizeWords(recorded.sizeBytes), found: sizeWords(found.sizeBytes) }]),
    ...(recorded.kind === 'block' ? unlike('start of the partition', start(recorded), start(found)) : []),
    ...unlike('volume serial number', recorded.volumeSerial, found.volumeSerial),
    ...(recorded.on && found.on ? differences(recorded.on, found.on) : []),
  ];
}

/**
 * `found` for comparing it with a target that is remembered: a file is the same whatever its length, since it may have
 * been cut, or not yet be whole.
 */
export const asTarget = (found: JobEnd, recorded: JobEnd): JobEnd =>
  found.kind === 'file' ? { ...found, sizeBytes: recorded.sizeBytes } : found;

/** How sure it is that two ends without differences are the same: by a number of its own, or only by its size. */
export type Certainty = 'same' | 'alike';

/** Whether `found` is that end of the job; undefined when it is another one. */
export function recognise(recorded: JobEnd, found: JobEnd): Certainty | undefined {
  if (differences(recorded, found).length > 0) return undefined;
  const same = (field: 'serial' | 'backingFile' | 'attachment'): boolean =>
    recorded[field] !== undefined && recorded[field] === found[field];
  if (recorded.kind === 'file') {
    if (recorded.path !== found.path || (recorded.on === undefined) !== (found.on === undefined))
      return 'alike';
    return recorded.on && found.on ? recognise(recorded.on, found.on) : 'same';
  }
  return same('serial') || same('backingFile') || same('attachment') ? 'same' : 'alike';
}

/** `size: the job has 1 byte, this one 2`, several after each other, for one line. */
export function differencesText(found: readonly Difference[]): string {
  return found
    .map(({ field, recorded, found: now }) => `${field}: the job has ${recorded}, this one ${now}`)
    .join('; ');
}
