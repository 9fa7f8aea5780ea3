import { contentOf, nameOf, type Place, sizeOf } from '../disks/place.ts';
import type { TargetChoice } from './rescue-choice.ts';

/** What is to be put somewhere: what a disk holds, or an image. */
export interface Load {
  /** For people: `sda2`. */
  readonly name: string;
  /** What it takes at least, and at most. */
  readonly usedBytes: number;
  readonly sizeBytes: number;
  /** Name of a new file for it. */
  readonly fileName: string;
  readonly ways: readonly TargetChoice['kind'][];
  /** Why it must not go there whatever else speaks for it, as a clause: it comes from there. */
  readonly whyNot: (place: Place) => string | undefined;
}

const ITSELF = 'it is the disk to be saved';

/** What a rescue saves of a source; not even another partition of its disk may take it. */
export function rescueLoad(source: Place): Load {
  const { usedBytes, sizeBytes } = bytesOf(source);
  return {
    name: nameOf(source),
    usedBytes,
    sizeBytes,
    fileName: `${fileStem(source)}.img`,
    ways: ['file', 'device'],
    whyNot: ({ disk }) => (disk.name === source.disk.name ? ITSELF : undefined),
  };
}

/** How much of a source has to be saved at least, and at most. */
export function bytesOf(source: Place): { readonly usedBytes: number; readonly sizeBytes: number } {
  const sizeBytes = sizeOf(source);
  return { usedBytes: Math.min(contentOf(source)?.usedBytes ?? sizeBytes, sizeBytes), sizeBytes };
}

/** `Windows-2026-11-26`: the label says more than a name that changes with each start. */
export function fileStem(source: Place): string {
  const label = contentOf(source)
    ?.label?.replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const name = label || (source.partition?.name ?? source.disk.name).replaceAll('/', '-');
  return `${name}-${new Date().toISOString().slice(0, 10)}`;
}
