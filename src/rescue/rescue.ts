import type { Outcome } from '../block/outcome.ts';
import type { Source, Target } from '../block/ports.ts';
import type { ByteRange } from '../block/range.ts';
import { RangeSet } from '../block/range-set.ts';
import type { FindAllocation } from './allocation.ts';
import { BlockMap } from './block-map.ts';
import { Checkpointer, type SaveMap } from './checkpointer.ts';
import type { Clock } from './clock.ts';
import type { ProgressEvent, RescueEvent, RescueResult } from './events.ts';
import type { Fill } from './fill.ts';
import { Interruption, type InterruptionReason } from './interruption.ts';
import { Lifesigns } from './lifesigns.ts';
import { makePlan } from './make-plan.ts';
import { formatMapfile } from './mapfile.ts';
import { partitionComments, partitionFacts } from './partition-facts.ts';
import type { Pass, PhaseName } from './pass.ts';
import { PassRunner } from './pass-runner.ts';
import { Pause } from './pause.ts';
import type { RescuePlan, StageName } from './plan.ts';
import { ProgressMeter } from './progress-meter.ts';
import { ReadBack } from './read-back.ts';
import { type Fetch, RescuedView } from './rescued-view.ts';
import { type FindAgain, ReturnWatch } from './return-watch.ts';
import { Samples, sampleTarget } from './samples.ts';
import { Saver } from './saver.ts';
import { SourceKeeper } from './source-keeper.ts';
import { StopSwitch } from './stop-switch.ts';
import { Strategy } from './strategy.ts';
import { Tally } from './tally.ts';
import { TargetKeeper } from './target-keeper.ts';
import { Unflushed } from './unflushed.ts';
import { Waits } from './waits.ts';

/** Comment of a map whose damaged areas need not be looked into again. */
const LOOKED_IN_VAIN = 'What is left was looked into in vain';

/** The outside world of one rescue. */
export interface RescuePorts {
  readonly source: Source;
  readonly target: Target;
  readonly clock: Clock;
  readonly saveMap: SaveMap;
  /** Given what is being saved: the bytes are only lent. */
  readonly saved?: (start: number, data: Uint8Array) => void;
  readonly emit: (event: RescueEvent) => void;
  /** How source and target are found again when they were lost; without it that ends the run. */
  readonly findSource?: FindAgain<Source> | undefined;
  readonly findTarget?: FindAgain<Target> | undefined;
  /** Puts aside what the saved map says, because the target was found not to hold it. */
  readonly distrustMap?: () => Promise<void>;
  /**
   * Asked once everything else is done: whether areas that are probably bad throughout shall be tried, which takes
   * so many seconds if they are.
   */
  readonly tryHopeless: (hopeless: RangeSet, seconds: number) => Promise<boolean>;
  /** Finds out what file systems other than NTFS use; without it all of them counts as used. */
  readonly findAllocation?: FindAllocation;
}

export interface RescueOptions {
  readonly fill: Fill;
  /** Rescue free space too, after everything that is used. */
  readonly allSectors: boolean;
  /** Whether the source may be divided into partitions. */
  readonly wholeDisk?: boolean;
  /** Files and folders to be rescued before others; see `namedFiles`. */
  readonly first?: readonly string[];
  /** Bytes a second below which places are put off like bad ones; 0 for none, undefined to learn it. */
  readonly minRate?: number | undefined;
  /** Whether the source's physical sectors are known for sure; else larger ones are looked out for. */
  readonly physicalSectorKnown?: boolean | undefined;
  /** How long a source or target that was lost is waited for, in milliseconds; 0, the default, ends the run. */
  readonly patienceMs?: number;
  /** Further tries for bad sectors, after everything else is done. */
  readonly retries: number;
  /**
   * Whether the target shows old content where nothing was written (a device does, a new file does not): used
   * sectors that stay unread are then marked when the run ends early.
   */
  readonly targetHasOldContent: boolean;
  /** Comment lines of the map. */
  readonly mapComments: readonly string[];
  /** Comment lines of the map that is continued. */
  readonly earlierComments: readonly string[];
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
  readonly #waits: Waits;
  readonly #pause: Pause;
  readonly #tally: Tally;
  readonly #samples: Samples;
  readonly #unflushed = new Unflushed();
  readonly #target: TargetKeeper;
  readonly #readBack: ReadBack;
  readonly #checkpointer: Checkpointer;
  readonly #saver: Saver;
  readonly #runner: PassRunner;
  readonly #strategy: Strategy;
  readonly #meter: ProgressMeter;
  /** What earlier runs saved. */
  readonly #savedBefore: RangeSet;
  #plan: RescuePlan | undefined;
  #skipMarking = false;
  #unmarkedBytes = 0;
  /** How often the target has lost what it had not flushed, and where it lost the fill. */
  #losses = 0;
  #unfilled: ByteRange[] = [];

  /** Goes on with `map` when one is given; it must have the source's size. */
  constructor(ports: RescuePorts, options: RescueOptions, map = new BlockMap(ports.source.sizeBytes)) {
    this.map = map;
    this.#ports = ports;
    this.#options = options;
    this.#savedBefore = map.bytesWith('+');
    this.#tally = new Tally(map);
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
    const lifesigns = new Lifesigns(this.#saver, ports.clock, this.#stop, this.#waits, ports.source, say);
    lifesigns.remember(this.#savedBefore);
    this.#runner = new PassRunner(
      this.#saver,
      this.#checkpointer,
      this.#stop,
      lifesigns,
      this.#pause,
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
    this.#skipMarking = true;
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
    if (plan.sectorBytes) this.#saver.markerSectorBytes = Math.min(sectorBytes, plan.sectorBytes);
    if (!this.#plan) await this.#markKnownBad();
    this.#plan = plan;
    const { survey } = plan;
    this.#ports.emit({
      event: 'plan',
      fileSystem: plan.table ? 'disk' : (plan.volumes[0]?.kind ?? 'unknown'),
      label: plan.table ? undefined : plan.volumes[0]?.label,
      volumeSerial: survey?.boot.serial,
      clusterBytes: survey?.boot.clusterBytes,
      dirty: survey?.dirty,
      domainBytes: plan.domain.totalBytes,
      metadataBytes: bytesOf(plan, 'metadata'),
      firstBytes: bytesOf(plan, 'first'),
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
    this.#unfilled.push(...this.#unflushed.rollBack(this.map));
  }

  /**
   * Brings all to stable storage. What the target loses meanwhile, or has lost behind the back of passes that had been
   * there, is read again, and filled again.
   */
  async #settle(): Promise<void> {
    for (let losses = -1; losses !== this.#losses; ) {
      losses = this.#losses;
      await this.#fillAgain();
      const untried = this.map.bytesWith('?').intersect(this.#tally.domain);
      if (losses > 0 && !untried.isEmpty) await this.#strategy.fetch(untried);
      // Areas that were left alone on purpose get the marker too.
      await this.#markUnread();
      this.#meter.phase = { phase: 'mark', stage: undefined, pass: 1, letter: '+' };
      await this.#checkpointer.finish();
    }
  }

  async #fillAgain(): Promise<void> {
    const lost = RangeSet.of(this.#unfilled.splice(0));
    for (const stretch of lost.intersect(this.map.bytesWith('-'))) await this.#saver.mark(stretch);
  }

  /**
   * A map of another program calls sectors bad that carry no marker in the target; and what was found bad before the
   * volume told its sector size carries markers of the device's.
   */
  async #markKnownBad(): Promise<void> {
    // What is bad outside of the domain lies in free clusters, which are not ours to touch.
    const bad = this.map.bytesWith('-').intersect(this.#tally.domain);
    for (const stretch of bad) await this.#saver.mark(stretch);
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
    if (!canMark) this.#unmarkedBytes = this.#unread().totalBytes;
    try {
      await this.#checkpointer.finish();
      if (canMark) {
        await this.#fillAgain();
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
    this.#unmarkedBytes = this.#unread().totalBytes;
    try {
      await this.#ports.distrustMap?.();
      await this.#ports.saveMap(this.#mapText());
    } catch (error) {
      const message = `The map could not be corrected, do not go on with it: ${(error as Error).message}.`;
      this.#ports.emit({ event: 'note', message });
    }
  }

  async #markUnread(): Promise<void> {
    const unread = this.#unread();
    if (unread.isEmpty) return;
    this.#unmarkedBytes = unread.totalBytes;
    // Before there is a plan nobody knows what is free, and free clusters are not ours to touch.
    if (!this.#plan) return;
    this.#enter('mark', undefined, 1, '?');
    for (const piece of pieces(unread)) {
      if (this.#skipMarking) break;
      await this.#saver.mark(piece);
      await this.#checkpointer.breathe();
      this.#unmarkedBytes -= piece.end - piece.start;
    }
    await this.#checkpointer.finish();
  }

  /** Wanted sectors that were not saved and do not carry the fill yet. */
  #unread(): RangeSet {
    const { fill, targetHasOldContent } = this.#options;
    if (fill === 'keep') return RangeSet.EMPTY;
    // Where a new file was never written it shows zeros, not somebody's data.
    const statuses = targetHasOldContent ? (['?', '*', '/'] as const) : (['*', '/'] as const);
    return this.map.bytesWith(...statuses).intersect(this.#tally.domain);
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
      unmarkedBytes: this.#unmarkedBytes,
      reads: progress.reads,
      failedReads: progress.failedReads,
      elapsedMs: progress.elapsedMs,
    };
  }
}

/** Bytes of a stage; 0 when the plan has none of that name. */
const bytesOf = (plan: RescuePlan, name: StageName): number =>
  plan.stages.find((stage) => stage.name === name)?.domain.totalBytes ?? 0;

/** Between two pieces the marking can be cut short. */
const PIECE_BYTES = 8 << 20;

function* pieces(set: RangeSet): Iterable<ByteRange> {
  for (const { start, end } of set) {
    for (let at = start; at < end; at += PIECE_BYTES)
      yield { start: at, end: Math.min(end, at + PIECE_BYTES) };
  }
}
