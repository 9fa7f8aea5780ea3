import type { JobSummary } from '../../jobs/job-list.ts';
import { jobFacts } from '../../telling/job-lines.ts';
import { percentText } from '../../text/quantity.ts';
import { Cursor } from '../frame/cursor.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { prose } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import { type KnownJobs, lookAgain } from '../rescue/jobs-store.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { withMeant } from './with-meant.ts';

/** What can be done with a job. */
export interface JobActions {
  /** Watches it while it runs, goes on with it when it can, else shows its report. */
  sensible(job: JobSummary, desk: Desk): void;
  goOn(job: JobSummary, desk: Desk): void;
  report(job: JobSummary, desk: Desk): void;
  compare(job: JobSummary, desk: Desk): void;
}

/** What was begun, how far it is, and how it goes on. */
export class JobsView implements View {
  readonly title = WORDS.jobs.title;
  readonly purpose = WORDS.jobs.purpose;
  readonly #store: KnownJobs;
  readonly #actions: JobActions;
  readonly #job = new Cursor<JobSummary>(({ folder }) => folder);
  #rows = 1;
  #looking: NodeJS.Timeout | undefined;

  constructor(store: KnownJobs, actions: JobActions) {
    this.#store = store;
    this.#actions = actions;
  }

  get keys(): readonly KeyBinding[] {
    const { sensible, ...rest } = KEYS.jobs;
    const state = this.#job.on(this.#store.jobs)?.state;
    const short = state ? WORDS.jobs.sensible[state] : sensible.short;
    return bindingsOf({ sensible: { ...sensible, short }, ...rest });
  }

  get hint(): string {
    const job = this.#job.on(this.#store.jobs);
    return job ? WORDS.jobs.next[job.state] : '';
  }

  opened(desk: Desk): void {
    this.closed();
    this.#looking = lookAgain(this.#store, () => desk.shows(this));
  }

  closed(): void {
    clearInterval(this.#looking);
  }

  panes(area: Rect): readonly Pane[] {
    const { jobs, problem } = this.#store;
    const width = area.width - 4;
    const job = this.#job.on(jobs);
    const about = job ? aboutLines(job, width) : [];
    const [list, below] = stackRects(area, [
      { share: 1, atLeast: 5 },
      { cells: about.length === 0 ? 0 : Math.min(area.height - 5, Math.max(8, about.length + 2)) },
    ]) as [Rect, Rect];
    // What is listed may have ended meanwhile.
    const old = problem && jobs.length > 0 ? prose(WORDS.jobs.old(problem), width, 'warn') : [];
    this.#rows = Math.max(1, list.height - 2 - old.length);
    return [
      {
        id: 'jobs',
        rect: list,
        title: WORDS.jobs.list,
        corner: this.#job.corner(jobs.length, this.#rows),
        focused: true,
        lines:
          jobs.length > 0
            ? [...old, ...this.#job.rows(jobs.map(jobLine), this.#rows)]
            : prose(problem ?? WORDS.jobs.none, width),
      },
      { id: 'about', rect: below, title: job?.name ?? '', lines: about },
    ];
  }

  key(key: string, desk: Desk): void {
    const { jobs } = this.#store;
    const deed = DEEDS.find((name) => isKey(key, KEYS.jobs[name]));
    if (isKey(key, KEYS.jobs.again)) void this.#store.look();
    else if (deed) withMeant(this.#job, jobs, desk, (job) => this.#actions[deed](job, desk));
    else this.#job.move(key, jobs, this.#rows);
  }
}

const DEEDS = ['sensible', 'goOn', 'report', 'compare'] as const;

const HEADING = 8;

const aboutLines = (job: JobSummary, width: number): Line[] =>
  jobFacts(job).flatMap(([what, text]) =>
    prose(text, width - HEADING).map((part, i) =>
      line(toned('strong', (i === 0 ? what : '').padEnd(HEADING)), ...part),
    ),
  );

/** `windows.img   71.4 %   stopped by you`, as it also stands on the first screen. */
export function jobLine(job: JobSummary): Line {
  const { record, map, state, name } = job;
  const domain = record?.progress?.domainBytes;
  const done = map && domain ? percentText(Math.min(map.savedBytes, domain), domain) : '';
  const tone = state === 'saved' ? 'good' : state === 'losses' || state === 'running' ? 'plain' : 'warn';
  return line(name.slice(0, 33).padEnd(34), done.padStart(9), '   ', toned(tone, WORDS.jobs.states[state]));
}
