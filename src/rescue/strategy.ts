import { RangeSet } from '../block/range-set.ts';
import { blocksWith } from './blocks.ts';
import { Copying, type CopyingPorts } from './copying.ts';
import { HiddenSectors } from './hidden-sectors.ts';
import { MediumUnit } from './medium-unit.ts';
import type { Pass, PassContext } from './pass.ts';
import { CheckHidden } from './passes/check-hidden.ts';
import { Probe, SMALL_AREA_UNITS } from './passes/probe.ts';
import { Retry, Scrape } from './passes/single-units.ts';
import { Trim } from './passes/trim.ts';
import type { RescuePlan, Stage, StageName } from './plan.ts';

/** Bad areas from this size on are taken for bad throughout, once looking into them has found nothing. */
const HOPELESS_UNITS = 32;

/** What the order of passes is carried out with. */
export interface StrategyPorts extends CopyingPorts {
  readonly unitBytes: number;
  /** Whether the medium may fail in larger units than it tells, which is then to be found out. */
  readonly mayHideUnits: boolean;
  /** Gives areas up: they get the marker, and become bad. */
  readonly giveUp: (areas: RangeSet) => Promise<void>;
  /** Reads the volume's structures (anew), rescuing what nobody has tried. */
  readonly survey: () => Promise<RescuePlan>;
  /** Whether areas that are probably bad throughout shall be tried, at one failing read a unit. */
  readonly tryHopeless: (hopeless: RangeSet) => Promise<boolean>;
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
  readonly #copying: Copying;
  readonly #hidden: HiddenSectors;
  readonly #savedAtStart: number;
  #lookedInVain: boolean;

  /** With `lookedInVain` an earlier run has looked into what is left, and found nothing readable. */
  constructor(ports: StrategyPorts, lookedInVain: boolean) {
    this.#lookedInVain = lookedInVain;
    this.#savedAtStart = ports.map.bytesWith('+').totalBytes;
    this.#ports = ports;
    this.unit = new MediumUnit(ports.map, ports.unitBytes, ports.mayHideUnits);
    const { map, named, tell, minRate } = ports;
    this.#hidden = new HiddenSectors(map, this.unit, tell);
    const run: StrategyPorts['run'] = (pass, domain, stage) => this.#runPass(pass, domain, stage);
    this.#copying = new Copying({ map, named, run, tell, minRate }, this.unit);
  }

  /** Whether all that is left has been looked into, and is probably bad throughout. */
  get lookedInVain(): boolean {
    return this.#lookedInVain;
  }

  /** Rescues one stretch that is needed now, as far as that is cheap. */
  fetch(stretch: RangeSet): Promise<void> {
    return this.#copying.fetch(stretch);
  }

  /** Everything, to the last retry. */
  async runAll(retries: number): Promise<void> {
    let plan = await this.#saveCheaply(await this.#ports.survey());
    for (const stage of plan.stages.filter(isFree)) {
      await this.#copying.copy(stage);
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
      for (const stage of [metadata, ...others]) await this.#copying.copy(stage);
      const before = this.#savedIn(plan);
      await this.#look(metadata);
      if (!this.#isWorthANewPlan(plan, before)) {
        for (const stage of others) await this.#look(stage);
        return plan;
      }
      plan = await this.#ports.survey();
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
      const left = RangeSet.of(blocksWith(this.#ports.map, plan.domain, '/'));
      this.#lookedInVain = true;
      if (left.isEmpty || !(await this.#ports.tryHopeless(left))) return plan;
      const before = this.#savedIn(plan);
      await this.#tryAll(plan);
      await this.#settleHidden(plan);
      // What a wrong guess had given up is open again.
      await this.#tryAll(plan);
      if (!this.#isWorthANewPlan(plan, before)) return plan;
      plan = await this.#saveCheaply(await this.#ports.survey());
    }
  }

  async #tryAll(plan: RescuePlan): Promise<void> {
    for (const stage of plan.stages) {
      await this.#run(new Scrape(this.#context(stage.domain), 'hopeless'), stage);
    }
  }

  /**
   * What was left undecided because the medium seems to fail in larger units than it tells: the guess is checked, and
   * only if it holds those units are given up. Otherwise every sector of them is tried.
   */
  async #settleHidden(plan: RescuePlan): Promise<void> {
    for (const stage of plan.stages) {
      await this.#run(new CheckHidden(this.#context(stage.domain)), stage);
      await this.#ports.giveUp(this.#hidden.rests(stage.domain));
    }
    if (this.#hidden.reopen()) for (const stage of plan.stages) await this.#look(stage);
  }

  /** Tries bad sectors again; what heals in the metadata may bring new sectors into the plan. */
  async #retry(first: RescuePlan, retries: number): Promise<void> {
    let plan = first;
    for (let number = 1; number <= retries; number++) {
      const before = this.#savedIn(plan);
      for (const stage of plan.stages) await this.#run(new Retry(this.#context(stage.domain), number), stage);
      await this.#settleHidden(plan);
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

  /** Small undecided areas that do not lie in the midst of a large bad one. */
  #smallAreas(domain: RangeSet): RangeSet {
    const { map } = this.#ports;
    const unitBytes = this.unit.bytes;
    const faulty = map.bytesWith('*', '/', '-');
    return RangeSet.of(
      blocksWith(map, domain, '/').filter(({ start, end }) => {
        const around = faulty.indexAfter(start);
        const surroundings = faulty.endOf(around) - faulty.startOf(around);
        return end - start <= SMALL_AREA_UNITS * unitBytes && surroundings <= HOPELESS_UNITS * unitBytes;
      }),
    );
  }

  #context(domain: RangeSet): PassContext {
    return { map: this.#ports.map, domain, unit: this.unit, named: this.#ports.named };
  }

  #run(pass: Pass, stage: Stage): Promise<void> {
    return this.#runPass(pass, stage.domain, stage.name);
  }

  async #runPass(pass: Pass, domain: RangeSet, stage: StageName | undefined): Promise<void> {
    await this.#ports.run(pass, domain, stage);
    this.#hidden.notice();
  }
}

const isFree = (stage: Stage): boolean => stage.name === 'free';
