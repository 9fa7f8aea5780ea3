import type { InquiryAnswer } from '../jobs/job-inquiry.ts';
import { listJobs } from '../jobs/job-list.ts';
import { Refusal } from '../jobs/refusal.ts';
import { resumeSpec, WrongDisk } from '../jobs/resume.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Answers one inquiry about jobs as JSON on standard output: see `inquire`. */
export async function jobInquiryCommand([folder]: readonly string[]): Promise<ExitCode> {
  process.stdout.write(`${JSON.stringify(await answer(folder))}\n`);
  return EXIT.saved;
}

async function answer(folder: string | undefined): Promise<InquiryAnswer> {
  try {
    if (folder === undefined) return { kind: 'jobs', jobs: await listJobs() };
    const wishes = { source: undefined, target: undefined, detached: false, overwrite: false, force: false };
    // Whoever asks shows what is waited for, and can stop it.
    return { kind: 'spec', spec: { ...(await resumeSpec(folder, wishes)), waitSeconds: 'forever' } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const differences = error instanceof WrongDisk ? error.differences : [];
    return {
      kind: 'refusal',
      refusal: {
        message: error.message,
        advice: error.advice,
        differences: differences.map(
          ({ field, recorded, found }) => `${field}: ${recorded} of the job, ${found} now`,
        ),
      },
    };
  }
}
