import type { ByteRange } from '../block/range.ts';
import { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from './block-map.ts';
import { firstBlock } from './blocks.ts';
import { DiskMood } from './disk-mood.ts';
import { MediumUnit } from './medium-unit.ts';
import type { Pass, PassContext } from './pass.ts';
import { CheckHidden } from './passes/check-hidden.ts';
import { CopyBackward } from './passes/copy-backward.ts';
import { CopyForward } from './passes/copy-forward.ts';
import { type CopyPolicy, defaultCopyPolicy } from './passes/copy-policy.ts';
import { Probe, SMALL_AREA_UNITS } from './passes/probe.ts';
import { Retry, Scrape } from './passes/single-units.ts';
import { StripeEdges } from './passes/stripe-edges.ts';
import { Sweep } from './passes/sweep.ts';
import { SweepBackward } from './passes/sweep-backward.ts';
import { Trim } from './passes/trim.ts';
import type { RescuePlan, Stage, StageName } from './plan.ts';
import { expectedStripes, findStripes, type Stripes } from './stripes.ts';

/** Bad areas from this size on are taken for bad throughout, once looking into them has found nothing. */
const HOPELESS_UNITS = 32;

/** What the order of passes is carried out with. */
export interface StrategyPorts {
  readonly map: BlockMap;
  readonly unitBytes: number;
  /** Whether the medium may fail in larger units than it tells, which is then to be found out. */
  readonly mayHideUnits: boolean;
  /** Runs one pass over a domain to its end. */
  readonly run: (pass: Pass, domain: RangeSet, stage: StageName | undefined) => Promise<void>;
  /** Gives areas up: they get the marker, and become bad. */
  readonly giveUp: (areas: RangeSet) => Promise<void>;
  /** Reads the volume's structures (anew), rescuing what nobody has tried. */
  readonly survey: () => Promise<RescuePlan>;
  /** Whether areas that are probably bad throughout shall be tried, at one failing read a unit. */
  readonly tryHopeless: (hopeless: RangeSet) => Promise<boolean>;
  /** Bytes a second below which places are put off; 0 for none, undefined to learn it. */
  readonly minRate?: number | undefined;
}

/**
 * The order in which a disk is read, so that at each moment the most is safe for the fewest failing reads: metadata
 * before data; large reads before small ones; places that may be readable before those that are probably not; and
 * no sector is given up before all cheaper ones are decided.
 */
export class Strategy {
  /** The unit in which the medium fails. */
  readonly unit: MediumUnit;
  readonly #ports: StrategyPorts;
  readonly #policy: CopyPolicy;
  readonly #mood: DiskMood;
  readonly #savedAtStart: number;
  #lookedInVain: boolean;
  /** Where a dead head is expected: copied around, and looked at afterwards. */
  #stripes = RangeSet.EMPTY;
  #head: Stripes | undefined;
  /** Given up as parts of hidden sectors, not tried themselves. */
  #untried = RangeSet.EMPTY;

  /** With `lookedInVain` an earlier run has looked into what is left, and found nothing readable. */
  constructor(ports: StrategyPorts, lookedInVain: boolean) {
    this.#lookedInVain = lookedInVain;
    this.#savedAtStart = ports.map.bytesWith('+').totalBytes;
    this.#ports = ports;
    this.unit = new MediumUnit(ports.map, ports.unitBytes, ports.mayHideUnits);
    this.#policy = defaultCopyPolicy(ports.map.sizeBytes);
    this.#mood = new DiskMood(this.#policy, ports.minRate);
  }

  /** Whether all that is left has been looked into, and is probably bad throughout. */
  get lookedInVain(): boolean {
    return this.#lookedInVain;
  }

  /** Rescues one stretch that is needed now, as far as that is cheap. */
  async fetch(stretch: RangeSet): Promise<void> {
    const context = this.#context(stretch);
    await this.#ports.run(new Sweep(context, this.#mood), stretch, undefined);
    await this.#ports.run(new SweepBackward(context, this.#mood), stretch, undefined);
    await this.#ports.run(new Trim(context), stretch, undefined);
  }

  /** Everything, to the last retry. */
  async runAll(retries: number): Promise<void> {
    let plan = await this.#saveCheaply(await this.#ports.survey());
    for (const stage of plan.stages.filter(isFree)) {
      await this.#copy(stage);
      await this.#look(stage);
    }
    await this.#settleHidden(plan);
    plan = await this.#decideHopeless(plan);
    await this.#retry(plan, retries);
  }

  /** Copies and narrows until only hopeless areas are left; structures that become readable widen the plan. */
  async #saveCheaply(first: RescuePlan): Promise<RescuePlan> {
    let plan = first;
    for (;;) {
      const [metadata, ...others] = plan.stages.filter((stage) => !isFree(stage));
      if (!metadata) return plan;
      for (const stage of [metadata, ...others]) await this.#copy(stage);
      const before = this.#savedIn(plan);
      await this.#look(metadata);
      if (!this.#isWorthANewPlan(plan, before)) {
        for (const stage of others) await this.#look(stage);
        return plan;
      }
      plan = await this.#ports.survey();
    }
  }

  /** Large reads: all that is cheap to get, and the edges of the damage. */
  async #copy(stage: Stage): Promise<void> {
    await this.#copyBetweenStripes(stage);
    const context = this.#context(stage.domain.subtract(this.#stripes));
    const between = { name: stage.name, domain: context.domain };
    await this.#run(new CopyBackward(context, this.#policy, this.#mood), between);
    await this.#run(new Sweep(context, this.#mood), between);
    await this.#run(new SweepBackward(context, this.#mood), between);
    await this.#run(new Trim(context), between);
    await this.#lookAtStripes(stage);
  }

  /** What was passed over for a dead head: first what lies behind the end of its damage, then the edges of it. */
  async #lookAtStripes(stage: Stage): Promise<void> {
    for (const untilFault of [true, false]) {
      const edges = new StripeEdges(this.#context(stage.domain.intersect(this.#stripes)), untilFault);
      await this.#run(edges, stage);
      if (edges.healthyFrom !== undefined) {
        this.#stripes = this.#stripes.intersect(RangeSet.single(0, edges.healthyFrom));
      }
      const context = this.#context(untilFault ? stage.domain.subtract(this.#stripes) : stage.domain);
      await this.#run(new Sweep(context, this.#mood), stage);
      await this.#run(new SweepBackward(context, this.#mood), stage);
      await this.#run(new Trim(context), stage);
    }
  }

  /** The forward copy; as soon as a dead head shows, it is measured, and the rest of its stripes is passed over. */
  async #copyBetweenStripes(stage: Stage): Promise<void> {
    const { map } = this.#ports;
    for (let from = 0; ; ) {
      const domain = stage.domain.subtract(this.#stripes);
      const forward = new CopyForward(this.#context(domain), this.#policy, this.#mood, from, this.#head);
      await this.#run(forward, { name: stage.name, domain });
      if (!forward.suspectsStripes) return;
      from = forward.position;
      const behind = { name: stage.name, domain: domain.intersect(RangeSet.single(0, from)) };
      const context = this.#context(behind.domain);
      await this.#run(new CopyBackward(context, this.#policy, this.#mood), behind);
      await this.#run(new Trim(context), behind);
      const found = findStripes(map, stage.domain, from);
      if (!found) continue;
      this.#head = found;
      this.#stripes = expectedStripes(found, 0, map.sizeBytes, this.unit.pieceBytes);
    }
  }

  /** The inside of damaged areas: where a look finds something readable, and where there is little to try. */
  async #look(stage: Stage): Promise<void> {
    const context = this.#context(stage.domain);
    while (!this.#knownToBeVain()) {
      const probe = new Probe(context);
      await this.#run(probe, stage);
      if (probe.found === 0) break;
      await this.#run(new Trim(context), stage);
    }
    const small = this.#smallAreas(stage.domain);
    await this.#run(new Scrape(this.#context(small)), { name: stage.name, domain: small });
  }

  /** Looking again costs failing reads; it is only worth them when this run has found something readable. */
  #knownToBeVain(): boolean {
    return this.#lookedInVain && this.#ports.map.bytesWith('+').totalBytes === this.#savedAtStart;
  }

  /** What is left is probably bad throughout: tried last, and only if that is wanted. */
  async #decideHopeless(first: RescuePlan): Promise<RescuePlan> {
    let plan = first;
    for (;;) {
      const left = RangeSet.of(this.#undecided(plan.domain));
      this.#lookedInVain = true;
      if (left.isEmpty || !(await this.#ports.tryHopeless(left))) return plan;
      const before = this.#savedIn(plan);
      for (const stage of plan.stages) {
        await this.#run(new Scrape(this.#context(stage.domain), 'hopeless'), stage);
      }
      await this.#settleHidden(plan);
      if (!this.#isWorthANewPlan(plan, before)) return plan;
      plan = await this.#saveCheaply(await this.#ports.survey());
    }
  }

  /**
   * What was left undecided because the medium seems to fail in larger units than it tells: the guess is checked, and
   * only if it holds those units are given up. Otherwise every sector of them is tried.
   */
  async #settleHidden(plan: RescuePlan): Promise<void> {
    for (const stage of plan.stages) {
      await this.#run(new CheckHidden(this.#context(stage.domain)), stage);
      if (this.unit.isGuessed) await this.#giveUpHidden(stage.domain);
    }
    await this.#reopenIfRefuted();
    if (!this.unit.isGuessed) for (const stage of plan.stages) await this.#look(stage);
  }

  async #giveUpHidden(domain: RangeSet): Promise<void> {
    const { map } = this.#ports;
    const rests = RangeSet.of(
      this.#undecided(domain).flatMap((area) =>
        this.unit.groupsIn(area).filter(({ start, end }) => {
          const group = this.unit.groupAt(start);
          return map.findForward(group.start, group.end, '-') !== undefined && end > start;
        }),
      ),
    );
    this.#untried = this.#untried.union(rests);
    await this.#ports.giveUp(rests);
  }

  /** Sectors that were given up untried are undecided again once the guess has turned out wrong. */
  async #reopenIfRefuted(): Promise<void> {
    if (this.unit.isGuessed) return;
    const { map } = this.#ports;
    for (const { start, end } of this.#untried.intersect(map.bytesWith('-'))) map.set(start, end, '/');
    this.#untried = RangeSet.EMPTY;
  }

  /** Tries bad sectors again; what heals in the metadata may bring new sectors into the plan. */
  async #retry(first: RescuePlan, retries: number): Promise<void> {
    let plan = first;
    for (let number = 1; number <= retries; number++) {
      const before = this.#savedIn(plan);
      for (const stage of plan.stages) await this.#run(new Retry(this.#context(stage.domain), number), stage);
      if (!this.#isWorthANewPlan(plan, before)) continue;
      plan = await this.#decideHopeless(await this.#saveCheaply(await this.#ports.survey()));
    }
  }

  /** Whether reading the structures again would show more than the plan knows. */
  #isWorthANewPlan(plan: RescuePlan, savedBefore: number): boolean {
    return !plan.complete && this.#savedIn(plan) > savedBefore;
  }

  /** Saved bytes of the volume's structures. */
  #savedIn(plan: RescuePlan): number {
    return this.#ports.map.bytesWith('+').intersect(plan.structures).totalBytes;
  }

  /** Undecided areas of the domain. */
  #undecided(domain: RangeSet): ByteRange[] {
    const areas: ByteRange[] = [];
    let from = 0;
    for (;;) {
      const area = firstBlock(this.#ports.map, domain, from, '/');
      if (!area) return areas;
      areas.push(area);
      from = area.end;
    }
  }

  /** Small undecided areas that do not lie in the midst of a large bad one. */
  #smallAreas(domain: RangeSet): RangeSet {
    const { map } = this.#ports;
    const unitBytes = this.unit.bytes;
    const faulty = map.bytesWith('*', '/', '-');
    return RangeSet.of(
      this.#undecided(domain).filter(({ start, end }) => {
        const around = faulty.indexAfter(start);
        const surroundings = faulty.endOf(around) - faulty.startOf(around);
        return end - start <= SMALL_AREA_UNITS * unitBytes && surroundings <= HOPELESS_UNITS * unitBytes;
      }),
    );
  }

  #context(domain: RangeSet): PassContext {
    return { map: this.#ports.map, domain, unit: this.unit };
  }

  #run(pass: Pass, stage: Stage): Promise<void> {
    return this.#ports.run(pass, stage.domain, stage.name);
  }
}

const isFree = (stage: Stage): boolean => stage.name === 'free';
