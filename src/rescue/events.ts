import type { ContentKind } from '../probe/content/content.ts';
import type { InterruptionReason } from './interruption.ts';
import type { PartitionFacts } from './partition-facts.ts';
import type { PhaseName } from './pass.ts';
import type { StageName } from './plan.ts';
import type { TimeLeft } from './time-left.ts';
import type { WaitingFor } from './waits.ts';

/** A step begins. */
export interface PhaseEvent {
  readonly event: 'phase';
  readonly phase: PhaseName;
  readonly stage: StageName | undefined;
  readonly pass: number;
}

/** What will be rescued, told once the volume's own structures were read; again when more of them became known. */
export interface PlanEvent {
  readonly event: 'plan';
  /** What the source holds, or `disk` when it is divided into partitions. */
  readonly fileSystem: ContentKind | 'disk';
  readonly label: string | undefined;
  readonly volumeSerial: string | undefined;
  readonly clusterBytes: number | undefined;
  readonly dirty: boolean | undefined;
  /** Whether all structures could be read: what files there are, and where, is known then. */
  readonly complete: boolean;
  /** Bytes to rescue in all, and those of them that are metadata. */
  readonly domainBytes: number;
  readonly metadataBytes: number;
  /** Bytes of the files that were named to be rescued first; 0 without any. */
  readonly firstBytes: number;
  /** Bytes of the domain that an earlier run has saved. */
  readonly alreadySavedBytes: number;
  /** The partitions of a disk and what they hold, by place; empty for a source that is one volume. */
  readonly partitions: readonly PartitionFacts[];
  readonly notes: readonly string[];
}

/** How much of one stage is safe. */
export interface StageProgress {
  readonly stage: StageName;
  readonly totalBytes: number;
  readonly savedBytes: number;
  readonly badBytes: number;
}

/** Where the rescue stands; sent several times a second. */
export interface ProgressEvent {
  readonly event: 'progress';
  readonly phase: PhaseName;
  readonly stage: StageName | undefined;
  readonly pass: number;
  readonly elapsedMs: number;
  /** Byte offset of the latest request in the source. */
  readonly position: number;
  readonly domainBytes: number;
  readonly savedBytes: number;
  readonly untriedBytes: number;
  /** Read once in vain, not decided yet. */
  readonly skippedBytes: number;
  readonly badBytes: number;
  readonly badAreas: number;
  /** The stages of the plan, in their order; none before the first plan. */
  readonly stages: readonly StageProgress[];
  readonly failedReads: number;
  readonly reads: number;
  /** Bytes a second: over the last seconds, and since the start of this run. */
  readonly rate: number;
  readonly averageRate: number;
  readonly timeLeft: TimeLeft | undefined;
  /** What is waited for; undefined when nothing is. */
  readonly waitingFor?: WaitingFor | undefined;
  /** How long that has been waited for, in milliseconds; 0 when nothing is. */
  readonly waitingMs: number;
  /** Age of the last saved map in milliseconds. */
  readonly mapAgeMs: number;
  /** One letter a cell, see `MapCell`. */
  readonly cells: string;
}

/** A read failed. */
export interface FaultEvent {
  readonly event: 'fault';
  readonly start: number;
  readonly end: number;
  readonly phase: PhaseName;
  /** Whether these bytes are now known to be bad, not just suspected. */
  readonly decided: boolean;
}

/** A sentence for the log. */
export interface NoteEvent {
  readonly event: 'note';
  readonly message: string;
}

/** What the engine itself tells; the job adds its own (`JobEvent`). */
export type RescueEvent = PhaseEvent | PlanEvent | ProgressEvent | FaultEvent | NoteEvent;

/** How a run ended. */
export interface RescueResult {
  /** Undefined when everything wanted was decided: each sector is saved or known to be bad. */
  readonly interruption: InterruptionReason | undefined;
  readonly domainBytes: number;
  readonly savedBytes: number;
  readonly badBytes: number;
  readonly badAreas: number;
  /** Bytes of the volume that lie behind the end of the source: it is cut, and they cannot be had from it. */
  readonly missingBytes: number;
  /** Bytes that a later run can still try. */
  readonly undecidedBytes: number;
  /** Used bytes of the target that may still show what it held before, because marking was cut short. */
  readonly unmarkedBytes: number;
  readonly reads: number;
  readonly failedReads: number;
  readonly elapsedMs: number;
}
