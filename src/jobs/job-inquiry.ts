import { execa } from 'execa';
import type { JobSummary } from './job-list.ts';
import type { JobSpec } from './job-spec.ts';
import { selfCommand } from './self.ts';

/** The sub-command that answers one inquiry; not for people. */
export const INQUIRY_COMMAND = 'job-inquiry';

/** A drive that hangs must not hold up who asks; after this time it counts as no answer. */
const PATIENCE_MS = 20_000;

/** What speaks against going on with a job. */
export interface InquiryRefusal {
  readonly message: string;
  readonly advice: string;
  /** For another disk in the place of the right one: what differs, a line each. */
  readonly differences: readonly string[];
}

/** What a process of its own prints as JSON, by what was asked. */
export type InquiryAnswer =
  | { readonly kind: 'jobs'; readonly jobs: readonly JobSummary[] }
  | { readonly kind: 'spec'; readonly spec: JobSpec }
  | { readonly kind: 'refusal'; readonly refusal: InquiryRefusal };

/**
 * Asks for the list of jobs (no `folder`) or for how the job in `folder` goes on, by a process of its own: what has to
 * be read for that may lie on a drive that does not answer. A failure is an answer too, in words.
 */
export async function inquire(folder?: string): Promise<InquiryAnswer> {
  const { file, args } = selfCommand();
  const { stdout, stderr, timedOut, exitCode } = await execa(
    file,
    [...args, INQUIRY_COMMAND, ...(folder === undefined ? [] : [folder])],
    { reject: false, timeout: PATIENCE_MS, forceKillAfterDelay: false, stdin: 'ignore' },
  );
  if (exitCode === 0) return JSON.parse(stdout) as InquiryAnswer;
  const why = timedOut
    ? `nothing was heard for ${PATIENCE_MS / 1000} s`
    : stderr.trim() || `exit ${exitCode}`;
  return {
    kind: 'refusal',
    refusal: {
      message: `What is known of the jobs could not be read: ${why}.`,
      advice: 'Check the drives on which they are kept, and try again.',
      differences: [],
    },
  };
}
