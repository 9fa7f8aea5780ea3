import { RangeSet } from '../block/range-set.ts';
import { bytesText } from '../text/quantity.ts';
import type { BlockMap } from './block-map.ts';
import { DiskMood } from './disk-mood.ts';
import type { MediumUnit } from './medium-unit.ts';
import type { NamedFaults } from './named-faults.ts';
import type { Pass, PassContext } from './pass.ts';
import { CopyBackward } from './passes/copy-backward.ts';
import { CopyForward } from './passes/copy-forward.ts';
import { type CopyPolicy, defaultCopyPolicy } from './passes/copy-policy.ts';
import { StripeEdges } from './passes/stripe-edges.ts';
import { Sweep } from './passes/sweep.ts';
import { SweepBackward } from './passes/sweep-backward.ts';
import { Trim } from './passes/trim.ts';
import type { Stage, StageName } from './plan.ts';
import { expectedStripes, findStripes, type Stripes } from './stripes.ts';

/** What copying is carried out with. */
export interface CopyingPorts {
  readonly map: BlockMap;
  readonly named: NamedFaults;
  /** Runs one pass over a domain to its end. */
  readonly run: (pass: Pass, domain: RangeSet, stage: StageName | undefined) => Promise<void>;
  /** Tells the user what was learnt of the disk. */
  readonly tell: (message: string) => void;
  /** Bytes a second below which places are put off; 0 for none, undefined to learn it. */
  readonly minRate?: number | undefined;
}

/** The cheap part of a rescue: large reads around the damage, then small ones up to its edges. */
export class Copying {
  readonly #ports: CopyingPorts;
  readonly #unit: MediumUnit;
  readonly #policy: CopyPolicy;
  readonly #mood: DiskMood;
  /** Where a dead head is expected: copied around, and looked at afterwards. */
  #stripes = RangeSet.EMPTY;
  #head: Stripes | undefined;

  constructor(ports: CopyingPorts, unit: MediumUnit) {
    this.#ports = ports;
    this.#unit = unit;
    this.#policy = defaultCopyPolicy(ports.map.sizeBytes);
    this.#mood = new DiskMood(this.#policy, ports.minRate);
  }

  /** Rescues one stretch that is needed now, as far as that is cheap. */
  async fetch(stretch: RangeSet): Promise<void> {
    await this.#sweep(stretch, undefined);
  }

  /** All of a stage that is cheap to get, and the edges of the damage. */
  async copy(stage: Stage): Promise<void> {
    await this.#copyBetweenStripes(stage);
    const between = stage.domain.subtract(this.#stripes);
    await this.#ports.run(this.#backward(between), between, stage.name);
    await this.#sweep(between, stage.name);
    await this.#lookAtStripes(stage);
  }

  /** The forward copy; as soon as a dead head shows, it is measured, and the rest of its stripes is passed over. */
  async #copyBetweenStripes({ domain, name }: Stage): Promise<void> {
    const { map, run, tell } = this.#ports;
    for (let from = 0; ; ) {
      const between = domain.subtract(this.#stripes);
      const context = this.#context(between);
      const forward = new CopyForward(context, this.#policy, this.#mood, from, this.#head);
      await run(forward, between, name);
      if (!forward.suspectsStripes) return;
      from = forward.position;
      const behind = between.intersect(RangeSet.single(0, from));
      await run(this.#backward(behind), behind, name);
      await run(new Trim(this.#context(behind)), behind, name);
      const found = findStripes(map, domain, from);
      if (!found) continue;
      if (!this.#head) tell(headText(found));
      this.#head = found;
      this.#stripes = expectedStripes(found, 0, map.sizeBytes, this.#unit.pieceBytes);
    }
  }

  /** What was passed over for a dead head: first what lies behind the end of its damage, then the edges of it. */
  async #lookAtStripes({ domain, name }: Stage): Promise<void> {
    for (const untilFault of [true, false]) {
      const edges = new StripeEdges(this.#context(domain.intersect(this.#stripes)), untilFault);
      await this.#ports.run(edges, domain, name);
      if (edges.healthyFrom !== undefined) {
        this.#stripes = this.#stripes.intersect(RangeSet.single(0, edges.healthyFrom));
      }
      await this.#sweep(untilFault ? domain.subtract(this.#stripes) : domain, name);
    }
  }

  /** What is left untried, small reads and large ones, and the edges of what failed. */
  async #sweep(domain: RangeSet, stage: StageName | undefined): Promise<void> {
    const context = this.#context(domain);
    await this.#ports.run(new Sweep(context, this.#mood), domain, stage);
    await this.#ports.run(new SweepBackward(context, this.#mood), domain, stage);
    await this.#ports.run(new Trim(context), domain, stage);
  }

  #backward(domain: RangeSet): Pass {
    return new CopyBackward(this.#context(domain), this.#policy, this.#mood);
  }

  #context(domain: RangeSet): PassContext {
    return { map: this.#ports.map, domain, unit: this.#unit, named: this.#ports.named };
  }
}

const headText = ({ widthBytes, periodBytes }: Stripes): string =>
  `The damage lies in stripes of ${bytesText(widthBytes)}, one every ${bytesText(periodBytes)}, as of a dead head: where more of them are expected is left until all else is saved.`;
