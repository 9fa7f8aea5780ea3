import type { BootDisk, BootPart } from './boot-disk.ts';

/**
 * Partitions by the numbers that ARC paths give them (KB 102873): the used slots of the MBR in their order, without
 * extended ones, then the logical partitions along their chain. They begin at 1, and are not those of Linux.
 */
export function arcNumbers({ parts }: BootDisk): ReadonlyMap<number, BootPart> {
  const isCounted = ({ partition }: BootPart): boolean => partition !== undefined && partition.type !== '00';
  const slots = parts.filter((part) => isCounted(part) && part.partition?.kind === 'primary');
  const logical = parts.filter((part) => isCounted(part) && part.partition?.kind === 'logical');
  return new Map([...slots, ...logical].map((part, index) => [index + 1, part]));
}

/** The ARC number of a partition. */
export function arcNumberOf(disk: BootDisk, part: BootPart): number | undefined {
  for (const [number, one] of arcNumbers(disk)) if (one === part) return number;
  return undefined;
}
