import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobSummary } from '../../src/jobs/job-list.ts';
import type { Machine } from '../../src/probe/machine.ts';
import { MachineStore } from '../../src/tui/disks/machine-store.ts';
import { type Place, placesOf } from '../../src/tui/disks/place.ts';
import { folderOptions } from '../../src/tui/files/folder-options.ts';
import type { Look } from '../../src/tui/look.ts';
import { rescueLoad } from '../../src/tui/rescue/load.ts';
import type { Desk, View } from '../../src/tui/view.ts';
import { FolderView } from '../../src/tui/views/folder-view.ts';
import { HomeView } from '../../src/tui/views/home-view.ts';
import { JobsView } from '../../src/tui/views/jobs-view.ts';
import { MarkView } from '../../src/tui/views/mark-view.ts';
import { SourceView } from '../../src/tui/views/source-view.ts';
import { TargetView } from '../../src/tui/views/target-view.ts';
import { WORDS } from '../../src/tui/words.ts';
import { madeUpMachine } from '../support/made-up-machine.ts';

const LOOK: Look = { charset: 'unicode', charts: 'braille', colour: true };
const AREA = { left: 0, top: 1, width: 80, height: 21 };

/** What views show, what they have begun, and what they have said. */
class Bench {
  readonly store = new MachineStore();
  jobs: readonly JobSummary[] = [{ folder: '/jobs/one', name: 'one', state: 'stopped' } as JobSummary];
  begun = 0;
  said = '';
  readonly begin = (): void => void this.begun++;
  readonly desk: Desk = {
    look: LOOK,
    ...{ open: this.begin, swap: this.begin, back: this.begin, home: this.begin },
    ...{ shows: () => true, holds: () => true, changed: () => undefined, show: () => undefined },
    say: (text) => {
      this.said = text;
    },
  };

  constructor() {
    this.store.update(madeUpMachine());
  }

  get places(): Place[] {
    return placesOf(this.store.machine);
  }

  /** Every disk is another one by now, and so is every job. */
  change(): void {
    const machine: Machine = madeUpMachine();
    const disks = machine.disks.map((disk) => ({ ...disk, diskSequence: 99 }));
    this.store.update({ ...machine, disks });
    this.jobs = [{ folder: '/jobs/two', name: 'two', state: 'stopped' } as JobSummary];
  }
}

const jobsOf = (bench: Bench) => ({
  get jobs(): readonly JobSummary[] {
    return bench.jobs;
  },
  ...{ problem: undefined, look: async () => undefined },
});

/** Every screen whose list comes and goes, and the keys that are about the item that the cursor is on. */
const VIEWS: Readonly<Record<string, readonly [keys: readonly string[], make: (bench: Bench) => View]>> = {
  disks: [
    ['enter', 'b'],
    (bench) => {
      const { begin } = bench;
      const { images, archives, settings, jobs } = {
        images: begin,
        archives: begin,
        settings: begin,
        jobs: begin,
      };
      const actions = { rescue: begin, jobs, job: begin, images, archives, boot: begin, settings };
      return new HomeView(bench.store, jobsOf(bench), actions);
    },
  ],
  source: [['enter'], (bench) => new SourceView(() => bench.places, undefined, bench.begin)],
  target: [
    ['enter'],
    (bench) => new TargetView(bench.store, () => rescueLoad(bench.places[2] as Place), bench.begin),
  ],
  folder: [
    ['enter'],
    (bench) => new FolderView(() => folderOptions(bench.store.machine, 'write', undefined), bench.begin),
  ],
  marks: [
    ['enter', 'space'],
    (bench) =>
      new MarkView(
        () => bench.places,
        () => undefined,
        bench.begin,
      ),
  ],
  jobs: [
    ['enter', 'r', 'o', 'v'],
    (bench) => {
      const { begin } = bench;
      return new JobsView(jobsOf(bench), { sensible: begin, goOn: begin, report: begin, compare: begin });
    },
  ],
};

for (const [name, [keys, make]] of Object.entries(VIEWS)) {
  test(`${name}: a key that comes while the list changes is not taken, and that is said`, () => {
    for (const key of keys) {
      const bench = new Bench();
      const view = make(bench);
      view.panes(AREA, LOOK);
      bench.change();
      view.key(key, bench.desk);
      assert.equal(bench.said, WORDS.listChanged, key);
      assert.equal(bench.begun, 0, `${key} was taken`);
      bench.said = '';
      view.panes(AREA, LOOK);
      view.key(key, bench.desk);
      assert.notEqual(bench.said, WORDS.listChanged, `${key} is not taken when the list was drawn again`);
    }
    const bench = new Bench();
    const view = make(bench);
    view.panes(AREA, LOOK);
    bench.change();
    view.key('down', bench.desk);
    assert.equal(bench.said, '', 'a key that only moves means nothing but the list');
  });
}

test('the sentence fits its row', () => {
  assert.ok(WORDS.listChanged.length < 80);
});
