import type { DamageSummary } from '../rescue/damage.ts';
import type { FaultEvent, NoteEvent, RescueEvent, RescueResult } from '../rescue/events.ts';
import type { CheckedTarget } from '../rescue/verify.ts';
import type { JobHistory } from './job-history.ts';

/** One end of a rescue, named for people. */
export interface EndpointFacts {
  readonly path: string;
  readonly kind: 'block' | 'file';
  readonly sizeBytes: number;
  readonly model: string | undefined;
  readonly serial: string | undefined;
}

/** First of what a process that watches a running job is told; what was told before follows, as far as it counts. */
export interface AttachedEvent {
  readonly event: 'attached';
  /** The job's folder. */
  readonly job: string;
  /** The process at work on it. */
  readonly pid: number;
}

/** How the run went so far, for a process that begins to watch it. */
export interface HistoryEvent extends JobHistory {
  readonly event: 'history';
}

/** A fault or a note that is told again to a process that begins to watch, with when it was in the run. */
export type RecalledEvent = (FaultEvent | NoteEvent) & { readonly elapsedMs: number };

/** The rescue begins: everything was checked and opened. */
export interface StartEvent {
  readonly event: 'start';
  readonly version: string;
  readonly source: EndpointFacts & {
    readonly sectorBytes: number;
    readonly physicalSectorBytes: number;
    /** False when reads go through the page cache: a bad sector then takes good neighbours with it. */
    readonly directIo: boolean;
    /** The kernel's running number of this attachment of its disk; undefined for a file, and before Linux 5.15. */
    readonly diskSequence: number | undefined;
  };
  readonly target: EndpointFacts;
  readonly map: string;
  /** The job's folder; undefined when none is kept. */
  readonly job: string | undefined;
  /** Whether an earlier run is continued. */
  readonly resumed: boolean;
}

/**
 * The engine waits for an answer: `confirm` when the target holds something that would be lost, `hopeless` when all
 * that is left is probably lost and would cost many failing reads.
 */
export interface QuestionEvent {
  readonly event: 'question';
  readonly code: 'target-not-empty' | 'hopeless-left' | 'gpt-not-right';
  readonly message: string;
  readonly advice: string;
}

/** The job does not start; nothing was touched. */
export interface RefusedEvent {
  readonly event: 'refused';
  readonly code: string;
  readonly message: string;
  readonly advice: string;
  /** Whether `--force` would pass it. */
  readonly overridable: boolean;
}

/** How far the look at the target is that `--verify` asks for. */
export interface VerifyEvent {
  readonly event: 'verify';
  readonly doneBytes: number;
  /** Bytes whose checksums are known. */
  readonly totalBytes: number;
  readonly differentBytes: number;
}

/** The job is over. */
export interface DoneEvent extends RescueResult {
  readonly event: 'done';
  readonly verdict: Verdict;
  /** Undefined when the run ended early: what was lost is told at the end. */
  readonly damage: DamageSummary | undefined;
  /** What `--verify` has shown; undefined when it was not asked for, or did not come to it. */
  readonly verify: CheckedTarget | undefined;
  readonly cells: string;
  readonly map: string;
  readonly report: string | undefined;
  readonly job: string | undefined;
}

/** How a run ended, as exit codes and screens tell it apart. */
export type Verdict = 'saved' | 'losses' | 'stopped' | 'source-gone' | 'failed';

/** Every line that an engine process prints, or tells those who watch it. */
export type JobEvent =
  | AttachedEvent
  | HistoryEvent
  | RescueEvent
  | RecalledEvent
  | StartEvent
  | QuestionEvent
  | VerifyEvent
  | RefusedEvent
  | DoneEvent;
