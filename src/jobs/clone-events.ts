import type { ClonePhase } from '../clone/clone-listener.ts';
import type { DamageSummary } from '../rescue/damage.ts';
import type { CloneSpec } from './clone-spec.ts';
import type { Verdict } from './job-events.ts';

/** One end of a clone, named for people. */
export interface CloneEnd {
  readonly path: string;
  /** `stream`: standard input or output, a pipe. */
  readonly kind: 'block' | 'file' | 'stream';
  /** Undefined for a stream and for a file that is still to be made. */
  readonly sizeBytes: number | undefined;
  readonly model: string | undefined;
  readonly serial: string | undefined;
}

/** Nothing speaks against it, and what had to be asked was answered: it begins. */
export interface CloneStartEvent {
  readonly event: 'start';
  readonly version: string;
  readonly task: CloneSpec['task'];
  readonly source: CloneEnd;
  /** Undefined when nothing is written. */
  readonly target: CloneEnd | undefined;
}

/** The volume that is read. */
export interface CloneVolumeEvent {
  readonly event: 'volume';
  /** Such as `3.1`. */
  readonly ntfsVersion: string;
  readonly clusterBytes: number;
  readonly clusterCount: number;
  /** Bytes of the device that the volume is on. */
  readonly deviceBytes: number;
}

/** What an image says of itself. */
export interface ImageFacts {
  /** `zstd`: compressed by Lifeboat, with index and checksums; `plain`: the special image, or compressed by others. */
  readonly form: 'zstd' | 'plain';
  /** Version of ntfsclone's format, such as `10.1`. */
  readonly imageVersion: string;
  readonly clusterBytes: number;
  readonly clusterCount: number;
  readonly deviceBytes: number;
  /** Data of the volume that belongs into it. */
  readonly usedBytes: number;
  /** Undefined for a plain one. */
  readonly zstd: ZstdFacts | undefined;
}

/** What a compressed image says besides. */
export interface ZstdFacts {
  /** Whether it was saved to its end. */
  readonly isComplete: boolean;
  /** Size of the file. */
  readonly fileBytes: number;
  readonly program: string;
  readonly level: number;
  /** Of the volume; undefined in an image that was made of another one. */
  readonly label: string | undefined;
  readonly volumeSerial: string | undefined;
  /** Of the disk that it was saved from. */
  readonly model: string | undefined;
  readonly serial: string | undefined;
  /** SHA-256 of the whole; undefined when it is not complete. */
  readonly digest: string | undefined;
  /** What could not be read when it was saved. */
  readonly lostBytes: number;
  readonly lostAreas: number;
}

/** The image that is read. */
export interface CloneImageEvent extends ImageFacts {
  readonly event: 'image';
}

/** A step begins. */
export interface ClonePhaseEvent {
  readonly event: 'phase';
  readonly phase: ClonePhase;
}

/** An earlier run has saved a part of the image; this one goes on. */
export interface CloneResumedEvent {
  readonly event: 'resumed';
  /** Data of the volume that is safe. */
  readonly savedBytes: number;
}

/** How much there is to do. */
export interface ClonePlanEvent {
  readonly event: 'plan';
  /** Data of the volume that is copied. */
  readonly usedBytes: number;
}

/** Where it stands; four times a second, also while nothing moves. */
export interface CloneProgressEvent {
  readonly event: 'progress';
  readonly phase: ClonePhase;
  /** Since the start. */
  readonly elapsedMs: number;
  /** How much of this phase is done, from 0 to 1. */
  readonly share: number;
  /** Bytes of data so far; undefined in phases that move none. */
  readonly doneBytes: number | undefined;
  /** All bytes of this phase; undefined like `doneBytes`. */
  readonly totalBytes: number | undefined;
  /** Bytes a second over the last seconds; 0 when nothing is known yet. */
  readonly rate: number;
  /** Undefined while nothing can be said. */
  readonly secondsLeft: number | undefined;
  /** Time since something moved last: a disk that does not answer shows here. */
  readonly silentMs: number;
  /** What could not be read so far. */
  readonly lostBytes: number;
}

/** Sectors that could not be read and are marked in the copy, in bytes of the volume. */
export interface CloneFaultEvent {
  readonly event: 'fault';
  readonly start: number;
  readonly end: number;
}

/** A place of an image that is damaged: bytes of its file. */
export interface ImageDamageEvent {
  readonly event: 'damage';
  readonly start: number;
  readonly end: number;
  /** What is wrong, a clause. */
  readonly what: string;
}

/** Something the user should know, in one sentence. */
export interface CloneNoteEvent {
  readonly event: 'note';
  readonly message: string;
}

/** It waits for `confirm`: the target holds something that would be lost. */
export interface CloneQuestionEvent {
  readonly event: 'question';
  readonly code: 'target-not-empty';
  readonly message: string;
  readonly advice: string;
}

/** A check speaks against it; nothing was touched. The last event. */
export interface CloneRefusedEvent {
  readonly event: 'refused';
  /** `stopped`: it was stopped before it began; `device-changed`: another device has the name of one that was meant. */
  readonly code: 'refused' | 'stopped' | 'device-changed';
  readonly message: string;
  readonly advice: string;
  /** Name of the system's error, such as `EACCES`; undefined when no system call failed. */
  readonly errno: string | undefined;
}

/** Why a run has ended early. */
export interface CloneFailure {
  readonly message: string;
  readonly advice: string;
  readonly errno: string | undefined;
}

/** What was cleared on the way to a metadata copy. */
export interface MetadataFacts {
  readonly records: number;
  readonly usedRecords: number;
  readonly contentBytes: number;
  readonly deletedBytes: number;
  readonly timeBytes: number;
  /** Records and index blocks that were damaged, and cleared instead of copied. */
  readonly damagedBlocks: number;
  /** Whether only the names of today are left. */
  readonly isStrict: boolean;
}

/** It is over. The last event. */
export interface CloneDoneEvent {
  readonly event: 'done';
  readonly task: CloneSpec['task'];
  readonly verdict: Verdict;
  readonly elapsedMs: number;
  /** Undefined unless it ended early, or an image turned out to be damaged. */
  readonly failure: CloneFailure | undefined;
  /** Data that was copied or looked at; undefined when it ended early. */
  readonly copiedBytes: number | undefined;
  /** What could not be read and is marked; of an image that is verified, what its damage has cost. */
  readonly lostBytes: number;
  readonly lostAreas: number;
  /** What could not be read when the image was saved that was verified or restored. */
  readonly lostAtSaveBytes: number;
  /** Damaged places of the image's file. */
  readonly damagedPlaces: number;
  /** Size of the image that was written; undefined for a stream and for other tasks. */
  readonly writtenBytes: number | undefined;
  /** Whether the same command goes on where this run has ended. */
  readonly isResumable: boolean;
  /** Whose the lost bytes were; undefined when nothing is lost, and for metadata. */
  readonly damage: DamageSummary | undefined;
  /** For an image that was read; undefined when its header could not be. */
  readonly image: ImageFacts | undefined;
  /** Whether the clusters of an image came in order; undefined unless one was read to its end. */
  readonly isOrdered: boolean | undefined;
  /** Whether the backup boot sector is in an image; undefined unless one was read to its end. */
  readonly hasBackup: boolean | undefined;
  /** For metadata. */
  readonly metadata: MetadataFacts | undefined;
}

/** Every line that an engine process prints of a clone or an image. */
export type CloneEvent =
  | CloneStartEvent
  | CloneVolumeEvent
  | CloneImageEvent
  | ClonePhaseEvent
  | ClonePlanEvent
  | CloneResumedEvent
  | CloneProgressEvent
  | CloneFaultEvent
  | ImageDamageEvent
  | CloneNoteEvent
  | CloneQuestionEvent
  | CloneRefusedEvent
  | CloneDoneEvent;
