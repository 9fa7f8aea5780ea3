import { inHole, readClamped } from '../ntfs/holes.ts';
import { u16, u32 } from '../ntfs/little-endian.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import type { FatGeometry } from './geometry.ts';

/** The clusters of a file or folder. */
export interface Chain {
  /** In the order of the content. */
  readonly clusters: readonly number[];
  /** Why there may be more; `undefined` when the chain ends as it should. */
  readonly damage: string | undefined;
}

const END_OF_CHAIN = { fat12: 0xff8, fat16: 0xfff8, fat32: 0x0ffffff8 } as const;

/**
 * Follows the table from cluster `first`, for at most `most` clusters. Never rejects for damage: a link that leads
 * nowhere or back ends the chain.
 */
export async function readChain(
  reader: VolumeReader,
  geometry: FatGeometry,
  first: number,
  most: number,
): Promise<Chain> {
  const clusters: number[] = [];
  const seen = new Set<number>();
  let cluster = first;
  while (clusters.length < most) {
    if (cluster < 2 || cluster >= geometry.clusterCount + 2) {
      return { clusters, damage: `its chain leads to cluster ${cluster}, which is not there` };
    }
    if (seen.has(cluster)) return { clusters, damage: 'its chain of clusters leads back into itself' };
    seen.add(cluster);
    clusters.push(cluster);
    const next = await nextCluster(reader, geometry, cluster);
    if (next === undefined) return { clusters, damage: 'a part of the table cannot be read' };
    if (next >= END_OF_CHAIN[geometry.kind]) return { clusters, damage: undefined };
    cluster = next;
  }
  return { clusters, damage: undefined };
}

/** What the table says of a cluster. */
async function nextCluster(
  reader: VolumeReader,
  { kind, tableStart }: FatGeometry,
  cluster: number,
): Promise<number | undefined> {
  // Entries of FAT12 have a byte and a half.
  const offset = kind === 'fat12' ? cluster + (cluster >> 1) : cluster * (kind === 'fat16' ? 2 : 4);
  const length = kind === 'fat32' ? 4 : 2;
  const { bytes, holes } = await readClamped(reader, tableStart + offset, length);
  if (inHole(holes, 0, length)) return undefined;
  switch (kind) {
    case 'fat12':
      return cluster % 2 === 0 ? u16(bytes, 0) & 0xfff : u16(bytes, 0) >> 4;
    case 'fat16':
      return u16(bytes, 0);
    case 'fat32':
      return u32(bytes, 0) & 0x0fffffff;
  }
}
