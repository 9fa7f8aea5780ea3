import { RangeSet } from '../../src/block/range-set.ts';
import { seededRandom } from '../../test/support/random.ts';
import type { UsedClusters } from '../../test/support/volume-used.ts';
import type { StructureSectors } from './structures.ts';

/** A way for a disk to die: fault rules, in 512-byte sectors. */
export interface Scenario {
  readonly id: string;
  readonly what: string;
  readonly faults: readonly string[];
  /** Size of the physical sectors that the disk tells, in bytes. */
  readonly physicalSectorBytes: number;
  /** Tries of bad sectors after the first. */
  readonly retries: number;
  /** Whether the disk names its bad sectors; only a simulated one can. */
  readonly naming?: boolean;
}

const SECTOR = 512;
const MIB = 2 ** 20 / SECTOR;

/** Damage of every kind in facts that users report, the same for the same volume and seed. */
export function scenarios(
  sizeBytes: number,
  used: UsedClusters,
  seed: number,
  structures: StructureSectors = {},
): Scenario[] {
  const random = seededRandom(seed);
  const total = Math.floor(sizeBytes / SECTOR);
  const sectorsUsed = used.ranges.reduce((sum, { start, end }) => sum + (end - start) / SECTOR, 0);
  const usedSector = (): number => {
    let nth = random.integer(sectorsUsed);
    for (const { start, end } of used.ranges) {
      const length = (end - start) / SECTOR;
      if (nth < length) return start / SECTOR + nth;
      nth -= length;
    }
    return 0;
  };
  const freeSector = (): number => {
    for (;;) {
      const sector = random.integer(total);
      const at = sector * SECTOR;
      if (!used.ranges.some(({ start, end }) => start <= at && at < end)) return sector;
    }
  };
  const many = (count: number, make: () => string): string[] => Array.from({ length: count }, make);
  const physical = (sector: number): number => Math.floor(sector / 8) * 8;
  const plain = { physicalSectorBytes: SECTOR, retries: 0 };

  const stripes: string[] = [];
  for (let at = Math.floor(total * 0.3); at < total * 0.7; at += 8 * MIB) stripes.push(`bad ${at} ${MIB}`);

  // Runs of one to four units, three units of a hundred.
  const scratch: string[] = [];
  const zone = physical(usedSector());
  for (let unit = 0; unit < (16 * MIB) / 8; unit++) {
    if (random.fraction() < 0.012) scratch.push(`bad ${zone + unit * 8} ${8 * (1 + random.integer(4))}`);
  }
  scratch.push(`bad ${zone + 8 * MIB} ${MIB / 2}`);

  const hidden = many(30, () => `bad ${physical(usedSector())} 8`);
  const slowStart = physical(usedSector());
  const scattered = [...many(60, () => `bad ${usedSector()} 1`), ...many(40, () => `bad ${freeSector()} 1`)];
  return [
    { id: 's0', what: 'healthy', faults: [], ...plain },
    {
      id: 's1',
      what: 'scattered',
      faults: scattered,
      ...plain,
    },
    { id: 's1n', what: 'scattered, on a disk that names them', faults: scattered, naming: true, ...plain },
    { id: 's2', what: 'dead head', faults: stripes, ...plain },
    { id: 's2n', what: 'dead head of a disk that names sectors', faults: stripes, naming: true, ...plain },
    { id: 's3', what: 'scratch', faults: scratch, physicalSectorBytes: 4096, retries: 0 },
    {
      id: 's3n',
      what: 'scratch on a disk that names sectors',
      faults: scratch,
      naming: true,
      physicalSectorBytes: 4096,
      retries: 0,
    },
    { id: 's3l', what: 'scratch, sector size not told', faults: scratch, ...plain },
    {
      id: 's4',
      what: 'slow zone',
      faults: [`slow ${slowStart} ${64 * MIB} 100`, ...many(10, () => `bad ${usedSector()} 1`)],
      ...plain,
    },
    {
      id: 's6',
      what: 'hangs for fifteen requests',
      faults: [...many(20, () => `bad ${usedSector()} 1`), 'vanish_after_fails 8 15'],
      ...plain,
    },
    {
      id: 's7',
      what: 'third try',
      faults: [...many(60, () => `weak ${usedSector()} 1 2`), ...many(10, () => `bad ${usedSector()} 1`)],
      physicalSectorBytes: SECTOR,
      retries: 2,
    },
    {
      id: 's8l',
      what: '512e, sector size not told',
      faults: hidden,
      ...plain,
    },
    { id: 's8n', what: '512e, sectors named but not their size', faults: hidden, naming: true, ...plain },
    {
      id: 's8',
      what: '512e, 4 KiB physical',
      faults: hidden,
      physicalSectorBytes: 4096,
      retries: 0,
    },
    ...Object.entries(structures).map(([id, { what, sectors }]) => ({
      ...{ id, what, faults: badSectors(sectors) },
      ...plain,
    })),
    ...(Object.keys(structures).length === 0
      ? []
      : [
          {
            ...{ id: 's5', what: 'all of s5a to s5j' },
            // Not both boot sectors: nothing would tell where the volume's structures are.
            faults: badSectors(
              Object.entries(structures).flatMap(([id, { sectors }]) => (id === 's5f' ? [] : sectors)),
            ),
            ...plain,
          },
        ]),
  ];
}

const badSectors = (sectors: readonly number[]): string[] => sectors.map((sector) => `bad ${sector} 1`);

/** The bytes that no reading gets in a scenario; sectors that are only weak are not among them. */
export const badRanges = ({ faults }: Pick<Scenario, 'faults'>): RangeSet =>
  RangeSet.of(
    faults
      .filter((rule) => rule.startsWith('bad'))
      .map((rule) => rule.split(' ').map(Number))
      .map(([, start = 0, count = 0]) => ({ start: start * SECTOR, end: (start + count) * SECTOR })),
  );
