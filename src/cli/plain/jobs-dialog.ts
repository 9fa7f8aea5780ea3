import { inquire } from '../../jobs/inquiry.ts';
import type { JobSummary } from '../../jobs/job-list.ts';
import { Refusal } from '../../jobs/refusal.ts';
import type { Machine } from '../../probe/machine.ts';
import { jobFacts } from '../../telling/job-lines.ts';
import { percentText } from '../../text/quantity.ts';
import { safeText } from '../../text/safe.ts';
import { copyPlaceOf } from '../../tui/files/copy-flow.ts';
import { readReport, reportOf } from '../../tui/rescue/report-data.ts';
import type { JobLink } from '../../tui/rescue/watched-job.ts';
import { WORDS } from '../../tui/words.ts';
import { EXIT, type ExitCode, exitCodeOfRescue } from '../exit-codes.ts';
import { attachRescue, resumeRescue } from '../start-rescue.ts';
import { talkAboutBoot } from './boot-dialog.ts';
import { type Conversation, choose, sayNumbered } from './conversation.ts';
import { copyOutOf } from './files-dialog.ts';
import { compareInLines, talkAboutReport } from './report-dialog.ts';
import { watchInLines } from './watch-lines.ts';

/** Talks about jobs: what was begun, how one goes on, how one ended. */
export class JobsDialog {
  readonly #talk: Conversation;
  readonly #look: () => Promise<Machine>;
  #code: ExitCode = EXIT.saved;

  constructor(talk: Conversation, look: () => Promise<Machine>) {
    this.#talk = talk;
    this.#look = look;
  }

  /** What the last job that was watched has come to. */
  get code(): ExitCode {
    return this.#code;
  }

  /** The list of jobs, until the person goes back. */
  async open(): Promise<void> {
    for (;;) {
      const answer = await inquire({ ask: 'jobs' });
      const jobs = answer.kind === 'answer' ? answer.answer : [];
      this.#talk.say(`\n${WORDS.jobs.list}`);
      if (answer.kind === 'refusal') this.#talk.say(answer.refusal.message);
      else if (jobs.length === 0) this.#talk.say(WORDS.jobs.none);
      sayNumbered(this.#talk, jobs.map(jobText));
      const job = await choose(this.#talk, WORDS.plain.whichJob, jobs, { r: 'again' } as const);
      if (job === undefined) return;
      if (job !== 'again') await this.#about(job);
    }
  }

  /** Watches a job to its end, and talks about its report. */
  async follow(link: JobLink): Promise<void> {
    const watched = await watchInLines(this.#talk, link);
    if (watched.kind === 'left') this.#code = EXIT.saved;
    else if (watched.kind === 'refused') this.#code = EXIT.refused;
    else if (watched.kind === 'died') {
      this.#code = EXIT.failed;
      this.#talk.say(`${WORDS.running.died} ${WORDS.plain.diedAdvice}`);
    } else {
      const { done, start } = watched;
      this.#code = exitCodeOfRescue(done);
      if (done.job === undefined) await this.#report(reportOf(done, start));
      else await this.#reportOf(done.job, start.source.sizeBytes);
    }
  }

  async #about(job: JobSummary): Promise<void> {
    this.#talk.say(`\n${safeText(job.name)}: ${WORDS.jobs.states[job.state]}`);
    for (const [what, text] of jobFacts(job)) this.#talk.say(`${what}: ${text}`);
    const wish = await choose(this.#talk, WORDS.plain.whichDeed(WORDS.jobs.sensible[job.state]), [], {
      '': 'sensible',
      g: 'go-on',
      o: 'report',
      v: 'compare',
    } as const);
    const isOver = job.state === 'saved' || job.state === 'losses';
    if (wish === undefined) return;
    if (wish === 'compare') {
      if (job.state === 'running') this.#talk.say(WORDS.jobs.isRunning);
      else await compareInLines(this.#talk, job.folder);
    } else if (wish === 'report' || (wish === 'sensible' && isOver))
      await this.#reportOf(job.folder, job.record?.source.sizeBytes);
    else if (job.state === 'running') await this.#attach(job.folder);
    else await this.#resume(job.folder);
  }

  async #attach(folder: string): Promise<void> {
    try {
      await this.follow(await attachRescue(folder));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#talk.say(`${error.message} ${error.advice}`);
    }
  }

  /** Goes on with a job, wherever its disks are now. */
  async #resume(folder: string): Promise<void> {
    this.#talk.say(WORDS.jobs.looking);
    const answer = await inquire({ ask: 'spec', folder });
    if (answer.kind === 'answer') {
      await this.follow(resumeRescue(answer.answer));
      return;
    }
    const { message, advice, differences } = answer.refusal;
    for (const text of [WORDS.jobs.cannot, message, ...differences, advice]) this.#talk.say(safeText(text));
  }

  async #reportOf(folder: string, sizeBytes: number | undefined): Promise<void> {
    const data = await readReport(folder, sizeBytes);
    if ('problem' in data) for (const text of data.problem) this.#talk.say(safeText(text));
    else await this.#report(data);
  }

  async #report(data: Parameters<typeof talkAboutReport>[1]): Promise<void> {
    const next = await talkAboutReport(this.#talk, data);
    if (next === 'files' && data.away !== undefined) this.#talk.say(safeText(data.away));
    else if (next === 'files') await copyOutOf(this.#talk, copyPlaceOf(data), this.#look);
    else if (next === 'boot') await talkAboutBoot(this.#talk, await this.#look(), data.target);
    else if (next === 'go-on' && data.job !== undefined) await this.#resume(data.job);
  }
}

function jobText({ name, state, record, map }: JobSummary): string {
  const domain = record?.progress?.domainBytes;
  const done = map && domain ? `, ${percentText(Math.min(map.savedBytes, domain), domain)}` : '';
  return safeText(`${name}${done}, ${WORDS.jobs.states[state]}`);
}
