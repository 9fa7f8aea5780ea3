import { readCells } from '../jobs/job-cells.ts';
import type { Inquiry, InquiryAnswer } from '../jobs/job-inquiry.ts';
import { listJobs } from '../jobs/job-list.ts';
import { Refusal } from '../jobs/refusal.ts';
import { loadReport } from '../jobs/report-load.ts';
import { resumeSpec, WrongDisk } from '../jobs/resume.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Answers one inquiry about jobs as JSON on standard output: see `inquire`. */
export async function jobInquiryCommand([inquiry = '']: readonly string[]): Promise<ExitCode> {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(inquiry) as Inquiry))}\n`);
  return EXIT.saved;
}

async function answer(inquiry: Inquiry): Promise<InquiryAnswer> {
  try {
    switch (inquiry.ask) {
      case 'jobs':
        return { kind: 'answer', answer: await listJobs() };
      case 'spec': {
        const wishes = {
          source: undefined,
          target: undefined,
          detached: false,
          overwrite: false,
          force: false,
        };
        // Whoever asks shows what is waited for, and can stop it.
        return {
          kind: 'answer',
          answer: { ...(await resumeSpec(inquiry.folder, wishes)), waitSeconds: 'forever' },
        };
      }
      case 'report': {
        const { text: _, ...report } = await loadReport(inquiry.folder);
        return { kind: 'answer', answer: report };
      }
      case 'cells':
        return { kind: 'answer', answer: await readCells(inquiry) };
    }
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
