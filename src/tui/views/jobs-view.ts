import type { JobSummary } from '../../jobs/job-list.ts';
import { jobLines, stateText } from '../../telling/job-lines.ts';
import { percentText } from '../../text/quantity.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { type Line, line, toned } from '../frame/line.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { type KeyBinding, LIST_KEYS } from '../keys.ts';
import type { JobsStore } from '../rescue/jobs-store.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';

/** What was begun, how far it is, and how it goes on. */
export class JobsView implements View {
  readonly title = WORDS.jobs.title;
  readonly purpose = WORDS.jobs.purpose;
  readonly keys: readonly KeyBinding[] = [
    { keys: ['enter'], short: 'go on with it', long: 'go on with the chosen job; its disks are recognised' },
    ...LIST_KEYS,
    { keys: ['a'], short: 'look again', long: 'look for jobs again' },
    { keys: ['escape'], short: 'back', long: 'back to the disks' },
  ];
  readonly #store: JobsStore;
  readonly #resume: (job: JobSummary, desk: Desk) => void;
  #position = LIST_START;
  #rows = 1;

  constructor(store: JobsStore, resume: (job: JobSummary, desk: Desk) => void) {
    this.#store = store;
    this.#resume = resume;
  }

  opened(): void {
    void this.#store.look();
  }

  panes(area: Rect): readonly Pane[] {
    const { jobs, problem } = this.#store;
    const [list, about] = stackRects(area, [{ share: 1, atLeast: 5 }, { cells: 10 }]) as [Rect, Rect];
    this.#rows = Math.max(1, list.height - 2);
    const rows = listRows(jobs.map(jobLine), this.#position, this.#rows);
    const job = jobs[this.#position.index];
    return [
      {
        id: 'jobs',
        rect: list,
        title: WORDS.jobs.list,
        corner: listCorner(this.#position, jobs.length, this.#rows),
        focused: true,
        lines: jobs.length > 0 ? rows : [line(problem ?? WORDS.jobs.none)],
      },
      {
        id: 'about',
        rect: about,
        title: job?.name ?? '',
        lines: job
          ? jobLines(job)
              .slice(1)
              .map((text) => line(text.trim()))
          : [],
      },
    ];
  }

  key(key: string, desk: Desk): void {
    const { jobs } = this.#store;
    if (key === 'a') void this.#store.look();
    const job = jobs[this.#position.index];
    if (key === 'enter' && job) this.#resume(job, desk);
    const moved = moveInList(this.#position, key, jobs.length, this.#rows);
    if (moved) this.#position = moved;
  }
}

/** `windows.img   71.4 %   stopped by you`, as it also stands on the first screen. */
export function jobLine(job: JobSummary): Line {
  const { record, map, state, name } = job;
  const domain = record?.progress?.domainBytes;
  const done = map && domain ? percentText(Math.min(map.savedBytes, domain), domain) : '';
  const tone = state === 'saved' ? 'good' : state === 'losses' || state === 'running' ? 'plain' : 'warn';
  return line(name.slice(0, 34).padEnd(36), done.padStart(9), '   ', toned(tone, stateText(state)));
}
