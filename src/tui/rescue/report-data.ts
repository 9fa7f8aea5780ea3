import { inquire } from '../../jobs/inquiry.ts';
import type { DoneEvent, StartEvent } from '../../jobs/job-events.ts';
import type { DamagedHolder, DamageSummary } from '../../rescue/damage.ts';
import type { CheckedTarget } from '../../rescue/verify.ts';
import type { Ended } from '../../telling/verdict-text.ts';

/** What a report shows, whether the run has just ended or long ago. */
export interface ReportData {
  readonly ended: Ended;
  /** Undefined for a run that ended early. */
  readonly damage: DamageSummary | undefined;
  /** Every damaged file with its holes; undefined while they are still being read. */
  readonly files: readonly DamagedHolder[] | undefined;
  readonly source: string;
  readonly target: string;
  /** Size of the source; undefined when it is not known, and no map can be drawn. */
  readonly sourceBytes: number | undefined;
  /** What comparing the copy with what was read has shown. */
  readonly verify: CheckedTarget | undefined;
  readonly map: string;
  readonly report: string | undefined;
  /** The job's folder; undefined when none is kept. */
  readonly job: string | undefined;
  /** A picture of the whole map; empty while it is not known. */
  readonly cells: string;
}

/** The report of a run that has just ended. */
export function reportOf(
  done: DoneEvent,
  { source, target }: Pick<StartEvent, 'source' | 'target'>,
): ReportData {
  const { damage, map, report, job, cells, verify } = done;
  return {
    ended: done,
    damage,
    files: job ? undefined : [],
    source: source.path,
    target: target.path,
    sourceBytes: source.sizeBytes,
    verify,
    map,
    report,
    job,
    cells,
  };
}

const CELLS = 4000;

/** Reads all that the folder of the job knows of its last run: words instead when there is nothing. */
export async function readReport(
  job: string,
  sizeBytes: number | undefined,
): Promise<ReportData | { readonly problem: readonly string[] }> {
  const answer = await inquire({ ask: 'report', folder: job });
  if (answer.kind === 'refusal') return { problem: [answer.refusal.message, answer.refusal.advice] };
  const { ended, damage, files, source, target, map, verify } = answer.answer;
  const picture =
    sizeBytes === undefined
      ? undefined
      : await inquire({ ask: 'cells', folder: job, start: 0, end: sizeBytes, count: CELLS });
  // What a run that has ended has not tried was not wanted.
  const cells =
    picture?.kind === 'answer' ? picture.answer.replaceAll('?', ended.interruption ? '?' : ' ') : '';
  const report = `${job}/report.json`;
  return { ended, damage, files, source, target, sourceBytes: sizeBytes, verify, map, report, job, cells };
}
