import { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { readClamped } from '../ntfs/holes.ts';
import { type OpenedNtfs, openNtfs } from '../ntfs/open-ntfs.ts';
import { readVolumeFacts } from '../ntfs/volume-facts.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { readPartitionTable } from '../partition/partition-table.ts';
import { bytesText } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { Refusal } from './refusal.ts';

/** An NTFS volume as it can be named: by the number of its partition; undefined for a source that is one volume. */
export interface NumberedVolume {
  readonly number: number | undefined;
  readonly sizeBytes: number;
  readonly label?: string | undefined;
}

/** An NTFS volume in a source, opened. */
export interface VolumePart extends NumberedVolume {
  readonly startBytes: number;
  readonly opened: OpenedNtfs;
}

/** What can be read of NTFS in a source. */
export interface VolumeParts {
  /** Whether there is a partition table. */
  readonly isDivided: boolean;
  readonly volumes: readonly VolumePart[];
}

/**
 * The NTFS volumes in a disk, its image or copy, or the one that a source is. Partitions without NTFS, and volumes of
 * which no structure can be read, are not among them. `sectorBytes`: in what an MBR counts, where that is known.
 */
export async function volumeParts(
  reader: VolumeReader,
  sectorBytes: number | undefined,
): Promise<VolumeParts> {
  const table = await readPartitionTable(reader, {
    guess: false,
    ...(sectorBytes !== undefined && { sectorBytes }),
  });
  const volumes: VolumePart[] = [];
  for (const { kind, number, startBytes, sizeBytes } of table.partitions) {
    if (kind === 'extended') continue;
    // As much of it as the disk holds.
    const held = Math.min(sizeBytes, reader.sizeBytes - startBytes);
    if (held <= 0) continue;
    const opened = await openNtfs(slice(reader, startBytes, held));
    if (opened === undefined) continue;
    const { label } = await readVolumeFacts(opened.volume);
    volumes.push({ number, startBytes, sizeBytes, label, opened });
  }
  if (volumes.length > 0) return { isDivided: true, volumes };
  const opened = await openNtfs(reader);
  if (opened === undefined) return { isDivided: table.scheme !== 'none', volumes };
  const whole = { number: undefined, startBytes: 0, sizeBytes: reader.sizeBytes, opened };
  return { isDivided: false, volumes: [whole] };
}

const slice = (reader: VolumeReader, startBytes: number, sizeBytes: number): VolumeReader => ({
  sizeBytes,
  read: (offset, length) => readClamped(reader, startBytes + offset, length),
});

/** The part of `ranges` that lies in a volume, counted from its start. */
export function rangesIn(ranges: RangeSet, { startBytes, sizeBytes }: VolumePart): RangeSet {
  if (startBytes === 0) return ranges.intersect(RangeSet.single(0, sizeBytes));
  const inside = new RangeSetBuilder();
  for (const { start, end } of ranges.within(startBytes, startBytes + sizeBytes)) {
    inside.add(start - startBytes, end - startBytes);
  }
  return inside.build();
}

/**
 * The volume that is meant: the one in partition `wanted`, or the only one. Undefined when there is none at all; throws a
 * `Refusal` when it cannot be told which, or `wanted` is not there.
 */
export function chooseVolume<Volume extends NumberedVolume>(
  source: string,
  volumes: readonly Volume[],
  isDivided: boolean,
  wanted: number | undefined,
): Volume | undefined {
  if (wanted !== undefined && !isDivided) {
    throw new Refusal(
      'not-divided',
      `${source} is not divided into partitions: there is no partition ${wanted} in it.`,
      'Leave out --partition.',
    );
  }
  const [only] = volumes;
  if (only === undefined) return undefined;
  const found = wanted === undefined ? only : volumes.find(({ number }) => number === wanted);
  if (found !== undefined && (wanted !== undefined || volumes.length === 1)) return found;
  throw new Refusal(
    'which-partition',
    wanted === undefined
      ? `${source} is divided into partitions.`
      : `Partition ${wanted} of ${source} is not there, or holds no NTFS.`,
    `Say which one with --partition: ${volumes.map(volumeName).join(', ')}.`,
  );
}

/** `2 (40.0 GiB "Windows")`. */
function volumeName({ number, sizeBytes, label }: NumberedVolume): string {
  const name = label ? ` "${safeText(label)}"` : '';
  return `${number} (${bytesText(sizeBytes)}${name})`;
}

/** What is said where a partition was taken that nobody has named; undefined where nothing was chosen. */
export const takenNote = ({ number }: NumberedVolume, wanted: number | undefined): string | undefined =>
  number === undefined || wanted !== undefined
    ? undefined
    : `Partition ${number} is taken: no other one holds an NTFS volume that can be read.`;
