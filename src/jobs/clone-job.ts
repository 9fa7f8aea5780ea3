import { type AgreedDevice, refuseOthers } from '../block/agreed-device.ts';
import { describePath } from '../block/device-facts.ts';
import { OpenError } from '../block/open-error.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { describeStandardStream } from '../block/standard-stream-facts.ts';
import { inspectTarget } from '../block/target-content.ts';
import { lockAllAgain } from '../block/unlocked-target.ts';
import { CloneError, type CloneFault, refusedOpening, sourceError } from '../clone/clone-error.ts';
import { imageDescription, isBegunImage } from '../clone/image-access.ts';
import { STANDARD_STREAM } from '../clone/standard-stream.ts';
import { SourceFailure } from '../ntfs/source-reader.ts';
import { VERSION } from '../text/version.ts';
import type { CloneDoneEvent, CloneEnd, CloneEvent } from './clone-events.ts';
import type { CloneSpec } from './clone-spec.ts';
import { type Outcome, runTask } from './clone-tasks.ts';
import { CloneTeller } from './clone-teller.ts';
import { memoryNotes } from './in-memory.ts';
import type { Verdict } from './job-events.ts';
import { refuseJobSource } from './job-sources.ts';
import { Refusal, STOPPED } from './refusal.ts';
import { SourceTimeouts } from './source-timeouts.ts';
import { targetWords } from './target-words.ts';

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
/** What can be gone on with is brought to stable storage first, which takes a slow drive a while. */
const SYNC_PATIENCE_MS = 60_000;

const VERDICTS: Readonly<Record<Exclude<CloneFault, 'refused'>, Verdict>> = {
  source: 'failed',
  unreadable: 'failed',
  output: 'failed',
  gone: 'source-gone',
  stopped: 'stopped',
};

/** Runs a clone, an image or a restore from the checks to the end. Every way it can end is told as an event. */
export async function runCloneJob(spec: CloneSpec, host: CloneHost): Promise<void> {
  const teller = new CloneTeller(host.emit, spec.task === 'metadata');
  const timeouts = new SourceTimeouts((message) => teller.note(message));
  const timer = setInterval(() => host.emit(teller.snapshot()), PROGRESS_INTERVAL_MS);
  const { signal, leftBehind } = stopOf(spec, host, teller);
  const begin = (): Promise<void> => beginTask(spec, host, teller, timeouts, signal);
  let last: CloneEvent;
  try {
    await timeouts.restoreLeftovers();
    await refuseOthers(agreedIn(spec));
    const outcome = await Promise.race([runTask(spec, { teller, signal, begin }), leftBehind]);
    last = done(spec, teller, outcome);
  } catch (error) {
    last = ended(spec, teller, cloneErrorFrom(error));
  } finally {
    clearInterval(timer);
    await timeouts.restore();
    await lockAllAgain();
  }
  host.emit(last);
}

/** A defect of the program is thrown as it is. */
function cloneErrorFrom(error: unknown): CloneError {
  if (error instanceof CloneError) return error;
  if (error instanceof Refusal) return new CloneError('refused', error.message, error.advice);
  if (error instanceof OpenError) return refusedOpening(error);
  if (!(error instanceof SourceFailure)) throw error;
  return sourceError(error);
}

/** Turns the wish to stop into a signal, and into an end for what does not heed it. */
function stopOf(
  spec: CloneSpec,
  host: CloneHost,
  teller: CloneTeller,
): { signal: AbortSignal; leftBehind: Promise<never> } {
  const stop = new AbortController();
  const leftBehind = new Promise<never>((_, reject) => {
    host.onStop(() => {
      const error = stopped(spec, teller);
      stop.abort(error);
      const giveUp = (): void => {
        if (teller.isSyncing) setTimeout(() => reject(error), SYNC_PATIENCE_MS).unref();
        else reject(error);
      };
      setTimeout(giveUp, STOP_PATIENCE_MS).unref();
    });
  });
  leftBehind.catch((reason: unknown) => reason);
  return { signal: stop.signal, leftBehind };
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

/** Whether the same command goes on where one has ended. */
const isResumable = (spec: CloneSpec): boolean =>
  spec.task === 'save' && spec.form === 'zstd' && spec.target !== STANDARD_STREAM;

/** The event that tells how a task has ended early. */
function ended(spec: CloneSpec, teller: CloneTeller, error: CloneError): CloneEvent {
  const { fault, message, advice, errno } = error;
  if (fault === 'refused') return { event: 'refused', code: error.code ?? 'refused', message, advice, errno };
  if (fault === 'stopped' && !teller.hasBegun)
    return { event: 'refused', code: STOPPED, message, advice, errno };
  const goesOn = isResumable(spec) && teller.hasWritten && teller.isTargetFile;
  return done(spec, teller, {
    verdict: VERDICTS[fault],
    isResumable: goesOn,
    failure: { message, advice: adviceFor(spec, teller, error, goesOn), errno },
  });
}

/** What to do about it, and what the target is worth. */
function adviceFor(spec: CloneSpec, teller: CloneTeller, error: CloneError, goesOn: boolean): string {
  const { fault, advice } = error;
  if (goesOn) return `${fault === 'stopped' ? '' : `${advice} `}The same command goes on.`;
  const isTold = fault === 'output' || fault === 'stopped';
  if (isTold || !teller.hasWritten || !('target' in spec)) return advice;
  return `${spec.target} is incomplete. ${advice}`;
}

const agreedIn = (spec: CloneSpec): readonly AgreedDevice[] => ('agreed' in spec && spec.agreed) || [];

async function beginTask(
  spec: CloneSpec,
  host: CloneHost,
  teller: CloneTeller,
  timeouts: SourceTimeouts,
  signal: AbortSignal,
): Promise<void> {
  const target = 'target' in spec ? await describePath(spec.target) : undefined;
  const isStream = 'target' in spec && spec.target === STANDARD_STREAM;
  const written = isStream ? await describeStandardStream(1) : target;
  if (written !== undefined) await refuseJobSource(written, 'force' in spec && spec.force);
  if ('target' in spec && target !== undefined && !spec.overwrite) {
    const goesOn = isResumable(spec) && (await isBegunImage(spec.target, target));
    if (!goesOn) await askToOverwrite(spec.target, host, signal);
  }
  signal.throwIfAborted();
  // Both ends were looked at meanwhile, and are opened as what they were then.
  await refuseOthers(agreedIn(spec));
  const source = await describePath(spec.source);
  if ('keepTimeouts' in spec && !spec.keepTimeouts && source.kind === 'block') await timeouts.lower(source);
  teller.begin({
    event: 'start',
    version: VERSION,
    task: spec.task,
    source: endOf(spec.source, source),
    target: 'target' in spec && target !== undefined ? endOf(spec.target, target) : undefined,
  });
  if (written !== undefined) for (const note of memoryNotes(written.path, written)) teller.note(note);
}

/** Asks whether what the target holds may be lost; resolves when it may, or when the job shall stop. */
async function askToOverwrite(target: string, host: CloneHost, signal: AbortSignal): Promise<void> {
  if (target === STANDARD_STREAM) return;
  const content = await inspectTarget(target);
  if (content.empty) return;
  const held = (await imageDescription(target)) ?? content.description;
  host.emit({
    event: 'question',
    code: 'target-not-empty',
    message: `The target ${targetWords(target, await describePath(target))} is not empty: it holds ${held}, which would be lost.`,
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

function done(spec: CloneSpec, teller: CloneTeller, outcome: Outcome): CloneDoneEvent {
  return {
    event: 'done',
    task: spec.task,
    elapsedMs: teller.elapsedMs,
    failure: undefined,
    copiedBytes: undefined,
    lostBytes: 0,
    lostAreas: 0,
    lostAtSaveBytes: 0,
    damagedPlaces: teller.damagedPlaces,
    writtenBytes: undefined,
    isResumable: false,
    damage: undefined,
    image: teller.imageFacts,
    isOrdered: undefined,
    hasBackup: undefined,
    metadata: undefined,
    ...outcome,
  };
}
