import type { VolumePlace } from '../../jobs/folder-listing.ts';
import type { InquiryAnswer } from '../../jobs/inquiry.ts';
import type { JobSummary } from '../../jobs/job-list.ts';
import type { JobPlaces } from '../../jobs/job-place.ts';
import type { JobSpec } from '../../jobs/job-spec.ts';
import { Refusal } from '../../jobs/refusal.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { contentOf, nameOf, type Place, pathOf, placeNow } from '../disks/place.ts';
import type { Desk, View } from '../view.ts';
import { ConfirmView } from '../views/confirm-view.ts';
import type { JobActions } from '../views/jobs-view.ts';
import { MannerView } from '../views/manner-view.ts';
import { NoticeView } from '../views/notice-view.ts';
import { type ReportPorts, ReportView } from '../views/report-view.ts';
import { type RunningPorts, RunningView } from '../views/running-view.ts';
import { SourceView } from '../views/source-view.ts';
import { TargetView } from '../views/target-view.ts';
import { WaitView } from '../views/wait-view.ts';
import { WORDS } from '../words.ts';
import { askFile } from './file-words.ts';
import { type Load, rescueLoad } from './load.ts';
import { readReport, reportOf, worstFiles } from './report-data.ts';
import { type RescueChoice, sourcesOn, type TargetChoice } from './rescue-choice.ts';
import { planOf, type RescueRequest, requestFor } from './rescue-request.ts';
import { proofOfNoWrites, sourceDiskOf } from './source-disk.ts';
import type { TakenNames } from './taken-names.ts';
import { type JobLink, WatchedJob } from './watched-job.ts';

/** What a rescue needs of the outside: whatever starts engines and processes. */
export interface RescuePorts {
  /** Where map and job of what was chosen go. */
  place(request: RescueRequest): Promise<InquiryAnswer<'place'>>;
  start(request: RescueRequest, places: JobPlaces): JobLink;
  /** How a job goes on, with its disks wherever they are now. */
  spec(folder: string): Promise<InquiryAnswer<'spec'>>;
  resume(spec: JobSpec): JobLink;
  /** Throws a `Refusal` when nobody is at work on the job any more, or cannot be reached. */
  attach(folder: string): Promise<JobLink>;
  /** Names that are taken where a copy can go. */
  readonly names: TakenNames;
  readonly report: Pick<ReportPorts, 'files' | 'compare' | 'save' | 'boot'>;
}

/** Leads from a disk to a running rescue and its report: source, target, manner, check, start. */
export class RescueFlow implements JobActions {
  readonly #store: MachineStore;
  readonly #ports: RescuePorts;

  constructor(store: MachineStore, ports: RescuePorts) {
    this.#store = store;
    this.#ports = ports;
  }

  /** Begins with the chosen disk or partition. */
  begin(place: Place, desk: Desk): void {
    const sources = (): readonly Place[] => sourcesOn(this.#now({ disk: place.disk, partition: undefined }));
    desk.open(new SourceView(sources, place, (source) => this.#chooseTarget(source, desk)));
  }

  #now(place: Place): Place {
    return placeNow(this.#store.machine, place);
  }

  #chooseTarget(source: Place, desk: Desk): void {
    const load = (): Load => rescueLoad(this.#now(source));
    const next = (target: TargetChoice): void => {
      desk.open(
        new MannerView(
          () => volumeIn(this.#now(source)),
          (manner) => this.#confirm({ source: this.#now(source), target, manner }, desk),
        ),
      );
    };
    desk.open(new TargetView(this.#store, load, next, WORDS.target, this.#ports.names));
  }

  #confirm(choice: RescueChoice, desk: Desk): void {
    const { title, purpose } = WORDS.confirm;
    const { source, target } = choice;
    desk.open(
      new ConfirmView(
        {
          title,
          purpose,
          source,
          target,
          plan: planOf(choice),
          now: (place) => this.#now(place),
          look: ({ path, on }) =>
            askFile({ source: pathOf(source), label: contentOf(source)?.label, target: path, on }),
        },
        () => void this.#run(choice, desk),
      ),
    );
  }

  sensible(job: JobSummary, desk: Desk): void {
    if (job.state === 'saved' || job.state === 'losses') void this.#report(job, desk);
    else this.goOn(job, desk);
  }

  goOn(job: JobSummary, desk: Desk): void {
    if (job.state === 'running') void this.#attach(job.folder, desk);
    else void this.#resume(job.folder, desk);
  }

  report(job: JobSummary, desk: Desk): void {
    void this.#report(job, desk);
  }

  compare(job: JobSummary, desk: Desk): void {
    if (job.state === 'running') desk.say(WORDS.jobs.isRunning, 'warn');
    else this.#ports.report.compare(job.folder, desk);
  }

  async #report(job: JobSummary, desk: Desk): Promise<void> {
    const wait = waitFor(WORDS.jobs.reading, desk);
    const data = await readReport(job.folder, job.record?.source.sizeBytes);
    desk.swap(
      wait,
      'problem' in data
        ? new NoticeView(WORDS.jobs.noReport, data.problem, 'warn')
        : new ReportView(data, this.#reportPorts),
    );
  }

  /** Goes on with a job, wherever its disks are now. */
  async #resume(folder: string, desk: Desk): Promise<void> {
    const wait = waitFor(WORDS.jobs.looking, desk);
    const answer = await this.#ports.spec(folder);
    if (answer.kind === 'refusal') {
      const { message, advice, differences } = answer.refusal;
      desk.swap(wait, new NoticeView(WORDS.jobs.cannot, [message, ...differences, advice], 'warn'));
    } else if (desk.holds(wait)) this.#follow(this.#ports.resume(answer.answer), desk, true);
  }

  async #attach(folder: string, desk: Desk): Promise<void> {
    const wait = waitFor(WORDS.jobs.reaching, desk);
    try {
      const link = await this.#ports.attach(folder);
      if (desk.holds(wait)) this.#follow(link, desk);
      else link.leave?.();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      desk.swap(wait, new NoticeView(WORDS.jobs.unreachable, [error.message, error.advice], 'warn'));
    }
  }

  async #run(choice: RescueChoice, desk: Desk): Promise<void> {
    const request = requestFor(choice);
    const wait = waitFor(WORDS.confirm.placing, desk);
    const places = await this.#ports.place(request);
    if (places.kind === 'refusal') {
      const { message, advice } = places.refusal;
      desk.swap(wait, new NoticeView(WORDS.notice.refused, [message, advice], 'warn'));
    } else if (desk.holds(wait)) this.#follow(this.#ports.start(request, places.answer), desk);
  }

  /** Shows a job from here to its end; `goesOn`: it was begun before. */
  #follow(link: JobLink, desk: Desk, goesOn = false): void {
    let isOver = false;
    const job = new WatchedJob(link, () => {
      desk.changed();
      // That nothing more is heard of it is told as well, after its last word.
      const next = isOver ? undefined : this.#whatFollows(job, desk, goesOn);
      if (!next) return;
      isOver = true;
      desk.swap(running, next);
    });
    const running = new RunningView(job, this.#runningPorts);
    desk.home();
    desk.open(running);
  }

  /** The view that takes the place of a running job's when it has ended; undefined while it goes on. */
  #whatFollows(job: WatchedJob, desk: Desk, goesOn: boolean): View | undefined {
    const { done, refused, question, start } = job.story;
    if (done && start) {
      const report = new ReportView(reportOf(done, start), this.#reportPorts);
      if (done.job !== undefined) {
        // The last event has the worst files only, and without their holes.
        void readReport(done.job, undefined).then((data) => {
          if (!('problem' in data)) report.complete({ ...data, sourceBytes: start.source.sizeBytes });
          else report.complete({ ...reportOf(done, start), files: worstFiles(done.damage) });
          desk.changed();
        });
      }
      return report;
    }
    if (refused) return new NoticeView(WORDS.notice.refused, [refused.message, refused.advice], 'warn');
    if (question?.code !== 'target-not-empty') return undefined;
    job.kill();
    // Its target was not chosen here, and has no other name.
    if (goesOn) return new NoticeView(WORDS.jobs.cannot, [question.message, WORDS.notice.askThere], 'warn');
    return new NoticeView(WORDS.notice.exists, [question.message, WORDS.notice.chooseOther], 'warn');
  }

  get #runningPorts(): RunningPorts {
    return {
      disk: (source) => sourceDiskOf(this.#store.machine, source),
      goOn: (folder, desk) => void this.#resume(folder, desk),
    };
  }

  get #reportPorts(): ReportPorts {
    return {
      ...this.#ports.report,
      proof: (data) => proofOfNoWrites(this.#store.machine, data),
      goOn: (folder, desk) => void this.#resume(folder, desk),
    };
  }
}

/**
 * Something is looked for that may take its time: on a screen of its own, so that a key which is pressed twice does
 * nothing twice, and none is taken by what follows. Who leaves it has given it up: it is held by the desk no more then.
 */
function waitFor(title: string, desk: Desk): WaitView {
  const wait = new WaitView(title);
  desk.open(wait);
  return wait;
}

/** Where folders can be looked for that shall come first; who is quick has chosen before that is known. */
function volumeIn(source: Place): VolumePlace | 'asking' | undefined {
  const content = contentOf(source);
  if (content === undefined && !source.disk.settled) return 'asking';
  if (content?.kind !== 'ntfs') return undefined;
  return { name: nameOf(source), path: pathOf(source) ?? '', from: undefined, map: undefined };
}
