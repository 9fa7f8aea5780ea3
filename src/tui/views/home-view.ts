import type { JobSummary } from '../../jobs/job-list.ts';
import { soldText } from '../../text/quantity.ts';
import { adviceLines } from '../disks/advice.ts';
import { hostLines } from '../disks/host-lines.ts';
import { layoutLines } from '../disks/layout-bar.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { keyOf, nameOf, type Place, placesOf, sizeOf } from '../disks/place.ts';
import { placeHeading, placeLine } from '../disks/place-table.ts';
import { Cursor } from '../frame/cursor.ts';
import { besideRects, stackRects } from '../frame/layout.ts';
import { type Line, line } from '../frame/line.ts';
import { innerRect, type Pane, type Rect } from '../frame/pane.ts';
import { paragraphs, prose } from '../frame/prose.ts';
import { bindingsOf, GLOBAL_KEYS, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Look } from '../look.ts';
import { rescueOf } from '../rescue/job-of-place.ts';
import { type KnownJobs, lookAgain } from '../rescue/jobs-store.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { jobLine } from './jobs-view.ts';
import { withMeant } from './with-meant.ts';

/** Jobs on the first screen; the others are one key away. */
const SHOWN_JOBS = 3;
/** Below this height there are fewer. */
const LOW = 26;
const SHOWN_JOBS_LOW = 2;
/** From this width on panes stand beside each other. */
const WIDE = 112;
/** What is known of the chosen disk takes at least so many rows: what it says, and what to do. */
const LEAST_ADVICE = 7;
/** From this height on the machine itself is shown. */
const HIGH = 34;

/** What can be begun from the first screen. */
export interface HomeActions {
  rescue(place: Place, desk: Desk): void;
  jobs(desk: Desk): void;
  job(job: JobSummary, desk: Desk): void;
  images(desk: Desk): void;
  archives(desk: Desk): void;
  boot(place: Place, desk: Desk): void;
  settings(desk: Desk): void;
}

/** The first screen: the disks, how they are, and what to do. */
export class HomeView implements View {
  readonly title = WORDS.disks.title;
  readonly purpose = WORDS.disks.purpose;
  readonly #store: MachineStore;
  readonly #jobs: KnownJobs;
  readonly #actions: HomeActions;
  readonly #place = new Cursor<Place>(keyOf);
  readonly #job = new Cursor<JobSummary>(({ folder }) => folder);
  #inJobs = false;
  #rows = 1;
  #shownJobs = SHOWN_JOBS;
  #looking: NodeJS.Timeout | undefined;

  constructor(store: MachineStore, jobs: KnownJobs, actions: HomeActions) {
    this.#store = store;
    this.#jobs = jobs;
    this.#actions = actions;
  }

  get keys(): readonly KeyBinding[] {
    const state = this.#inJobs ? this.#job.on(this.#known)?.state : undefined;
    const { rescue, jobs, images, archives, boot, ...others } = KEYS.disks;
    const enter = state ? { ...KEYS.jobs.sensible, short: WORDS.jobs.sensible[state] } : rescue;
    return bindingsOf({ enter, jobs, images, archives, boot, leave: GLOBAL_KEYS.quit, ...others });
  }

  get hint(): string {
    const { onMains, batteryPercent } = this.#store.machine.host ?? {};
    return onMains === false ? WORDS.disks.battery(batteryPercent) : WORDS.disks.tip;
  }

  opened(desk: Desk): void {
    this.closed();
    this.#looking = lookAgain(this.#jobs, () => desk.shows(this));
  }

  closed(): void {
    clearInterval(this.#looking);
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const places = placesOf(this.#store.machine);
    this.#shownJobs = area.height < LOW ? SHOWN_JOBS_LOW : SHOWN_JOBS;
    const jobs = this.#known;
    if (jobs.length === 0) this.#inJobs = false;
    const place = this.#place.on(places);
    const wide = area.width >= WIDE;
    const left = wide ? Math.floor(area.width / 2) : area.width;
    const advice = place
      ? adviceLines(place, left - 4, Date.now(), rescueOf(place, this.#jobs.jobs))
      : paragraphs(WORDS.disks.first, left - 4);
    const hidden = this.#hiddenLines(area.width);
    const [top, bottom, begun] = stackRects(area, [
      { share: 2, atLeast: Math.min(10, places.length + 3) + hidden.length },
      { share: 1, atLeast: Math.min(advice.length + 2, LEAST_ADVICE) },
      { cells: jobs.length > 0 ? jobs.length + 2 : 0, droppable: true },
    ]) as [Rect, Rect, Rect];
    const title = place
      ? WORDS.disks.chosen(nameOf(place), place.disk, soldText(sizeOf(place)))
      : WORDS.disks.firstTitle;
    const [about, right] = besideRects(bottom, [
      { share: 1, atLeast: 0 },
      { share: wide ? 1 : 0, atLeast: 0 },
    ]) as [Rect, Rect];
    return [
      this.#disksPane(top, places, hidden),
      { id: 'advice', rect: about, title, lines: advice },
      ...(wide && place ? this.#widePanes(right, place, look, area.height >= HIGH) : []),
      this.#jobsPane(begun, jobs),
    ];
  }

  key(key: string, desk: Desk): void {
    const { rescue, jobs, images, archives, boot, settings, tab } = KEYS.disks;
    if (isKey(key, tab)) this.#inJobs = !this.#inJobs && this.#jobs.jobs.length > 0;
    else if (isKey(key, jobs)) this.#actions.jobs(desk);
    else if (isKey(key, images)) this.#actions.images(desk);
    else if (isKey(key, archives)) this.#actions.archives(desk);
    else if (isKey(key, boot)) this.#bootCheck(desk);
    else if (isKey(key, settings)) this.#actions.settings(desk);
    else if (this.#inJobs) this.#jobKey(key, desk);
    else if (isKey(key, rescue)) this.#choose(desk);
    else this.#place.move(key, placesOf(this.#store.machine), this.#rows);
  }

  /** Of disks that are in the machine and in no list. */
  #hiddenLines(width: number): Line[] {
    const count = this.#store.machine.host?.hiddenDisks;
    return count === undefined ? [] : prose(WORDS.disks.hidden(count), width - 4, 'warn');
  }

  #disksPane(rect: Rect, places: readonly Place[], hidden: readonly Line[]): Pane {
    const { width, height } = innerRect({ rect, title: '' });
    this.#rows = Math.max(1, height - 1 - hidden.length);
    const now = Date.now();
    const rows = places.map((place) => placeLine(place, width, now));
    return {
      id: 'disks',
      rect,
      title: WORDS.disks.list,
      corner: this.#place.corner(places.length, this.#rows),
      focused: !this.#inJobs,
      lines: [
        ...(rows.length > 0
          ? [placeHeading(width), ...this.#place.rows(rows, this.#rows, !this.#inJobs)]
          : [line(this.#store.known ? WORDS.disks.none : WORDS.disks.looking)]),
        ...hidden,
      ],
    };
  }

  #widePanes(rect: Rect, { disk }: Place, look: Look, withHost: boolean): Pane[] {
    const { host } = this.#store.machine;
    const inner = rect.width - 4;
    const machine = withHost && host ? hostLines(host, inner) : [];
    const [layout, about] = stackRects(rect, [
      { share: 1, atLeast: 6 },
      { cells: machine.length > 0 ? machine.length + 2 : 0, droppable: true },
    ]) as [Rect, Rect];
    return [
      {
        id: 'layout',
        rect: layout,
        title: WORDS.disks.layout(disk.name),
        lines: layoutLines(disk, inner, look.charset),
      },
      { id: 'machine', rect: about, title: WORDS.disks.machine, lines: machine },
    ];
  }

  #jobsPane(rect: Rect, jobs: readonly JobSummary[]): Pane {
    const rows = jobs.map(jobLine);
    this.#job.on(jobs);
    const lines = this.#inJobs ? this.#job.rows(rows, rows.length) : rows.map((row) => line('  ', ...row));
    const title = this.#inJobs ? WORDS.jobs.shortFocused : WORDS.jobs.short;
    return { id: 'begun', rect, title, focused: this.#inJobs, lines };
  }

  #jobKey(key: string, desk: Desk): void {
    const jobs = this.#known;
    if (isKey(key, KEYS.jobs.sensible))
      withMeant(this.#job, jobs, desk, (job) => this.#actions.job(job, desk));
    else this.#job.move(key, jobs, this.#shownJobs);
  }

  /** Jobs that are in view. */
  get #known(): readonly JobSummary[] {
    return this.#jobs.jobs.slice(0, this.#shownJobs);
  }

  #bootCheck(desk: Desk): void {
    const places = placesOf(this.#store.machine);
    withMeant(this.#place, places, desk, (place) => this.#actions.boot(place, desk));
  }

  #choose(desk: Desk): void {
    withMeant(this.#place, placesOf(this.#store.machine), desk, (place) => {
      if (place.disk.state.kind === 'gone') desk.say(WORDS.disks.isGone(nameOf(place)), 'warn');
      else this.#actions.rescue(place, desk);
    });
  }
}
