import type { RangeSet } from '../../src/block/range-set.ts';
import { clustersOf, healthyRecord, openVolume, recordPlace } from '../../test/support/ntfs-places.ts';
import { fileReader } from '../../test/support/ntfs-reader.ts';

/** The structures of a volume that are damaged one at a time, each as a list of 512-byte sectors. */
export type StructureSectors = Readonly<
  Record<string, { readonly what: string; readonly sectors: readonly number[] }>
>;

const SECTOR = 512;
const DATA = 0x80;
const INDEX = 0xa0;
/** Records of users' files begin behind those of NTFS itself. */
const FIRST_USER_RECORD = 64;

/** Where the structures of a healthy volume lie: scenarios s5a to s5j. */
export async function structureSectors(image: string): Promise<StructureSectors> {
  const reader = fileReader(image);
  try {
    const volume = await openVolume(reader);
    const record = async (number: number): Promise<number> =>
      (await recordPlace(volume, number)).start / SECTOR;
    const cluster = async (number: number, type: number): Promise<RangeSet> =>
      clustersOf(volume, await healthyRecord(volume, number), type);
    const some = (set: RangeSet, count: number, step: number): number[] =>
      Array.from({ length: count }, (_, i) => set.startOf(0) / SECTOR + 1 + i * step);
    const users: number[] = [];
    for (let i = 0; i < 12; i++) users.push(await record(FIRST_USER_RECORD + 97 * i));
    return {
      s5a: { what: '12 in $MFT', sectors: users },
      s5b: { what: 'boot sector', sectors: [0] },
      s5c: { what: '$MFT records 0, 1', sectors: [await record(0), await record(1)] },
      s5d: { what: '2 in $Bitmap', sectors: some(await cluster(6, DATA), 2, 40) },
      s5e: { what: '1 in $MFTMirr', sectors: some(await cluster(1, DATA), 1, 1) },
      s5f: { what: 'backup boot sector', sectors: [reader.sizeBytes / SECTOR - 1] },
      s5g: { what: '4 in $LogFile', sectors: some(await cluster(2, DATA), 4, 1000) },
      s5h: { what: 'index of the root', sectors: some(await cluster(5, INDEX), 1, 1) },
      s5i: { what: '1 in $UpCase', sectors: some(await cluster(10, DATA), 1, 1) },
      s5j: { what: '$MFT record 6', sectors: [await record(6)] },
    };
  } finally {
    reader.close();
  }
}
