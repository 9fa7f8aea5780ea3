import { inquire } from '../../jobs/job-inquiry.ts';
import type { JobSummary } from '../../jobs/job-list.ts';
import type { JobSpec } from '../../jobs/job-spec.ts';
import { Refusal } from '../../jobs/refusal.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { type Place, pathOf } from '../disks/place.ts';
import type { Desk, View } from '../view.ts';
import { ConfirmView } from '../views/confirm-view.ts';
import { MannerView } from '../views/manner-view.ts';
import { NoticeView } from '../views/notice-view.ts';
import { ReportView } from '../views/report-view.ts';
import { RunningView } from '../views/running-view.ts';
import { SourceView } from '../views/source-view.ts';
import { TargetView } from '../views/target-view.ts';
import { WORDS } from '../words.ts';
import { type RescueChoice, sourcesOn } from './rescue-choice.ts';
import { type JobLink, WatchedJob } from './watched-job.ts';

/** What was chosen, without the places that follow from it. */
export type RescueRequest = Omit<JobSpec, 'map' | 'on' | 'job' | 'report'> & {
  /** The drive in which the target is a path. */
  readonly on: string | undefined;
};

/** What a rescue needs of the outside: whatever starts engines. */
export interface RescuePorts {
  start(request: RescueRequest): Promise<JobLink>;
  resume(spec: JobSpec): JobLink;
  /** Throws a `Refusal` when nobody is at work on the job any more, or cannot be reached. */
  attach(folder: string): Promise<JobLink>;
}

/** Leads from a disk to a running rescue: source, target, manner, check, start. */
export class RescueFlow {
  readonly #store: MachineStore;
  readonly #ports: RescuePorts;

  constructor(store: MachineStore, ports: RescuePorts) {
    this.#store = store;
    this.#ports = ports;
  }

  /** Begins with the chosen disk or partition. */
  begin(place: Place, desk: Desk): void {
    desk.open(new SourceView(sourcesOn(place), place, (source) => this.#chooseTarget(source, desk)));
  }

  #chooseTarget(source: Place, desk: Desk): void {
    desk.open(
      new TargetView(this.#store, source, (target) =>
        desk.open(
          new MannerView(pathOf(source) ?? '', (manner) =>
            desk.open(new ConfirmView({ source, target, manner }, (choice) => void this.#run(choice, desk))),
          ),
        ),
      ),
    );
  }

  /** Goes on with a job, wherever its disks are now. */
  async resume(job: JobSummary, desk: Desk): Promise<void> {
    if (job.state === 'running') {
      await this.#attach(job, desk);
      return;
    }
    desk.say(WORDS.jobs.looking);
    const answer = await inquire(job.folder);
    if (answer.kind === 'spec') this.#follow(this.#ports.resume(answer.spec), desk);
    if (answer.kind !== 'refusal') return;
    const { message, advice, differences } = answer.refusal;
    desk.open(new NoticeView(WORDS.jobs.cannot, [message, ...differences, advice], 'warn'));
  }

  async #attach(job: JobSummary, desk: Desk): Promise<void> {
    try {
      this.#follow(await this.#ports.attach(job.folder), desk);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      desk.open(new NoticeView(WORDS.jobs.unreachable, [error.message, error.advice], 'warn'));
    }
  }

  async #run(choice: RescueChoice, desk: Desk): Promise<void> {
    const { source, target, manner } = choice;
    const link = await this.#ports.start({
      source: pathOf(source) ?? '',
      target: target.path,
      on: target.kind === 'file' ? target.on : undefined,
      fill: 'marker',
      allSectors: manner.allSectors,
      first: [...manner.folders, ...(manner.personalFirst ? ['personal'] : [])],
      retries: manner.retry ? 3 : 0,
      minRate: undefined,
      physicalSectorBytes: undefined,
      hopeless: manner.leaveHopeless ? 'leave' : 'ask',
      waitSeconds: 'forever',
      fixGpt: 'ask',
      keepTimeouts: false,
      // The typed proof is the answer to what the engine would ask; a file that is there already is asked about.
      overwrite: target.kind === 'device',
      verify: false,
      // It goes on when this screen is closed, or crashes.
      detached: true,
      force: false,
    });
    this.#follow(link, desk);
  }

  /** Shows a job from here to its end. */
  #follow(link: JobLink, desk: Desk): void {
    const job = new WatchedJob(link, () => {
      desk.changed();
      const next = whatFollows(job, running.title);
      if (next) desk.swap(running, next);
    });
    const running = new RunningView(job);
    desk.home();
    desk.open(running);
  }
}

/** The view that takes the place of a running job's when it has ended; undefined while it goes on. */
function whatFollows(job: WatchedJob, title: string): View | undefined {
  const { done, refused, question } = job.story;
  if (done) return new ReportView(done, title);
  if (refused) return new NoticeView(WORDS.notice.refused, [refused.message, refused.advice], 'warn');
  if (question?.code !== 'target-not-empty') return undefined;
  job.kill();
  return new NoticeView(WORDS.notice.exists, [question.message, WORDS.notice.chooseOther], 'warn');
}
