import { execa } from 'execa';
import type { ImageFolder } from './image-folder.ts';
import type { JobSummary } from './job-list.ts';
import type { Holder } from './job-lock.ts';
import type { JobPlaces } from './job-place.ts';
import type { JobSpec } from './job-spec.ts';
import type { LoadedReport } from './report-load.ts';
import { selfCommand } from './self.ts';
import type { TargetFileState, WantedFile } from './target-file-state.ts';
import type { NumberedVolume } from './volume-parts.ts';

/** The sub-command that answers one inquiry; not for people. */
export const INQUIRY_COMMAND = 'inquiry';

/**
 * A drive that hangs must not hold up who asks; after this time it counts as no answer. The start of the process counts
 * as well: a busy live system on a slow machine took more than 20 s for it (a virtual machine without KVM).
 */
const PATIENCE_MS = 60_000;

/** Why there is no answer. */
export interface InquiryRefusal {
  readonly message: string;
  readonly advice: string;
  /** For another disk in the place of the right one: what differs, a line each. */
  readonly differences: readonly string[];
}

/** A report as it is shown: all but its text. */
export type ShownReport = Omit<LoadedReport, 'text'>;

/** What can be asked. */
export type Inquiry =
  | { readonly ask: 'jobs' }
  /** How the job goes on: the specification with its disks wherever they are now. */
  | { readonly ask: 'spec'; readonly folder: string }
  /** Where map and folder of a new job go. */
  | {
      readonly ask: 'place';
      readonly source: string;
      readonly target: string;
      readonly on: string | undefined;
    }
  /** Who is at work on the job now; null when nobody is. */
  | { readonly ask: 'holder'; readonly folder: string }
  | { readonly ask: 'report'; readonly folder: string }
  /** A picture of a part of its map, as far as that can be read now. */
  | {
      readonly ask: 'cells';
      readonly folder: string;
      readonly start: number;
      readonly end: number;
      readonly count: number;
    }
  /** What lies in a folder, of this machine or of the drive `from`, as far as images are concerned. */
  | { readonly ask: 'images'; readonly from: string | undefined; readonly folder: string }
  /** The same for archives. */
  | { readonly ask: 'archives'; readonly from: string | undefined; readonly folder: string }
  /** The NTFS volumes in the copy of a disk; none where the copy is one volume. */
  | {
      readonly ask: 'volumes';
      readonly from: string | undefined;
      readonly path: string;
      readonly map: string | undefined;
    }
  /** The names in a folder that begin so. */
  | { readonly ask: 'names'; readonly folder: string; readonly begins: string }
  /** What is in the place of a new file now. */
  | ({ readonly ask: 'file' } & WantedFile)
  /** Whether Windows will boot from a device that was just written, as a sentence; null where there is nothing to say. */
  | { readonly ask: 'boot'; readonly path: string };

interface Answers {
  readonly jobs: readonly JobSummary[];
  readonly spec: JobSpec;
  readonly place: JobPlaces;
  readonly holder: Holder | null;
  readonly report: ShownReport;
  readonly cells: string;
  readonly images: ImageFolder;
  readonly archives: ImageFolder;
  readonly volumes: readonly NumberedVolume[];
  readonly names: readonly string[];
  readonly file: TargetFileState;
  readonly boot: string | null;
}

/** What a process of its own prints as JSON: the answer, or why there is none. */
export type InquiryAnswer<Ask extends Inquiry['ask'] = Inquiry['ask']> =
  | { readonly kind: 'answer'; readonly answer: Answers[Ask] }
  | { readonly kind: 'refusal'; readonly refusal: InquiryRefusal };

/**
 * Asks something that can only be read from drives, by a process of its own: one of them may not answer. A failure is an
 * answer too, in words.
 */
export async function inquire<Ask extends Inquiry['ask']>(
  inquiry: Extract<Inquiry, { ask: Ask }>,
): Promise<InquiryAnswer<Ask>> {
  const { file, args } = selfCommand();
  const { stdout, stderr, timedOut, exitCode } = await execa(
    file,
    [...args, INQUIRY_COMMAND, JSON.stringify(inquiry)],
    { reject: false, timeout: PATIENCE_MS, forceKillAfterDelay: false, stdin: 'ignore', maxBuffer: 2 ** 29 },
  );
  if (exitCode === 0) return JSON.parse(stdout) as InquiryAnswer<Ask>;
  const why = timedOut
    ? `nothing was heard for ${PATIENCE_MS / 1000} s`
    : stderr.trim() || `exit ${exitCode}`;
  return {
    kind: 'refusal',
    refusal: {
      message: `It could not be read: ${why}.`,
      advice: 'Check the drive, and try again.',
      differences: [],
    },
  };
}
