import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { readPartitionTable } from '../partition/partition-table.ts';
import type { Table } from './machine.ts';
import type { TablePartition } from './worker-messages.ts';

/** A partition table as it was found, and the partitions in it; both empty where there is none. */
export interface FoundTable {
  readonly table?: Table;
  readonly partitions: readonly TablePartition[];
}

/** Reads the partition table of a disk. */
export async function readTable(disk: VolumeReader, sectorBytes: number): Promise<FoundTable> {
  const { scheme, diskId, partitions, problems } = await readPartitionTable(disk, { sectorBytes });
  const table: Table = {
    kind: scheme,
    ...(diskId !== undefined && { id: diskId.toLowerCase() }),
    problems: problems.map(({ message }) => message),
  };
  return {
    ...((scheme !== 'none' || problems.length > 0) && { table }),
    partitions: partitions.map(
      ({ number, kind, startBytes, sizeBytes, type, typeName, name, flags, guid }) => ({
        number,
        startBytes,
        sizeBytes,
        extended: kind === 'extended',
        type,
        ...(typeName !== undefined && { typeName }),
        ...(name !== '' && { label: name }),
        ...(guid !== undefined && { uuid: guid.toLowerCase() }),
        active: flags.includes('boot'),
      }),
    ),
  };
}
