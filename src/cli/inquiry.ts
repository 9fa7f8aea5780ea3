import { bootHint } from '../jobs/boot/boot-hint.ts';
import { lookForArchives, lookForImages } from '../jobs/image-folder.ts';
import type { Inquiry, InquiryAnswer } from '../jobs/inquiry.ts';
import { readCells } from '../jobs/job-cells.ts';
import { jobFiles } from '../jobs/job-files.ts';
import { listJobs } from '../jobs/job-list.ts';
import { readHolder } from '../jobs/job-lock.ts';
import { placeJob } from '../jobs/job-place.ts';
import { Refusal } from '../jobs/refusal.ts';
import { loadReport } from '../jobs/report-load.ts';
import { resumeSpec, WrongDisk } from '../jobs/resume.ts';
import { lookAtTargetFile, namesIn } from '../jobs/target-file-state.ts';
import { listVolumes } from '../jobs/volume-access.ts';
import { verdictLine } from '../telling/boot-lines.ts';
import { inDrives } from './drives.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Answers one inquiry as JSON on standard output: see `inquire`. */
export async function inquiryCommand([inquiry = '']: readonly string[]): Promise<ExitCode> {
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
      case 'place': {
        const { source, target, on } = inquiry;
        return {
          kind: 'answer',
          answer: await placeJob({ source, target, on, map: undefined, job: undefined }),
        };
      }
      case 'holder':
        return { kind: 'answer', answer: (await readHolder(jobFiles(inquiry.folder).lock)) ?? null };
      case 'report': {
        const { text: _, ...report } = await loadReport(inquiry.folder);
        return { kind: 'answer', answer: report };
      }
      case 'cells':
        return { kind: 'answer', answer: await readCells(inquiry) };
      case 'boot': {
        const hint = await bootHint(inquiry.path);
        const isOfUse = hint !== undefined && hint.verdict !== 'no-windows';
        return { kind: 'answer', answer: isOfUse ? verdictLine(hint.verdict, hint.findings) : null };
      }
      case 'volumes': {
        const { from, path, map } = inquiry;
        return await inDrives({ from, on: undefined, source: path }, async ({ read, told }) => {
          const place = await read(path);
          try {
            return { kind: 'answer', answer: await listVolumes(place, map) };
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            throw new Refusal(error.code, told(error.message), told(error.advice));
          }
        });
      }
      case 'names':
        return { kind: 'answer', answer: await namesIn(inquiry.folder, inquiry.begins) };
      case 'file':
        return { kind: 'answer', answer: await lookAtTargetFile(inquiry) };
      case 'images':
      case 'archives': {
        const { from, folder } = inquiry;
        const drives = { from, on: undefined, source: folder };
        return await inDrives(drives, async ({ read }) => ({
          kind: 'answer',
          answer: await (inquiry.ask === 'images' ? lookForImages : lookForArchives)(await read(folder)),
        }));
      }
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
