import { describePath } from '../block/device-facts.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { inspectTarget } from '../block/target-content.ts';
import { lockAllAgain } from '../block/unlocked-target.ts';
import { CloneError, type CloneFault } from '../clone/clone-error.ts';
import { cloneVolume } from '../clone/clone-volume.ts';
import { cloneMetadata, type MetadataResult } from '../clone/metadata/clone-metadata.ts';
import { restoreImage } from '../clone/restore-image.ts';
import { STANDARD_STREAM } from '../clone/standard-stream.ts';
import { readImageHeader, verifyImage } from '../clone/verify-image.ts';
import { summariseDamage } from '../rescue/damage.ts';
import { VERSION } from '../text/version.ts';
import type { CloneDoneEvent, CloneEnd, CloneEvent, MetadataFacts } from './clone-events.ts';
import type { CloneSpec } from './clone-spec.ts';
import { CloneTeller } from './clone-teller.ts';
import type { Verdict } from './job-events.ts';
import { STOPPED } from './refusal.ts';
import { SourceTimeouts } from './source-timeouts.ts';

/** What the body of a clone or image job is given by its process. */
export interface CloneHost {
  readonly emit: (event: CloneEvent) => void;
  /** Resolves when the user has agreed to what the question said. */
  readonly confirmed: () => Promise<void>;
  /** Calls the listener when the job shall stop, at once if that was asked for already. */
  readonly onStop: (listener: () => void) => void;
}

const PROGRESS_INTERVAL_MS = 250;
/** A read that hangs in the kernel cannot be called back: after a stop it is left behind. */
const STOP_PATIENCE_MS = 5000;

const VERDICTS: Readonly<Record<Exclude<CloneFault, 'refused'>, Verdict>> = {
  source: 'failed',
  unreadable: 'failed',
  output: 'failed',
  gone: 'source-gone',
  stopped: 'stopped',
};

/** What a task has come to. */
type Outcome = Pick<CloneDoneEvent, 'verdict'> & Partial<CloneDoneEvent>;

/** Runs a clone, an image or a restore from the checks to the end. Every way it can end is told as an event. */
export async function runCloneJob(spec: CloneSpec, host: CloneHost): Promise<void> {
  const teller = new CloneTeller(host.emit, spec.task === 'metadata');
  const stop = new AbortController();
  const leftBehind = new Promise<never>((_, reject) => {
    host.onStop(() => {
      const error = stopped(spec, teller);
      stop.abort(error);
      setTimeout(() => reject(error), STOP_PATIENCE_MS).unref();
    });
  });
  leftBehind.catch((reason: unknown) => reason);
  const timeouts = new SourceTimeouts((message) => teller.note(message));
  const timer = setInterval(() => host.emit(teller.snapshot()), PROGRESS_INTERVAL_MS);
  try {
    await timeouts.restoreLeftovers();
    const work = runTask(spec, host, teller, timeouts, stop.signal);
    const outcome = await Promise.race([work, leftBehind]);
    clearInterval(timer);
    host.emit(done(spec, teller, outcome));
  } catch (error) {
    clearInterval(timer);
    if (!(error instanceof CloneError)) throw error;
    const { message, advice, errno, fault } = error;
    if (fault === 'refused') host.emit({ event: 'refused', code: 'refused', message, advice, errno });
    else if (fault === 'stopped' && !teller.hasBegun)
      host.emit({ event: 'refused', code: STOPPED, message, advice, errno });
    else host.emit(done(spec, teller, { verdict: VERDICTS[fault], failure: { message, advice, errno } }));
  } finally {
    await timeouts.restore();
    await lockAllAgain();
  }
}

function stopped(spec: CloneSpec, teller: CloneTeller): CloneError {
  if (!('target' in spec)) return new CloneError('stopped', 'Stopped by you.');
  if (!teller.hasWritten) return new CloneError('stopped', 'Stopped by you before anything was written.');
  return new CloneError(
    'stopped',
    `Stopped by you: ${spec.target} is incomplete.`,
    'Begin again from the start.',
  );
}

async function runTask(
  spec: CloneSpec,
  host: CloneHost,
  teller: CloneTeller,
  timeouts: SourceTimeouts,
  signal: AbortSignal,
): Promise<Outcome> {
  const begin = async (): Promise<void> => {
    const source = await describePath(spec.source);
    if ('keepTimeouts' in spec && !spec.keepTimeouts && source.kind === 'block') await timeouts.lower(source);
    teller.begin({
      event: 'start',
      version: VERSION,
      task: spec.task,
      source: endOf(spec.source, source),
      target: 'target' in spec ? endOf(spec.target, await describePath(spec.target)) : undefined,
    });
  };
  const confirm = async (): Promise<void> => {
    if ('target' in spec && !spec.overwrite) await askToOverwrite(spec.target, host, signal);
    signal.throwIfAborted();
    await begin();
  };
  switch (spec.task) {
    case 'clone':
    case 'save': {
      const { source, target: output, rescue, ignoreFsCheck, force } = spec;
      const changes = spec.task === 'clone' ? spec : { newSerial: false, adjustSectorSize: false };
      const { lost, owners, clusters, geometry } = await cloneVolume(
        {
          source,
          output,
          overwrite: true,
          form: spec.task === 'clone' ? 'raw' : 'image',
          rescue,
          ignoreFsCheck,
          force,
          ...(changes.newSerial && { newSerial: 'full' as const }),
          adjustSectorSize: changes.adjustSectorSize,
          confirm,
        },
        teller,
        signal,
      );
      return {
        verdict: owners === undefined ? 'saved' : 'losses',
        copiedBytes: clusters * geometry.clusterBytes,
        lostBytes: lost.totalBytes,
        lostAreas: lost.count,
        damage: owners && summariseDamage(owners, true),
      };
    }
    case 'metadata': {
      const { source, target: output, form, rescue, ignoreFsCheck, force, strict, keepTimes, fullLog } = spec;
      const wanted = { source, output, form, rescue, ignoreFsCheck, force, strict, keepTimes, fullLog };
      const result = await cloneMetadata({ ...wanted, overwrite: true, confirm }, teller, signal);
      const { lost } = result;
      return {
        verdict: lost.isEmpty ? 'saved' : 'losses',
        lostBytes: lost.totalBytes,
        lostAreas: lost.count,
        metadata: metadataFacts(result, strict),
      };
    }
    case 'restore': {
      const { source: image, target: output, newSerial, adjustSectorSize } = spec;
      const serial = newSerial && { newSerial: 'full' as const };
      const { clusters, hasTail, isOrdered, header } = await restoreImage(
        { image, output, overwrite: true, ...serial, adjustSectorSize, confirm },
        teller,
        signal,
      );
      const copiedBytes = clusters * header.clusterBytes;
      return { verdict: 'saved', copiedBytes, hasBackup: hasTail, isOrdered };
    }
    case 'verify': {
      await begin();
      const { clusters, hasTail, header, isOrdered } = await verifyImage(spec.source, teller, signal);
      const copiedBytes = clusters * header.clusterBytes;
      const missing = isOrdered ? header.usedClusters - clusters : 0;
      const found = { copiedBytes, hasBackup: hasTail, isOrdered };
      if (missing <= 0) return { verdict: 'saved', ...found };
      const message = `Damaged: ${missing} of ${header.usedClusters} clusters are missing`;
      return { verdict: 'failed', ...found, failure: { message, advice: '', errno: undefined } };
    }
    case 'info':
      await begin();
      teller.image(await readImageHeader(spec.source));
      return { verdict: 'saved' };
  }
}

/** Asks whether what the target holds may be lost; resolves when it may. */
async function askToOverwrite(target: string, host: CloneHost, signal: AbortSignal): Promise<void> {
  if (target === STANDARD_STREAM) return;
  const content = await inspectTarget(target);
  if (content.empty) return;
  host.emit({
    event: 'question',
    code: 'target-not-empty',
    message: `The target ${target} is not empty: it holds ${content.description}, which would be lost.`,
    advice: 'Say --yes to overwrite it, or name another target.',
  });
  const stopping = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([host.confirmed(), stopping]);
}

function endOf(path: string, facts: PathFacts): CloneEnd {
  const unknown = { path, sizeBytes: undefined, model: undefined, serial: undefined };
  if (path === STANDARD_STREAM || facts.kind === 'other') return { ...unknown, kind: 'stream' };
  if (facts.kind === 'block') {
    const { sizeBytes, model, serial } = facts;
    return { path, kind: 'block', sizeBytes, model, serial };
  }
  return { ...unknown, kind: 'file', sizeBytes: facts.kind === 'file' ? facts.sizeBytes : undefined };
}

function metadataFacts({ records, tally }: MetadataResult, isStrict: boolean): MetadataFacts {
  return {
    records,
    usedRecords: tally.usedRecords,
    contentBytes: tally.residentBytes,
    deletedBytes: tally.deletedBytes + tally.slackBytes,
    timeBytes: tally.timeBytes,
    damagedBlocks: tally.damagedBlocks + tally.mirror.damagedBlocks,
    isStrict,
  };
}

function done(spec: CloneSpec, teller: CloneTeller, outcome: Outcome): CloneDoneEvent {
  return {
    event: 'done',
    task: spec.task,
    elapsedMs: teller.elapsedMs,
    failure: undefined,
    copiedBytes: undefined,
    lostBytes: 0,
    lostAreas: 0,
    damage: undefined,
    image: teller.imageFacts,
    isOrdered: undefined,
    hasBackup: undefined,
    metadata: undefined,
    ...outcome,
  };
}
