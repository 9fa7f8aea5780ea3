import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { refuseOthers } from '../block/agreed-device.ts';
import type { RangeSet } from '../block/range-set.ts';
import type { OpenSource } from '../block/source-device.ts';
import type { OpenTarget } from '../block/target-device.ts';
import { lockAllAgain } from '../block/unlocked-target.ts';
import { usableBytes } from '../block/usable-space.ts';
import { BlockMap } from '../rescue/block-map.ts';
import type { PlanEvent } from '../rescue/events.ts';
import { identityComment } from '../rescue/identity.ts';
import { Rescue } from '../rescue/rescue.ts';
import { bytesText, durationText, plural } from '../text/quantity.ts';
import { VERSION } from '../text/version.ts';
import type { DeviceFinder } from './device-finder.ts';
import { type PlacedJob, placeTarget } from './drive/placed-job.ts';
import type { EngineHost } from './engine-host.ts';
import { fixGpt } from './gpt-fix.ts';
import type { JobSpec } from './job-spec.ts';
import { sourceFinder, targetFinder } from './lost-ends.ts';
import { MapStore } from './map-store.ts';
import { partcloneAllocation } from './partclone.ts';
import { type Prepared, prepare } from './prepare.ts';
import { Refusal, refusing, STOPPED } from './refusal.ts';
import { CLOSE_MS, endpoint, finish, orNote } from './rescue-end.ts';
import { SourceTimeouts } from './source-timeouts.ts';
import { closeTarget } from './target-close.ts';
import { readyTarget } from './target-ready.ts';
import { type VerifiedRun, verifyRun } from './verify-run.ts';

const PROGRESS_INTERVAL_MS = 250;

/** Runs one rescue job from the checks to the report. Every way it can end is told as an event. */
export async function runJob(spec: JobSpec, frontEnd: EngineHost): Promise<void> {
  let placed: PlacedJob | undefined;
  let prepared: Prepared | undefined;
  const host: EngineHost = {
    ...frontEnd,
    emit: (event) => {
      const told = placed ? placed.toldEvent(event) : event;
      frontEnd.emit(told);
      prepared?.job?.observe(told);
    },
  };
  const beforeStart = stopBeforeStart(host);
  const timeouts = new SourceTimeouts((message) => host.emit({ event: 'note', message }));
  try {
    await timeouts.restoreLeftovers();
    await beforeStart.race(refusing(() => refuseOthers(spec.agreed)));
    const placing = placeTarget(spec);
    placed = await beforeStart.race(placing);
    prepared = await beforeStart.race(prepare(placed, host));
    await rescueJob(placed, host, prepared, timeouts);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Nothing is held any more when it is told.
    await letGo(prepared, host);
    await lockAllAgain();
    await placed?.putAway();
    const { code, message, advice, overridable } = error;
    host.emit({ event: 'refused', code, message, advice, overridable });
  } finally {
    await timeouts.restore();
    // Only the target is waited for: a hung source would never let go.
    await letGo(prepared, host);
    await placed?.putAway();
    prepared?.letMapGo();
    await prepared?.job?.close();
  }
}

/** Closes the target, if that has not been done. What is wrong with it then changes nothing of how the job has ended. */
async function letGo(prepared: Prepared | undefined, host: EngineHost): Promise<void> {
  const errno = prepared && (await closeTarget(prepared.target, CLOSE_MS));
  if (errno !== undefined) host.emit({ event: 'note', message: `The target could not be closed: ${errno}.` });
}

/** The source may hang before there is a rescue that could be stopped. */
interface BeforeStart {
  /** What `work` gives; throws a `Refusal` when the job is stopped first. */
  race<T>(work: Promise<T>): Promise<T>;
}

function stopBeforeStart(host: EngineHost): BeforeStart {
  const stopped = new Promise<never>((_, reject) => {
    const advice = 'The same command begins again.';
    host.onStop(() => reject(new Refusal(STOPPED, 'Stopped before anything was read.', advice)));
  });
  // Once the rescue runs, a stop is its own affair.
  stopped.catch((reason: unknown) => reason);
  return { race: (work) => Promise.race([work, stopped]) };
}

async function rescueJob(
  placed: PlacedJob,
  host: EngineHost,
  prepared: Prepared,
  timeouts: SourceTimeouts,
): Promise<void> {
  const { spec } = placed;
  const { source, target } = prepared;
  const map = prepared.map ?? new BlockMap(source.sizeBytes);
  const targetNotes = await refusing(() => readyTarget(prepared, spec.map));
  const store = new MapStore(spec.map);
  const sources = sourceFinder(source, () => targets.current.facts, spec.force);
  const targets: DeviceFinder<OpenTarget> = targetFinder(target, () => sources.current.facts);
  const mapComments = [
    `Rescue map of Lifeboat ${VERSION}, in the format of GNU ddrescue`,
    identityComment(prepared.identity),
  ];
  const rescue = new Rescue(
    {
      source,
      target,
      clock: { now: () => performance.now(), sleep: (milliseconds) => delay(milliseconds) },
      findSource: async (verify) => {
        const found = await sources.find(verify);
        // Another attachment has the kernel's own time-outs again.
        if (found.back) await lowerTimeouts(spec, timeouts, found.back.device);
        return found;
      },
      findTarget: async (verify) => {
        await placed.comeBack(sources.current.facts);
        return targets.find(verify);
      },
      saveMap: (text) => store.save(text),
      saved: (start, data) => prepared.job?.saved(start, data),
      distrustMap: () => store.putAside(),
      tryHopeless: (hopeless, seconds) => decideHopeless(spec, host, hopeless, seconds),
      findAllocation: partcloneAllocation(),
      emit: (event) => {
        host.emit(event);
        if (event.event === 'plan' && target.kind === 'file') warnOfLittleRoom(spec.target, event, host);
      },
    },
    {
      fill: spec.fill,
      allSectors: spec.allSectors,
      wholeDisk: source.facts.kind === 'file' || source.facts.partitionStartBytes === undefined,
      first: spec.first,
      retries: spec.retries,
      physicalSectorKnown: spec.physicalSectorBytes !== undefined,
      minRate: spec.minRate,
      patienceMs: spec.waitSeconds === 'forever' ? Number.POSITIVE_INFINITY : spec.waitSeconds * 1000,
      targetHasOldContent: target.kind === 'block',
      mapComments,
      earlierComments: prepared.mapComments,
    },
    map,
  );
  host.emit({
    event: 'start',
    version: VERSION,
    source: {
      ...endpoint(source),
      sectorBytes: source.sectorBytes,
      physicalSectorBytes: source.physicalSectorBytes,
      directIo: source.directIo,
      diskSequence: source.facts.kind === 'block' ? source.facts.diskSequence : undefined,
    },
    target: prepared.targetEndpoint,
    map: spec.map,
    job: prepared.job?.folder,
    resumed: prepared.map !== undefined,
  });
  for (const message of [...prepared.jobNotes, ...targetNotes]) host.emit({ event: 'note', message });
  host.onStop(() => rescue.stop());
  host.onSkipMarking(() => rescue.skipMarking());
  host.onPause((pause) => (pause ? rescue.pause() : rescue.resume()));
  await lowerTimeouts(spec, timeouts, source);
  const timer = setInterval(() => {
    rescue.heartbeat();
    host.emit(rescue.progress());
  }, PROGRESS_INTERVAL_MS);
  let ended: VerifiedRun;
  try {
    const result = await rescue.run();
    ended = spec.verify
      ? await verifyRun(rescue, result, prepared.job, targets.current.path, host)
      : { result, verify: undefined };
  } finally {
    clearInterval(timer);
  }
  host.emit(rescue.progress());
  const done = await finish(placed, host, rescue, ended, prepared, {
    fixTable: () => fixGpt(spec, host, rescue, targets.current, mapComments),
    // Who reads that it is finished may pull the drive at once.
    close: (patienceMs) => closeTarget(targets.current, patienceMs),
  });
  // That gives back room, no more: the map is as it was saved last.
  await orNote(host, `Beside the map ${spec.map} files may be left`, () => store.close());
  const message = await placed.putAway();
  if (message !== undefined) host.emit({ event: 'note', message });
  // Whoever is told the verdict may look into the folder at once.
  await prepared.job?.finish(done);
  host.emit(done);
}

async function lowerTimeouts(spec: JobSpec, timeouts: SourceTimeouts, { facts }: OpenSource): Promise<void> {
  if (!spec.keepTimeouts && facts.kind === 'block') await timeouts.lower(facts);
}

/** All that is readable is probably safe; the rest costs the disk one failing read a sector. */
async function decideHopeless(
  spec: JobSpec,
  host: EngineHost,
  hopeless: RangeSet,
  seconds: number,
): Promise<boolean> {
  const areas = `${bytesText(hopeless.totalBytes)} in ${plural(hopeless.count, 'area')}`;
  const message =
    `Everything that can be read easily is saved. What is left is probably lost: ${areas}, bad wherever it was tried. ` +
    `Trying all of it costs the disk a failing read for each sector, for about ${durationText(seconds)}.`;
  if (spec.hopeless !== 'ask') {
    const what = spec.hopeless === 'try' ? 'It is tried now.' : 'It is left alone, as asked.';
    host.emit({ event: 'note', message: `${message} ${what}` });
    return spec.hopeless === 'try';
  }
  const advice =
    'Copy the most important files first if the disk may die; the same command can try the rest later.';
  host.emit({ event: 'question', code: 'hopeless-left', message, advice });
  return host.hopelessAnswer();
}

/** A sparse file takes what is saved into it: said early, so that room can be made while the rescue runs. */
function warnOfLittleRoom(path: string, plan: PlanEvent, host: EngineHost): void {
  const needed = plan.domainBytes - plan.alreadySavedBytes;
  const say = (message: string): void => host.emit({ event: 'note', message });
  statfs(path, { bigint: true }).then(
    (facts) => {
      const free = usableBytes(facts);
      if (free >= needed) return;
      say(
        `The target's file system has only ${bytesText(free)} free, the rescue may need ${bytesText(needed)} more. ` +
          'It goes on until the target is full; make room, then the same command goes on.',
      );
    },
    (error: Error) => say(`How much room the target has cannot be told: ${error.message}`),
  );
}
