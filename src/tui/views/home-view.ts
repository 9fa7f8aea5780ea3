import { adviceLines } from '../disks/advice.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { keyOf, nameOf, type Place, placeHeading, placeLine, placesOf } from '../disks/place.ts';
import { LIST_START, listCorner, listRows, moveInList } from '../frame/choice-list.ts';
import { stackRects } from '../frame/layout.ts';
import { line } from '../frame/line.ts';
import { innerRect, type Pane, type Rect } from '../frame/pane.ts';
import { type KeyBinding, LIST_KEYS } from '../keys.ts';
import type { JobsStore } from '../rescue/jobs-store.ts';
import type { Desk, View } from '../view.ts';
import { WORDS } from '../words.ts';
import { jobLine } from './jobs-view.ts';

/** Jobs on the first screen; the others are one key away. */
const SHOWN_JOBS = 3;

/** The first screen: the disks, how they are, and what to do. */
export class HomeView implements View {
  readonly title = WORDS.disks.title;
  readonly purpose = WORDS.disks.purpose;
  readonly keys: readonly KeyBinding[] = [
    {
      keys: ['enter'],
      short: 'rescue it',
      long: 'save what the chosen disk or partition holds to another one',
    },
    ...LIST_KEYS,
    { keys: ['r'], short: 'go on with a job', long: 'see what was begun, and go on with it' },
  ];
  readonly #store: MachineStore;
  readonly #jobs: JobsStore;
  readonly #rescue: (place: Place, desk: Desk) => void;
  readonly #openJobs: (desk: Desk) => void;
  #position = LIST_START;
  #chosen: string | undefined;
  #rows = 1;

  constructor(
    store: MachineStore,
    jobs: JobsStore,
    rescue: (place: Place, desk: Desk) => void,
    openJobs: (desk: Desk) => void,
  ) {
    this.#store = store;
    this.#jobs = jobs;
    this.#rescue = rescue;
    this.#openJobs = openJobs;
  }

  opened(): void {
    void this.#jobs.look();
  }

  panes(area: Rect): readonly Pane[] {
    const places = placesOf(this.#store.machine);
    this.#follow(places);
    const now = Date.now();
    const jobs = this.#jobs.jobs.slice(0, SHOWN_JOBS).map(jobLine);
    const [top, bottom, begun] = stackRects(area, [
      { share: 2, atLeast: 8 },
      { share: 1, atLeast: 8 },
      { cells: jobs.length > 0 ? jobs.length + 2 : 0, droppable: true },
    ]) as [Rect, Rect, Rect];
    const { width, height } = innerRect({ rect: top, title: '' });
    this.#rows = Math.max(1, height - 1);
    const rows = places.map((place) => placeLine(place, width, now));
    const place = places[this.#position.index];
    return [
      {
        id: 'disks',
        rect: top,
        title: WORDS.disks.list,
        corner: listCorner(this.#position, places.length, this.#rows),
        focused: true,
        lines:
          rows.length > 0
            ? [placeHeading(width), ...listRows(rows, this.#position, this.#rows)]
            : [line(this.#store.known ? WORDS.disks.none : WORDS.disks.looking)],
      },
      {
        id: 'advice',
        rect: bottom,
        title: place ? WORDS.disks.chosen(place.disk.name, place.disk.model, place.disk.serial) : '',
        lines: place ? adviceLines(place.disk, width, now) : [],
      },
      { id: 'begun', rect: begun, title: WORDS.jobs.short, lines: jobs },
    ];
  }

  key(key: string, desk: Desk): void {
    const places = placesOf(this.#store.machine);
    if (key === 'enter') {
      const place = places[this.#position.index];
      if (place) this.#choose(place, desk);
      return;
    }
    if (key === 'r') {
      this.#openJobs(desk);
      return;
    }
    const moved = moveInList(this.#position, key, places.length, this.#rows);
    if (!moved) return;
    this.#position = moved;
    const place = places[moved.index];
    this.#chosen = place && keyOf(place);
  }

  #choose(place: Place, desk: Desk): void {
    const { disk } = place;
    if (disk.state.kind === 'gone') desk.say(WORDS.disks.isGone(nameOf(place)), 'warn');
    else this.#rescue(place, desk);
  }

  /** Disks come and go above the chosen one; the cursor stays with what it is on. */
  #follow(places: readonly Place[]): void {
    const index = places.findIndex((place) => keyOf(place) === this.#chosen);
    if (index >= 0) this.#position = { ...this.#position, index };
    else this.#chosen = places[this.#position.index] && keyOf(places[this.#position.index] as Place);
  }
}
