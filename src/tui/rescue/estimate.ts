import type { Disk } from '../../probe/machine.ts';
import { contentOf, type Place, sizeOf } from '../disks/place.ts';
import type { RescueManner } from './rescue-choice.ts';

/** What a rescue will have to read, and how long that takes at least and at most, if the disk reads well. */
export interface Estimate {
  readonly bytes: number;
  /** False when what is in use is not known yet: then it may be less. */
  readonly isKnown: boolean;
  readonly shortestSeconds: number;
  readonly longestSeconds: number;
}

/** Bytes a second, slow and fast, that healthy disks of a kind are read with: measured on many, by many. */
type Rates = readonly [slow: number, fast: number];

const MB = 1e6;
/** From USB 2 to USB 3 with a solid disk behind it. */
const USB: Rates = [25 * MB, 300 * MB];
const ROTATING: Rates = [60 * MB, 200 * MB];
const SOLID: Rates = [150 * MB, 550 * MB];
const NVME: Rates = [500 * MB, 3000 * MB];
const CARD: Rates = [15 * MB, 90 * MB];

function ratesOf({ transport, rotational }: Disk): Rates {
  if (transport === 'usb') return rotational ? [USB[0], ROTATING[1]] : USB;
  if (transport === 'nvme') return NVME;
  if (transport === 'mmc') return CARD;
  return rotational ? ROTATING : SOLID;
}

/** An honest range for the reading of a source; what is damaged adds to it, and nobody knows how much beforehand. */
export function estimateOf(source: Place, manner: Pick<RescueManner, 'allSectors'>): Estimate {
  const content = contentOf(source);
  const used = source.partition ? content?.usedBytes : usedOfDisk(source);
  const bytes = manner.allSectors ? sizeOf(source) : Math.min(used ?? sizeOf(source), sizeOf(source));
  const [slow, fast] = ratesOf(source.disk);
  return {
    bytes,
    isKnown: manner.allSectors || used !== undefined,
    shortestSeconds: bytes / fast,
    longestSeconds: bytes / slow,
  };
}

/** What is in use in all partitions; undefined when one of them does not tell. */
function usedOfDisk({ disk }: Place): number | undefined {
  if (disk.partitions.length === 0) return disk.content?.usedBytes;
  let sum = 0;
  for (const { content, extended, sizeBytes } of disk.partitions) {
    if (extended) continue;
    const known = content?.kind === 'ntfs' ? content.usedBytes : sizeBytes;
    if (known === undefined) return undefined;
    sum += known;
  }
  return sum;
}
