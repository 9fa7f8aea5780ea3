import type { Outcome } from '../block/outcome.ts';
import type { ByteRange } from '../block/range.ts';
import { RangeSet } from '../block/range-set.ts';
import { BlockMap } from './block-map.ts';
import { Checkpointer } from './checkpointer.ts';
import type { ProgressEvent, RescueResult } from './events.ts';
import { Interruption, type InterruptionReason } from './interruption.ts';
import { Lifesigns } from './lifesigns.ts';
import { makePlan } from './make-plan.ts';
import { formatMapfile } from './mapfile.ts';
import { NamedFaults } from './named-faults.ts';
import { partitionComments, partitionFacts } from './partition-facts.ts';
import type { Pass, PhaseName } from './pass.ts';
import { PassRunner } from './pass-runner.ts';
import { Pause } from './pause.ts';
import { type RescuePlan, type StageName, stageBytes } from './plan.ts';
import { ProgressMeter } from './progress-meter.ts';
import { ReadBack } from './read-back.ts';
import type { RescueOptions, RescuePorts } from './rescue-ports.ts';
import { type Fetch, RescuedView } from './rescued-view.ts';
import { ReturnWatch } from './return-watch.ts';
import { Samples, sampleTarget } from './samples.ts';
import { Saver } from './saver.ts';
import { SourceKeeper } from './source-keeper.ts';
import { StageTallies } from './stage-tallies.ts';
import { StopSwitch } from './stop-switch.ts';
import { Strategy } from './strategy.ts';
import { Tally } from './tally.ts';
import { TargetKeeper } from './target-keeper.ts';
import { Unflushed } from './unflushed.ts';
import { UnreadMarker } from './unread-marker.ts';
import { Waits } from './waits.ts';

/** Comment of a map whose damaged areas need not be looked into again. */
const LOOKED_IN_VAIN = 'What is left was looked into in vain';

/**
 * One run of a rescue: reads the plan off the volume, copies, narrows, scrapes and retries, and leaves a map that
 * tells the truth at every moment. Pure: time, devices and events come through the ports.
 */
export class Rescue {
  readonly map: BlockMap;
  readonly #ports: RescuePorts;
  readonly #options: RescueOptions;
  readonly #stop = new StopSwitch();
  readonly #waits: Waits;
  readonly #pause: Pause;
  readonly #tally: Tally;
  readonly #stages: StageTallies;
  readonly #samples: Samples;
  readonly #unflushed = new Unflushed();
  readonly #target: TargetKeeper;
  readonly #readBack: ReadBack;
  readonly #checkpointer: Checkpointer;
  readonly #saver: Saver;
  readonly #marker: UnreadMarker;
  readonly #runner: PassRunner;
  readonly #strategy: Strategy;
  readonly #meter: ProgressMeter;
  /** What earlier runs saved. */
  readonly #savedBefore: RangeSet;
  #plan: RescuePlan | undefined;
  /** How often the target has lost what it had not flushed. */
  #losses = 0;

  /** Goes on with `map` when one is given; it must have the source's size. */
  constructor(ports: RescuePorts, options: RescueOptions, map = new BlockMap(ports.source.sizeBytes)) {
    this.map = map;
    this.#ports = ports;
    this.#options = options;
    this.#savedBefore = map.bytesWith('+');
    this.#tally = new Tally(map);
    this.#stages = new StageTallies(map);
    this.#tally.count(RangeSet.single(0, map.sizeBytes));
    this.#waits = new Waits(ports.clock);
    this.#pause = new Pause(this.#waits);
    const say = (message: string): void => ports.emit({ event: 'note', message });
    const watch = new ReturnWatch(ports.clock, this.#stop, this.#waits, say, options.patienceMs ?? 0);
    this.#samples = new Samples(ports.source);
    this.#target = new TargetKeeper(ports.target, ports.findTarget, watch, this.#samples, () =>
      this.#rollBack(),
    );
    this.#readBack = new ReadBack(this.#target, this.#samples, ports.clock);
    const flushed = {
      flush: () => this.#target.flush(),
      flushing: () => this.#flushing(),
      regain: (failure: Outcome) => this.#target.regain(failure),
      check: () => this.#readBack.afterFlush(),
    };
    this.#checkpointer = new Checkpointer(flushed, ports.saveMap, watch, ports.clock, () => this.#mapText());
    this.#saver = new Saver(
      new SourceKeeper(ports.source, ports.findSource, watch, this.#samples),
      this.#target,
      map,
      ports.clock,
      options.fill,
      this.#checkpointer,
      this.#unflushed,
      this.#samples,
      ports.saved,
    );
    this.#marker = new UnreadMarker(
      { map, tally: this.#tally, saver: this.#saver, checkpointer: this.#checkpointer },
      options.targetHasOldContent,
      options.fill,
    );
    const lifesigns = new Lifesigns(this.#saver, ports.clock, this.#stop, this.#waits, ports.source, say);
    lifesigns.remember(this.#savedBefore);
    const named = new NamedFaults(ports.source.physicalSectorBytes);
    this.#runner = new PassRunner(
      this.#saver,
      this.#checkpointer,
      this.#stop,
      lifesigns,
      this.#pause,
      named,
      (request, pass, decided) => {
        ports.emit({
          event: 'fault',
          start: request.start,
          end: request.end,
          phase: pass.phase,
          decided,
        });
      },
    );
    this.#strategy = new Strategy(
      {
        map,
        named,
        unitBytes: ports.source.physicalSectorBytes,
        mayHideUnits: options.physicalSectorKnown !== true,
        minRate: options.minRate,
        tell: (message) => ports.emit({ event: 'note', message }),
        giveUp: async (areas) => {
          for (const area of areas) {
            await this.#saver.mark(area);
            map.set(area.start, area.end, '-');
          }
        },
        run: (pass, domain, stage) => {
          // A survey fetches in many small passes; it stays one phase for whoever watches.
          if (stage) this.#enter(pass.phase, stage, pass.number, pass.letter);
          return this.#runner.run(pass, domain);
        },
        survey: () => this.#survey(),
        tryHopeless: (hopeless) =>
          this.#stop.race(ports.tryHopeless(hopeless, this.#meter.secondsIfBad(hopeless))),
      },
      options.earlierComments.includes(LOOKED_IN_VAIN),
    );
    this.#meter = new ProgressMeter({
      map,
      tally: this.#tally,
      stages: this.#stages,
      saver: this.#saver,
      checkpointer: this.#checkpointer,
      runner: this.#runner,
      waits: this.#waits,
      clock: ports.clock,
      retries: options.retries,
      unit: this.#strategy.unit,
    });
  }

  /** What is to be rescued; undefined until the volume's own structures were read. */
  get plan(): RescuePlan | undefined {
    return this.#plan;
  }

  /** A view of the volume as far as it is saved; reads only the target. */
  savedView(): RescuedView {
    return new RescuedView(this.map, this.#target, this.#ports.source.sectorBytes);
  }

  /** Where the rescue stands now. */
  progress(): ProgressEvent {
    return this.#meter.snapshot();
  }

  /** To be called several times a second: saves the map even while the disk does not answer. */
  heartbeat(): void {
    this.#checkpointer.tick(this.#pause.isOn);
  }

  /** Asks nothing more of the disk until `resume`; what it has been asked is still saved, and the map with it. */
  pause(): void {
    if (this.#stop.pressed) return;
    this.#pause.begin();
  }

  /** Goes on after a pause. */
  resume(): void {
    this.#pause.end();
  }

  /** Stops the run: what is known is saved, and unread sectors are marked. */
  stop(): void {
    this.#stop.press();
    this.#pause.end();
  }

  /** Cuts short the marking of unread sectors; the result says how many are left unmarked. */
  skipMarking(): void {
    this.#marker.skip();
  }

  /** Saves the map again after the run, with the comments that it has by now. Throws when that fails. */
  async saveMapNow(): Promise<void> {
    await this.#checkpointer.finish();
  }

  /** Runs to the end or to an interruption; never rejects for what source or target do. */
  async run(): Promise<RescueResult> {
    let interruption: InterruptionReason | undefined;
    try {
      await this.#work();
      const doubt = await this.#stop.race(this.#readBack.atEnd());
      if (doubt) throw doubt;
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      interruption = error.reason;
      interruption = (await this.#closeEarly(interruption)) ?? interruption;
    }
    return this.#result(interruption);
  }

  /** After the end: what the target does not hold is untried again, and the map says so. */
  async setBack(different: readonly ByteRange[]): Promise<RescueResult> {
    this.#meter.phase = { phase: 'verify', stage: undefined, pass: 1, letter: '?' };
    for (const { start, end } of different) this.map.set(start, end, '?');
    const differentBytes = different.reduce((sum, { start, end }) => sum + end - start, 0);
    try {
      await this.#checkpointer.finish();
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      return this.#result(error.reason);
    }
    return this.#result({ kind: 'target-differs', position: different[0]?.start ?? 0, differentBytes });
  }

  async #work(): Promise<void> {
    const sectorBytes = this.#ports.source.sectorBytes;
    const read = this.#target.read.bind(this.#target);
    await sampleTarget(this.#samples, [...this.#savedBefore], sectorBytes, read);
    // A failing target shows before the first hour of reading, not after it.
    await this.#checkpointer.finish();
    await this.#strategy.runAll(this.#options.retries);
    await this.#settle();
  }

  /** Reads the volume's structures, rescuing each sector that nobody has tried yet. */
  async #survey(): Promise<RescuePlan> {
    this.#enter('survey', undefined, 1, '?');
    const sectorBytes = this.#ports.source.sectorBytes;
    const fetch: Fetch = ({ start, end }) => this.#strategy.fetch(RangeSet.single(start, end));
    const view = new RescuedView(this.map, this.#target, this.#ports.source.physicalSectorBytes, fetch);
    const { allSectors, wholeDisk, first = [] } = this.#options;
    const { findAllocation } = this.#ports;
    const { signal } = this.#stop;
    let plan: RescuePlan;
    let losses: number;
    try {
      do {
        losses = this.#losses;
        plan = await makePlan(view, sectorBytes, { allSectors, wholeDisk, first, signal, findAllocation });
        // Structures that the target has lost meanwhile were taken for unreadable.
      } while (losses !== this.#losses);
    } catch (error) {
      // The survey ends with the signal's own reason.
      this.#stop.throwIfPressed();
      throw error;
    }
    this.#stop.throwIfPressed();
    this.#tally.count(plan.domain);
    this.#stages.count(plan.stages);
    if (plan.sectorBytes) this.#saver.markerSectorBytes = Math.min(sectorBytes, plan.sectorBytes);
    if (!this.#plan) await this.#marker.markKnownBad();
    this.#plan = plan;
    const { survey } = plan;
    this.#ports.emit({
      event: 'plan',
      fileSystem: plan.table ? 'disk' : (plan.volumes[0]?.kind ?? 'unknown'),
      label: plan.table ? undefined : plan.volumes[0]?.label,
      volumeSerial: survey?.boot.serial,
      clusterBytes: survey?.boot.clusterBytes,
      dirty: survey?.dirty,
      complete: plan.complete,
      domainBytes: plan.domain.totalBytes,
      metadataBytes: stageBytes(plan, 'metadata'),
      firstBytes: stageBytes(plan, 'first'),
      alreadySavedBytes: this.#savedBefore.intersect(plan.domain).totalBytes,
      partitions: partitionFacts(plan),
      notes: plan.notes,
    });
    return plan;
  }

  /** A flush of the target begins; returns what is to be called when it has succeeded. */
  #flushing(): () => void {
    this.#unflushed.flushing();
    const flushed = this.#samples.flushing();
    return () => {
      this.#unflushed.flushed();
      flushed();
    };
  }

  /** What the target had not flushed is lost: the map goes back to what is on stable storage. */
  #rollBack(): void {
    this.#losses++;
    this.#samples.lost();
    this.#marker.lost(this.#unflushed.rollBack(this.map));
  }

  /**
   * Brings all to stable storage. What the target loses meanwhile, or has lost behind the back of passes that had been
   * there, is read again, and filled again.
   */
  async #settle(): Promise<void> {
    for (let losses = -1; losses !== this.#losses; ) {
      losses = this.#losses;
      await this.#marker.fillAgain();
      const untried = this.map.bytesWith('?').intersect(this.#tally.domain);
      if (losses > 0 && !untried.isEmpty) await this.#strategy.fetch(untried);
      // Areas that were left alone on purpose get the marker too.
      await this.#markUnread();
      this.#meter.phase = { phase: 'mark', stage: undefined, pass: 1, letter: '+' };
      await this.#checkpointer.finish();
    }
  }

  /**
   * Leaves an honest state behind: the map first, then markers on the used sectors that stay unread. Returns what
   * went wrong on the way, if anything did.
   */
  async #closeEarly(reason: InterruptionReason): Promise<InterruptionReason | undefined> {
    await this.#saver.close();
    if (reason.kind === 'target-untrue') {
      await this.#distrust();
      return undefined;
    }
    // A target that takes nothing more cannot be marked; but what it took before may still be safe.
    const canMark = reason.kind === 'stopped' || reason.kind.startsWith('source');
    if (!canMark) this.#marker.leave();
    try {
      await this.#checkpointer.finish();
      if (canMark) {
        await this.#marker.fillAgain();
        await this.#markUnread();
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      this.#rollBack();
      return canMark ? error.reason : undefined;
    }
  }

  /** The target has lied: nothing that it was given counts as saved any more. What is known to be bad stays known. */
  async #distrust(): Promise<void> {
    await this.#checkpointer.idle();
    for (const { start, end } of this.map.bytesWith('+')) this.map.set(start, end, '?');
    this.#marker.leave();
    const orNote = async (what: string, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        this.#ports.emit({ event: 'note', message: `${what}: ${(error as Error).message}.` });
      }
    };
    // Where the map lies on the target itself, or the disk is full, only the second may succeed, and it is what counts.
    await orNote('The map as it was could not be put aside', async () => this.#ports.distrustMap?.());
    await orNote('The map could not be corrected, do not go on with it', () =>
      this.#ports.saveMap(this.#mapText()),
    );
  }

  async #markUnread(): Promise<void> {
    // Before there is a plan nobody knows what is free, and free clusters are not ours to touch.
    if (!this.#plan) return this.#marker.leave();
    await this.#marker.markUnread(() => this.#enter('mark', undefined, 1, '?'));
  }

  #enter(phase: PhaseName, stage: StageName | undefined, pass: number, letter: Pass['letter']): void {
    this.#meter.phase = { phase, stage, pass, letter };
    this.#ports.emit({ event: 'phase', phase, stage, pass });
  }

  #mapText(): string {
    const { letter, pass } = this.#meter.phase;
    const position = { offset: this.#runner.position, phase: letter, pass };
    const looked = this.#strategy.lookedInVain ? [LOOKED_IN_VAIN] : [];
    const partitions = this.#plan ? partitionComments(partitionFacts(this.#plan)) : [];
    return formatMapfile(this.map, position, [...this.#options.mapComments, ...partitions, ...looked]);
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
      missingBytes: this.#plan?.missingBytes ?? 0,
      undecidedBytes: untried + failed + unscraped,
      unmarkedBytes: this.#marker.unmarkedBytes,
      reads: progress.reads,
      failedReads: progress.failedReads,
      elapsedMs: progress.elapsedMs,
    };
  }
}
