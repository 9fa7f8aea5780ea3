import { FaultModel, RC } from '../../scripts/failing-disk/fault-model.ts';
import { parseFaults } from '../../scripts/failing-disk/fault-rules.ts';
import { DONE, type Outcome } from '../../src/block/outcome.ts';
import type { Source } from '../../src/block/ports.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import type { TruthReader } from './checked-target.ts';
import type { TimedRead } from './milestones.ts';
import { badRanges, type Scenario } from './scenarios.ts';

/** The failing disk of the tests, played inside the process: its clock is the sum of what its requests cost. */
export class SimulatedSource implements Source {
  readonly sizeBytes: number;
  readonly sectorBytes = 512;
  readonly physicalSectorBytes: number;
  readonly reads: TimedRead[] = [];
  /** Time that the disk has spent, in milliseconds. */
  diskMs = 0;
  readonly #truth: TruthReader;
  readonly #model: FaultModel;
  readonly #namable: RangeSet;

  /** With `naming` the disk names the first of its bad sectors that a request meets, as SATA and SCSI disks do. */
  constructor(truth: TruthReader, sizeBytes: number, { faults, physicalSectorBytes, naming }: Scenario) {
    this.#truth = truth;
    this.sizeBytes = sizeBytes;
    this.physicalSectorBytes = physicalSectorBytes;
    this.#namable = naming ? badRanges({ faults }) : RangeSet.EMPTY;
    this.#model = new FaultModel(sizeBytes, parseFaults(faults.join('\n')));
  }

  get failedReads(): number {
    return this.reads.filter((read) => !read.ok).length;
  }

  allocate(bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }

  async read(offset: number, length: number, into: Uint8Array): Promise<Outcome> {
    const { rc, costMs } = this.#model.request(offset, length);
    this.diskMs += costMs;
    const ok = rc === RC.ok;
    this.reads.push({ offset, length, ok, endMs: this.diskMs });
    if (!ok) {
      const [first] = this.#namable.within(offset, offset + length);
      return { kind: 'bad', errno: 'ENODATA', ...(first ? { namedBytes: first.start } : {}) };
    }
    this.#truth(offset, into.subarray(0, length));
    return DONE;
  }
}
