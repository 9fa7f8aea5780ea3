import type { AgreedDevice } from '../block/agreed-device.ts';

/** Who reads, and who is written to. Paths as the user gave them; `-` is standard input or output. */
interface Ends {
  readonly source: string;
  readonly target: string;
  /** Answers the question that would else be asked: what the target holds may go. */
  readonly overwrite: boolean;
  /** Devices as they were shown to somebody who agreed; others that have got their names meanwhile are refused. */
  readonly agreed?: readonly AgreedDevice[] | undefined;
}

/** How a volume is read. */
interface VolumeReading {
  /** Go on after sectors that cannot be read. */
  readonly rescue: boolean;
  /** Go on although files and $Bitmap do not agree; only with `rescue`, or for metadata. */
  readonly ignoreFsCheck: boolean;
  /** Go on although the volume asks for a check. */
  readonly force: boolean;
  /** Leaves the time-outs of the kernel and the drive alone, for the source. */
  readonly keepTimeouts: boolean;
}

/** What is changed on the way to a volume. */
interface VolumeChanges {
  readonly newSerial: boolean;
  /** Fit the boot sector to the sectors of the target device. */
  readonly adjustSectorSize: boolean;
}

/** Copies the used clusters of a volume, each in its place. */
export interface CloneTaskSpec extends Ends, VolumeReading, VolumeChanges {
  readonly task: 'clone';
}

/** What an image becomes: compressed with Zstandard, or ntfsclone's special image as it is. */
interface ImageForm {
  readonly form: 'zstd' | 'plain';
  /** From 1 (fast) to 19 (small); for `zstd`. */
  readonly level: number;
}

/** Saves the used clusters of a volume to an image. A compressed one that was begun is gone on with. */
export interface SaveTaskSpec extends Ends, VolumeReading, ImageForm {
  readonly task: 'save';
}

/** Makes a volume of an image again. */
export interface RestoreTaskSpec extends Ends, VolumeChanges {
  readonly task: 'restore';
  /** Go on after damaged places of a compressed image. */
  readonly rescue: boolean;
}

/** Gives an image another form. */
export interface ConvertTaskSpec extends Ends, ImageForm {
  readonly task: 'convert';
  /** Go on after damaged places of a compressed image. */
  readonly rescue: boolean;
}

/** Copies the structures of a volume without what is in its files. */
export interface MetadataTaskSpec extends Ends, VolumeReading {
  readonly task: 'metadata';
  readonly form: 'raw' | 'image';
  readonly strict: boolean;
  readonly keepTimes: boolean;
  readonly fullLog: boolean;
}

/** Reads an image to its end, or tells what it says of itself. */
export interface InspectTaskSpec {
  readonly task: 'verify' | 'info';
  readonly source: string;
}

/** Everything an engine process is told about a clone or an image, as one line of JSON on its standard input. */
export type CloneSpec =
  | CloneTaskSpec
  | SaveTaskSpec
  | RestoreTaskSpec
  | ConvertTaskSpec
  | MetadataTaskSpec
  | InspectTaskSpec;

/** What can be said to a running one, one JSON object a line on its standard input. */
export type CloneCommand =
  /** The answer to the question. */
  { readonly do: 'confirm' } | { readonly do: 'stop' };
