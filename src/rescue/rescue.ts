import type { Source, Target } from '../block/ports.ts';
import { RangeSet } from '../block/range-set.ts';
import { BlockMap } from './block-map.ts';
import { Checkpointer, type SaveMap } from './checkpointer.ts';
import type { Clock } from './clock.ts';
import type { ProgressEvent, RescueEvent, RescueResult } from './events.ts';
import type { Fill } from './fill.ts';
import { Interruption, type InterruptionReason } from './interruption.ts';
import { formatMapfile } from './mapfile.ts';
import type { Pass, PassContext, PhaseName } from './pass.ts';
import { PassRunner } from './pass-runner.ts';
import { CopyBackward } from './passes/copy-backward.ts';
import { CopyForward, type CopyPolicy, DiskMood, defaultCopyPolicy } from './passes/copy-forward.ts';
import { Retry, Scrape } from './passes/single-units.ts';
import { Sweep } from './passes/sweep.ts';
import { Trim } from './passes/trim.ts';
import { makePlan, type RescuePlan, type Stage, type StageName } from './plan.ts';
import { ProgressMeter } from './progress-meter.ts';
import { type Fetch, RescuedView } from './rescued-view.ts';
import { Saver } from './saver.ts';
import { StopSwitch } from './stop-switch.ts';
import { Tally } from './tally.ts';

/** The outside world of one rescue. */
export interface RescuePorts {
  readonly source: Source;
  readonly target: Target;
  readonly clock: Clock;
  readonly saveMap: SaveMap;
  readonly emit: (event: RescueEvent) => void;
}

export interface RescueOptions {
  readonly fill: Fill;
  /** Rescue free space too, after everything that is used. */
  readonly allSectors: boolean;
  /** Further tries for bad sectors, after everything else is done. */
  readonly retries: number;
  /**
   * Whether the target shows old content where nothing was written (a device does, a new file does not): used
   * sectors that stay unread are then marked when the run ends early.
   */
  readonly targetHasOldContent: boolean;
  /** Comment lines of the map. */
  readonly mapComments: readonly string[];
}

/**
 * One run of a rescue: reads the plan off the volume, copies, narrows, scrapes and retries, and leaves a map that
 * tells the truth at every moment. Pure: time, devices and events come through the ports.
 */
export class Rescue {
  readonly map: BlockMap;
  readonly #ports: RescuePorts;
  readonly #options: RescueOptions;
  readonly #stop = new StopSwitch();
  readonly #skipMarking = new StopSwitch();
  readonly #tally: Tally;
  readonly #checkpointer: Checkpointer;
  readonly #saver: Saver;
  readonly #runner: PassRunner;
  readonly #policy: CopyPolicy;
  readonly #mood: DiskMood;
  readonly #meter: ProgressMeter;
  /** What earlier runs saved. */
  readonly #savedBefore: RangeSet;
  #plan: RescuePlan | undefined;
  #unmarkedBytes = 0;

  /** Goes on with `map` when one is given; it must have the source's size. */
  constructor(ports: RescuePorts, options: RescueOptions, map = new BlockMap(ports.source.sizeBytes)) {
    this.map = map;
    this.#ports = ports;
    this.#options = options;
    this.#savedBefore = map.bytesWith('+');
    this.#tally = new Tally(map);
    this.#tally.count(RangeSet.single(0, map.sizeBytes));
    this.#checkpointer = new Checkpointer(ports.target, ports.saveMap, ports.clock, () => this.#mapText());
    this.#saver = new Saver(ports.source, ports.target, map, ports.clock, options.fill, this.#checkpointer);
    this.#runner = new PassRunner(this.#saver, this.#checkpointer, this.#stop, (request, pass) => {
      ports.emit({
        event: 'fault',
        start: request.start,
        end: request.end,
        phase: pass.phase,
        decided: pass.decides,
      });
    });
    this.#policy = defaultCopyPolicy(map.sizeBytes);
    this.#mood = new DiskMood(this.#policy);
    this.#meter = new ProgressMeter(map, this.#tally, this.#saver, this.#checkpointer, this.#runner, ports);
  }

  /** What is to be rescued; undefined until the volume's own structures were read. */
  get plan(): RescuePlan | undefined {
    return this.#plan;
  }

  /** A view of the volume as far as it is saved; reads only the target. */
  savedView(): RescuedView {
    return new RescuedView(this.map, this.#ports.target, this.#ports.source.sectorBytes);
  }

  /** Where the rescue stands now. */
  progress(): ProgressEvent {
    return this.#meter.snapshot();
  }

  /** To be called several times a second: saves the map even while the disk does not answer. */
  heartbeat(): void {
    this.#checkpointer.tick();
  }

  /** Stops the run; a second call also cuts short the marking of unread sectors. */
  stop(): void {
    if (this.#stop.pressed) this.#skipMarking.press();
    else this.#stop.press();
  }

  /** Runs to the end or to an interruption; never rejects for what source or target do. */
  async run(): Promise<RescueResult> {
    let interruption: InterruptionReason | undefined;
    try {
      await this.#work();
      this.#meter.phase = { phase: 'mark', stage: undefined, pass: 1, letter: '+' };
      await this.#checkpointer.finish();
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      interruption = error.reason;
      interruption = (await this.#closeEarly(interruption)) ?? interruption;
    }
    return this.#result(interruption);
  }

  async #work(): Promise<void> {
    // A failing target shows before the first hour of reading, not after it.
    await this.#checkpointer.finish();
    await this.#markKnownBad();
    let plan = await this.#survey();
    for (;;) {
      const wanted = plan.stages.filter((stage) => stage.name !== 'free');
      for (const stage of wanted) await this.#copyStage(stage);
      const before = this.#savedIn(plan.survey?.metadata);
      if (wanted[0]) await this.#run('scrape', new Scrape(this.#context(wanted[0].domain)), wanted[0]);
      if (!this.#isWorthANewPlan(plan, before)) break;
      plan = await this.#survey();
    }
    for (const stage of plan.stages.filter((each) => each.name !== 'free').slice(1)) {
      await this.#run('scrape', new Scrape(this.#context(stage.domain)), stage);
    }
    for (const stage of plan.stages.filter((each) => each.name === 'free')) {
      await this.#copyStage(stage);
      await this.#run('scrape', new Scrape(this.#context(stage.domain)), stage);
    }
    await this.#retry(plan);
  }

  async #copyStage(stage: Stage): Promise<void> {
    const context = this.#context(stage.domain);
    await this.#run('copy', new CopyForward(context, this.#policy, this.#mood), stage);
    await this.#run('copy-backward', new CopyBackward(context, this.#policy, this.#mood), stage);
    await this.#run('trim', new Trim(context), stage);
    await this.#run('sweep', new Sweep(context, this.#policy, this.#mood), stage);
    await this.#run('trim', new Trim(context), stage);
  }

  /** Tries bad sectors again; what heals in the metadata may bring new sectors into the plan. */
  async #retry(first: RescuePlan): Promise<void> {
    let plan = first;
    for (let number = 1; number <= this.#options.retries; number++) {
      const before = this.#savedIn(plan.survey?.metadata);
      for (const stage of plan.stages) {
        await this.#run('retry', new Retry(this.#context(stage.domain), number), stage);
      }
      if (!this.#isWorthANewPlan(plan, before)) continue;
      plan = await this.#survey();
      for (const stage of plan.stages) await this.#copyStage(stage);
      for (const stage of plan.stages)
        await this.#run('scrape', new Scrape(this.#context(stage.domain)), stage);
    }
  }

  /** Reads the volume's structures, rescuing each sector that nobody has tried yet. */
  async #survey(): Promise<RescuePlan> {
    this.#enter('survey', undefined, 1, '?');
    const sectorBytes = this.#ports.source.sectorBytes;
    const fetch: Fetch = async ({ start, end }) => {
      const stretch = RangeSet.single(start, end);
      const context = this.#context(stretch);
      await this.#runner.run(new Sweep(context, this.#policy, this.#mood), stretch);
      await this.#runner.run(new Trim(context), stretch);
    };
    const view = new RescuedView(this.map, this.#ports.target, sectorBytes, fetch);
    const { allSectors } = this.#options;
    let plan: RescuePlan;
    try {
      plan = await makePlan(view, sectorBytes, { allSectors, signal: this.#stop.signal });
    } catch (error) {
      // The survey ends with the signal's own reason.
      this.#stop.throwIfPressed();
      throw error;
    }
    this.#stop.throwIfPressed();
    this.#plan = plan;
    this.#tally.count(plan.domain);
    if (plan.survey) {
      this.#saver.markerSectorBytes = Math.min(sectorBytes, plan.survey.boot.sectorBytes);
    }
    const { survey } = plan;
    this.#ports.emit({
      event: 'plan',
      fileSystem: survey ? 'ntfs' : 'unknown',
      label: survey?.label,
      volumeSerial: survey?.boot.serial,
      clusterBytes: survey?.boot.clusterBytes,
      dirty: survey?.dirty,
      domainBytes: plan.domain.totalBytes,
      metadataBytes: plan.stages.find((stage) => stage.name === 'metadata')?.domain.totalBytes ?? 0,
      alreadySavedBytes: this.#savedBefore.intersect(plan.domain).totalBytes,
      notes: plan.notes,
    });
    return plan;
  }

  /** Whether reading the structures again would show more than the plan knows. */
  #isWorthANewPlan(plan: RescuePlan, savedBefore: number): boolean {
    const { survey } = plan;
    if (!survey) return false;
    const complete = survey.mftComplete && survey.recordsUnreadable === 0 && survey.bitmapUnknown.isEmpty;
    return !complete && this.#savedIn(survey.metadata) > savedBefore;
  }

  #savedIn(set: RangeSet | undefined): number {
    const saved = this.map.bytesWith('+');
    return (set ? saved.intersect(set) : saved).totalBytes;
  }

  /** A map of another program calls sectors bad that carry no marker in the target. */
  async #markKnownBad(): Promise<void> {
    for (const stretch of this.map.bytesWith('-')) await this.#saver.mark(stretch);
  }

  /**
   * Leaves an honest state behind: the map first, then markers on the used sectors that stay unread. Returns what
   * went wrong on the way, if anything did.
   */
  async #closeEarly(reason: InterruptionReason): Promise<InterruptionReason | undefined> {
    await this.#saver.close();
    if (reason.kind === 'target-failed' || reason.kind === 'target-full' || reason.kind === 'map-failed') {
      return undefined;
    }
    try {
      await this.#checkpointer.finish();
      await this.#markUnread();
      return undefined;
    } catch (error) {
      if (error instanceof Interruption) return error.reason;
      throw error;
    }
  }

  async #markUnread(): Promise<void> {
    const { fill, targetHasOldContent } = this.#options;
    if (fill === 'keep') return;
    const statuses = targetHasOldContent ? (['?', '*', '/'] as const) : (['*', '/'] as const);
    const unread = this.map.bytesWith(...statuses).intersect(this.#tally.domain);
    if (unread.isEmpty) return;
    this.#enter('mark', undefined, 1, '?');
    this.#unmarkedBytes = unread.totalBytes;
    const PIECE_BYTES = 8 << 20;
    for (const { start, end } of unread) {
      for (let at = start; at < end; at += PIECE_BYTES) {
        if (this.#skipMarking.pressed) return;
        const piece = { start: at, end: Math.min(end, at + PIECE_BYTES) };
        await this.#saver.mark(piece);
        await this.#checkpointer.breathe();
        this.#unmarkedBytes -= piece.end - piece.start;
      }
    }
    await this.#checkpointer.finish();
  }

  #context(domain: RangeSet): PassContext {
    return { map: this.map, domain, unitBytes: this.#ports.source.physicalSectorBytes };
  }

  async #run(phase: PhaseName, pass: Pass, stage: Stage): Promise<void> {
    this.#enter(phase, stage.name, pass.number, pass.letter);
    await this.#runner.run(pass, stage.domain);
  }

  #enter(phase: PhaseName, stage: StageName | undefined, pass: number, letter: Pass['letter']): void {
    this.#meter.phase = { phase, stage, pass, letter };
    this.#ports.emit({ event: 'phase', phase, stage, pass });
  }

  #mapText(): string {
    const { letter, pass } = this.#meter.phase;
    const position = { offset: this.#runner.position, phase: letter, pass };
    return formatMapfile(this.map, position, this.#options.mapComments);
  }

  #result(interruption: InterruptionReason | undefined): RescueResult {
    const progress = this.#meter.snapshot({ fresh: true });
    const { '?': untried, '*': failed, '/': unscraped } = this.#tally.bytes;
    return {
      interruption,
      domainBytes: progress.domainBytes,
      savedBytes: progress.savedBytes,
      badBytes: progress.badBytes,
      badAreas: progress.badAreas,
      undecidedBytes: untried + failed + unscraped,
      unmarkedBytes: this.#unmarkedBytes,
      reads: progress.reads,
      failedReads: progress.failedReads,
      elapsedMs: progress.elapsedMs,
    };
  }
}
