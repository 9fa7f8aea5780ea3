import type { JobSummary } from '../../jobs/job-list.ts';
import { soldText } from '../../text/quantity.ts';
import { adviceLines } from '../disks/advice.ts';
import { hostLines } from '../disks/host-lines.ts';
import { layoutLines } from '../disks/layout-bar.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { keyOf, nameOf, type Place, placesOf, sizeOf } from '../disks/place.ts';
import { placeHeading, placeLine } from '../disks/place-table.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { besideRects, stackRects } from '../frame/layout.ts';
import { line } from '../frame/line.ts';
import { innerRect, type Pane, type Rect } from '../frame/pane.ts';
import { paragraphs } from '../frame/prose.ts';
import { bindingsOf, isKey, KEYS, type KeyBinding } from '../keys.ts';
import type { Look } from '../look.ts';
import type { KnownJobs } from '../rescue/jobs-store.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { jobLine } from './jobs-view.ts';

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
  settings(desk: Desk): void;
}

/** The first screen: the disks, how they are, and what to do. */
export class HomeView implements View {
  readonly title = WORDS.disks.title;
  readonly purpose = WORDS.disks.purpose;
  readonly keys: readonly KeyBinding[] = bindingsOf(KEYS.disks);
  readonly #store: MachineStore;
  readonly #jobs: KnownJobs;
  readonly #actions: HomeActions;
  #position = LIST_START;
  #job = LIST_START;
  #inJobs = false;
  #chosen: string | undefined;
  #rows = 1;
  #shownJobs = SHOWN_JOBS;

  constructor(store: MachineStore, jobs: KnownJobs, actions: HomeActions) {
    this.#store = store;
    this.#jobs = jobs;
    this.#actions = actions;
  }

  get hint(): string {
    const { onMains, batteryPercent } = this.#store.machine.host ?? {};
    return onMains === false ? WORDS.disks.battery(batteryPercent) : WORDS.disks.tip;
  }

  opened(): void {
    void this.#jobs.look();
  }

  panes(area: Rect, look: Look): readonly Pane[] {
    const places = placesOf(this.#store.machine);
    this.#follow(places);
    this.#shownJobs = area.height < LOW ? SHOWN_JOBS_LOW : SHOWN_JOBS;
    const jobs = this.#jobs.jobs.slice(0, this.#shownJobs);
    if (jobs.length === 0) this.#inJobs = false;
    const place = places[this.#position.index];
    const wide = area.width >= WIDE;
    const left = wide ? Math.floor(area.width / 2) : area.width;
    const advice = place ? adviceLines(place, left - 4, Date.now()) : paragraphs(WORDS.disks.first, left - 4);
    const [top, bottom, begun] = stackRects(area, [
      { share: 2, atLeast: Math.min(10, places.length + 3) },
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
      this.#disksPane(top, places),
      { id: 'advice', rect: about, title, lines: advice },
      ...(wide && place ? this.#widePanes(right, place, look, area.height >= HIGH) : []),
      this.#jobsPane(begun, jobs),
    ];
  }

  key(key: string, desk: Desk): void {
    const { rescue, jobs, images, settings, tab } = KEYS.disks;
    if (isKey(key, tab)) this.#inJobs = !this.#inJobs && this.#jobs.jobs.length > 0;
    else if (isKey(key, jobs)) this.#actions.jobs(desk);
    else if (isKey(key, images)) this.#actions.images(desk);
    else if (isKey(key, settings)) this.#actions.settings(desk);
    else if (this.#inJobs) this.#jobKey(key, desk);
    else if (isKey(key, rescue)) this.#choose(desk);
    else this.#move(key);
  }

  #disksPane(rect: Rect, places: readonly Place[]): Pane {
    const { width, height } = innerRect({ rect, title: '' });
    this.#rows = Math.max(1, height - 1);
    const now = Date.now();
    const rows = places.map((place) => placeLine(place, width, now));
    return {
      id: 'disks',
      rect,
      title: WORDS.disks.list,
      corner: listCorner(this.#position, places.length, this.#rows),
      focused: !this.#inJobs,
      lines:
        rows.length > 0
          ? [placeHeading(width), ...listRows(rows, this.#position, this.#rows, !this.#inJobs)]
          : [line(this.#store.known ? WORDS.disks.none : WORDS.disks.looking)],
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
    const lines = this.#inJobs
      ? listRows(rows, this.#job, rows.length)
      : rows.map((row) => line('  ', ...row));
    const title = this.#inJobs ? WORDS.jobs.shortFocused : WORDS.jobs.short;
    return { id: 'begun', rect, title, focused: this.#inJobs, lines };
  }

  #move(key: string): void {
    const places = placesOf(this.#store.machine);
    const moved = moveInList(this.#position, key, places.length, this.#rows);
    if (!moved) return;
    this.#position = moved;
    const place = places[moved.index];
    this.#chosen = place && keyOf(place);
  }

  #jobKey(key: string, desk: Desk): void {
    const jobs = this.#jobs.jobs.slice(0, this.#shownJobs);
    const job = jobs[this.#job.index];
    if (isKey(key, KEYS.jobs.sensible) && job) this.#actions.job(job, desk);
    this.#job = moveInList(this.#job, key, jobs.length, this.#shownJobs) ?? this.#job;
  }

  #choose(desk: Desk): void {
    const place = placesOf(this.#store.machine)[this.#position.index];
    if (!place) return;
    const { disk } = place;
    if (disk.state.kind === 'gone') desk.say(WORDS.disks.isGone(nameOf(place)), 'warn');
    else this.#actions.rescue(place, desk);
  }

  /** Disks come and go above the chosen one; the cursor stays with what it is on. */
  #follow(places: readonly Place[]): void {
    const index = places.findIndex((place) => keyOf(place) === this.#chosen);
    if (index >= 0) this.#position = { ...this.#position, index };
    else this.#chosen = places[this.#position.index] && keyOf(places[this.#position.index] as Place);
  }
}
