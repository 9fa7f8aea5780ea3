import { inquire } from '../../jobs/inquiry.ts';
import type { DoneEvent, StartEvent } from '../../jobs/job-events.ts';
import type { DamageSummary } from '../../rescue/damage.ts';
import type { CheckedTarget } from '../../rescue/verify.ts';
import { damageTable, type ListedFile } from '../../telling/damage-table.ts';
import { type Ended, verdictText } from '../../telling/verdict-text.ts';
import { WORDS } from '../words.ts';

/** What a report shows, whether the run has just ended or long ago. */
export interface ReportData {
  readonly ended: Ended;
  /** Undefined for a run that ended early. */
  readonly damage: DamageSummary | undefined;
  /** Every damaged file with its holes; undefined while they are still being read. */
  readonly files: readonly ListedFile[] | undefined;
  readonly source: string;
  readonly target: string;
  /** Size of the source; undefined when it is not known, and no map can be drawn. */
  readonly sourceBytes: number | undefined;
  /** The kernel's number of the source's disk as it was attached during the run, as far as that still counts. */
  readonly sourceSequence?: number;
  /** What comparing the copy with what was read has shown. */
  readonly verify: CheckedTarget | undefined;
  readonly map: string;
  readonly report: string | undefined;
  /** The job's folder; undefined when none is kept. */
  readonly job: string | undefined;
  /** A picture of the whole map; empty while it is not known. */
  readonly cells: string;
  /** Why there is no picture, as a sentence. */
  readonly noMap?: string;
  /** Why the copy cannot be looked into now, as a sentence. */
  readonly away?: string;
}

/** The worst files as the last event names them: without their holes, where nothing more is kept. */
export function worstFiles(damage: DamageSummary | undefined): readonly ListedFile[] {
  return (damage?.items ?? []).map((item) => ({ ...item, pieces: [] }));
}

/** What is said where no damaged file is named. */
export function noFilesText({ damage, ended }: Pick<ReportData, 'damage' | 'ended'>): string {
  if (ended.verdict === 'saved' || damage?.traced) return WORDS.report.noFiles;
  return damage ? WORDS.report.untraced : WORDS.report.notYet;
}

/** What is said where there is no picture of the map. */
export const noMapText = ({ noMap, sourceBytes }: ReportData): string =>
  noMap ?? (sourceBytes === undefined ? WORDS.report.noMap : WORDS.report.noCells);

/** The list of damaged files to be written to a file; undefined while it is still being read. */
export function damageListOf(data: ReportData): string | undefined {
  const { files, source, target, ended } = data;
  if (files === undefined) return undefined;
  return damageTable([`${source} to ${target}`, verdictText(ended)], files, noFilesText(data));
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
    files: job ? undefined : worstFiles(damage),
    source: source.path,
    target: target.path,
    sourceBytes: source.sizeBytes,
    ...(source.diskSequence !== undefined && { sourceSequence: source.diskSequence }),
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
  const { ended, damage, files, source, target, map, verify, away, sourceSequence } = answer.answer;
  const picture =
    sizeBytes === undefined
      ? undefined
      : await inquire({ ask: 'cells', folder: job, start: 0, end: sizeBytes, count: CELLS });
  // What a run that has ended has not tried was not wanted.
  const cells =
    picture?.kind === 'answer' ? picture.answer.replaceAll('?', ended.interruption ? '?' : ' ') : '';
  const noMap = picture?.kind === 'refusal' ? picture.refusal.message : undefined;
  const report = `${job}/report.json`;
  return {
    ...{ ended, damage, files, source, target, sourceBytes: sizeBytes, verify, map, report, job, cells },
    ...(noMap !== undefined && { noMap }),
    ...(sourceSequence !== undefined && { sourceSequence }),
    ...(away !== undefined && { away }),
  };
}
