import { isAbsolute, join } from 'node:path';
import type { AgreedDevice } from '../block/agreed-device.ts';
import type { Fill } from '../rescue/fill.ts';

/** Try hopeless areas, leave them alone, or ask when the time comes. */
export type Hopeless = 'try' | 'leave' | 'ask';

/** Where a job keeps what is known of it. */
export interface JobPlace {
  /** The folder; made when the job begins. */
  readonly folder: string;
  /** Whether the user named it: then nothing begins without it. A default one is done without if need be. */
  readonly chosen: boolean;
}

/** A drive that is mounted for the job alone; the target is a path in it. */
export interface TargetDrive {
  /** The device, such as `/dev/sdc1`. */
  readonly path: string;
  /** Whether the map lies in it too, beside the target; else it is a path of this machine. */
  readonly holdsMap: boolean;
}

/** Make the partition table of a target right that has another size, leave it, or ask at the end. */
export type FixGpt = 'yes' | 'no' | 'ask';

/** Everything an engine process is told about its job, as one line of JSON on its standard input. */
export interface JobSpec {
  /** Paths as the user gave them; of a job that has begun, absolute ones. */
  readonly source: string;
  readonly target: string;
  readonly map: string;
  /** The drive in which the target is a file; undefined for paths of this machine. */
  readonly on: TargetDrive | undefined;
  /** The job's folder; none is kept without it. */
  readonly job: JobPlace | undefined;
  /** Where the report goes as JSON; none is written without it. */
  readonly report: string | undefined;
  readonly fill: Fill;
  readonly allSectors: boolean;
  /** Files and folders to be rescued before others: paths in the volume, with wildcards. */
  readonly first: readonly string[];
  readonly retries: number;
  /** Bytes of a physical sector of the source, for who knows it; undefined: as the device tells, or as it is learnt. */
  readonly physicalSectorBytes: number | undefined;
  /** Bytes a second below which places are put off like bad ones; 0 for none, missing to learn it. */
  readonly minRate: number | undefined;
  /** How long a source or target that was lost is waited for. */
  readonly waitSeconds: number | 'forever';
  /** Leaves the time-outs of the kernel and the drive alone, for the source. */
  readonly keepTimeouts: boolean;
  /** What happens to areas that are probably bad throughout, once all else is done. */
  readonly hopeless: Hopeless;
  /** What happens to a GPT that does not fit the target's size, or of which a copy is damaged, at the very end. */
  readonly fixGpt: FixGpt;
  /** Whether the target is compared with what was read, at the end. */
  readonly verify: boolean;
  /** Answers for questions that would else be asked: the target's content may go. */
  readonly overwrite: boolean;
  /** Devices as they were shown to somebody who agreed; others that have got their names meanwhile are refused. */
  readonly agreed?: readonly AgreedDevice[];
  /** Whether the job, once it has begun, goes on without whoever started it. */
  readonly detached: boolean;
  /** Passes refusals that may be passed, such as of a source that is mounted read-write. */
  readonly force: boolean;
}

/**
 * The same job with absolute paths: what is kept and told of it is read from other folders too. Those in a drive count
 * from its top, and stay as they are.
 */
export function withWholePaths(spec: JobSpec): JobSpec {
  const { source, target, map, on, job, report } = spec;
  return {
    ...spec,
    source: whole(source),
    target: on ? target : whole(target),
    map: on?.holdsMap ? map : whole(map),
    on: on && { ...on, path: whole(on.path) },
    job: job && { ...job, folder: whole(job.folder) },
    report: report && whole(report),
  };
}

/** A slash at its end stays: it says that a folder is meant. */
const whole = (path: string): string => (isAbsolute(path) ? path : join(process.cwd(), path));

/** What can be said to a running engine, one JSON object a line on its standard input. */
export type EngineCommand =
  | { readonly do: 'confirm' }
  /** Stops the job; with `skipMarking` also the marking of unread sectors that a stop begins. */
  | { readonly do: 'stop'; readonly skipMarking: boolean }
  | { readonly do: 'hopeless'; readonly try: boolean }
  | { readonly do: 'fix-gpt'; readonly fix: boolean }
  /** Asks nothing more of the disk until `resume`. */
  | { readonly do: 'pause' | 'resume' };
