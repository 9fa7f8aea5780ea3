/** Who reads, and who is written to. Paths as the user gave them; `-` is standard input or output. */
interface Ends {
  readonly source: string;
  readonly target: string;
  /** Answers the question that would else be asked: what the target holds may go. */
  readonly overwrite: boolean;
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

/** Saves the used clusters of a volume to an image. */
export interface SaveTaskSpec extends Ends, VolumeReading {
  readonly task: 'save';
}

/** Makes a volume of an image again. */
export interface RestoreTaskSpec extends Ends, VolumeChanges {
  readonly task: 'restore';
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
export type CloneSpec = CloneTaskSpec | SaveTaskSpec | RestoreTaskSpec | MetadataTaskSpec | InspectTaskSpec;

/** What can be said to a running one, one JSON object a line on its standard input. */
export type CloneCommand =
  /** The answer to the question. */
  { readonly do: 'confirm' } | { readonly do: 'stop' };
