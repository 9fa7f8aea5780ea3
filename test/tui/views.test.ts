import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { VolumePlace } from '../../src/jobs/folder-listing.ts';
import type { JobEvent } from '../../src/jobs/job-events.ts';
import type { JobSummary } from '../../src/jobs/job-list.ts';
import type { TargetFileState } from '../../src/jobs/target-file-state.ts';
import type { Disk, Machine, Partition } from '../../src/probe/machine.ts';
import { keyOf, nameOf, type Place, placeNow, placesOf, sizeOf } from '../../src/tui/disks/place.ts';
import { folderOptions } from '../../src/tui/files/folder-options.ts';
import { Cursor } from '../../src/tui/frame/cursor.ts';
import type { Pane, Rect } from '../../src/tui/frame/pane.ts';
import { paneRows } from '../../src/tui/frame/pane.ts';
import { footerText, GLOBAL_KEYS, type KeyBinding } from '../../src/tui/keys.ts';
import type { Look } from '../../src/tui/look.ts';
import { rescueOf } from '../../src/tui/rescue/job-of-place.ts';
import { rescueLoad } from '../../src/tui/rescue/load.ts';
import { proofFor } from '../../src/tui/rescue/rescue-choice.ts';
import { proofOfNoWrites, sourceDiskOf } from '../../src/tui/rescue/source-disk.ts';
import { targetOptions } from '../../src/tui/rescue/target-options.ts';
import { WatchedJob } from '../../src/tui/rescue/watched-job.ts';
import { diskLines } from '../../src/tui/running/place-lines.ts';
import type { Desk, View } from '../../src/tui/view.ts';
import { ConfirmView } from '../../src/tui/views/confirm-view.ts';
import { JobsView } from '../../src/tui/views/jobs-view.ts';
import { MannerView } from '../../src/tui/views/manner-view.ts';
import { RunningView } from '../../src/tui/views/running-view.ts';
import { START } from '../support/made-up-job.ts';
import { madeUpMachine } from '../support/made-up-machine.ts';
import { madeUpReport, madeUpScreens } from '../support/made-up-screens.ts';

const SIZES = [
  [80, 24],
  [80, 25],
  [100, 30],
  [120, 40],
  [128, 48],
  [200, 60],
] as const;

const LOOKS: readonly Look[] = [
  { charset: 'unicode', charts: 'braille', colour: true },
  { charset: 'ascii', charts: 'ascii', colour: false },
];

const ignore = (): void => undefined;

/** A desk that only notes what is asked of it. */
function noting(): Desk & { readonly noted: string[] } {
  const noted: string[] = [];
  return {
    noted,
    look: LOOKS[0] as Look,
    open: () => noted.push('open'),
    swap: () => noted.push('swap'),
    shows: () => true,
    holds: () => true,
    back: () => noted.push('back'),
    home: () => noted.push('home'),
    changed: ignore,
    say: ignore,
    show: ignore,
  };
}

/** Views that ask again and again keep the process going until they are closed, also when a test fails. */
const opened: View[] = [];
afterEach(() => {
  for (const view of opened.splice(0)) view.closed?.();
});

/** Every screen, opened and with its keys pressed. */
async function views(): Promise<[name: string, view: View][]> {
  const screens = Object.entries(madeUpScreens()).map(([name, make]) => ({ name, ...make() }));
  const desk = noting();
  for (const { view } of screens) {
    opened.push(view);
    view.opened?.(desk);
  }
  await delay(30);
  for (const { view, keys = [] } of screens) for (const key of keys) view.key(key, desk);
  return screens.map(({ name, view }) => [name, view]);
}

const textOf = (pane: Pane, look: Look): string[] =>
  paneRows(pane, look.charset).map((row) => row.map(({ text }) => text).join(''));

const overlap = (a: Rect, b: Rect): boolean =>
  a.left < b.left + b.width &&
  b.left < a.left + a.width &&
  a.top < b.top + b.height &&
  b.top < a.top + a.height;

describe('every view', () => {
  test('fits every size, leaves no pane without its border, and lays none over another', async () => {
    for (const [name, view] of await views()) {
      for (const [columns, rows] of SIZES) {
        for (const look of LOOKS) {
          const area = { left: 0, top: 1, width: columns, height: rows - 3 };
          const panes = view.panes(area, look).filter(({ rect }) => rect.width > 0 && rect.height > 0);
          const at = `${name} at ${columns}x${rows}`;
          assert.ok(panes.length > 0, at);
          assert.equal(new Set(panes.map(({ id }) => id)).size, panes.length, `${at}: two panes of one name`);
          for (const pane of panes) {
            const { left, top, width, height } = pane.rect;
            assert.ok(left >= 0 && left + width <= columns, `${at}: ${pane.id} is too wide`);
            assert.ok(top >= 1 && top + height <= rows - 2, `${at}: ${pane.id} is too high`);
            assert.ok(height >= 3, `${at}: ${pane.id} has no room for a line`);
            for (const row of textOf(pane, look)) assert.equal(row.length, width, `${at}: ${row}`);
          }
          for (const [i, pane] of panes.entries()) {
            for (const other of panes.slice(i + 1)) {
              assert.ok(!overlap(pane.rect, other.rect), `${at}: ${pane.id} lies over ${other.id}`);
            }
          }
        }
      }
    }
  });

  test('says things that fit a row of 80 columns, and names its keys there, help among them', async () => {
    const bindings: readonly KeyBinding[] = Object.values(GLOBAL_KEYS);
    const globals = new Set(bindings.flatMap(({ keys }) => keys));
    const own = new Set(['escape', 'q', 'C-c']);
    for (const [name, view] of await views()) {
      const footer = footerText(view.keys, 80);
      assert.ok(footer.length <= 80, `${name}: ${footer}`);
      assert.match(footer, /\? help$/);
      assert.ok((view.hint ?? '').length < 80, `${name}: ${view.hint}`);
      assert.ok(view.title.length > 0 && view.purpose.length > 0, name);
      // A view may name one that means the same everywhere, but mean nothing else by it.
      const taken = view.keys.filter((binding) => !bindings.includes(binding));
      for (const key of taken.flatMap(({ keys }) => keys)) {
        assert.ok(!globals.has(key) || own.has(key), `${name} takes ${key}, which is global`);
      }
    }
  });

  test('starts nothing by Escape or by keys that it does not name', async () => {
    for (const [name, view] of await views()) {
      const desk = noting();
      const named = new Set(view.keys.flatMap(({ keys }) => keys));
      if (view.typing) continue;
      for (const key of ['escape', 'x', 'z', '0', '!', 'f9', 'C-x', 'insert']) {
        if (!named.has(key) || key === 'escape') view.key(key, desk);
      }
      assert.deepEqual(
        desk.noted.filter((what) => what !== 'back'),
        [],
        name,
      );
    }
  });
});

describe('the chosen disk', () => {
  test('is told to be rescued, written to, or begun with, by its serial number and its part', () => {
    const places = placesOf(madeUpMachine());
    const named = (name: string): Place => places.find((place) => nameOf(place) === name) as Place;
    const [disk, windows, nvme] = [named('sda'), named('sda2'), named('nvme0n1')];
    const end = (place: Place, path: string) => ({
      path,
      kind: 'block' as const,
      sizeBytes: sizeOf(place),
      ...(place.disk.serial !== undefined && { serial: place.disk.serial }),
      ...(place.partition && { partitionStartBytes: place.partition.startBytes }),
    });
    // It was called something else then.
    const job = (state: JobSummary['state']) =>
      [
        { state, record: { source: end(windows, '/dev/sdx2'), target: end(nvme, '/dev/sdy') } },
      ] as unknown as JobSummary[];
    const said = (place: Place, state: JobSummary['state']) => rescueOf(place, job(state)) ?? '';
    assert.match(said(windows, 'running'), /being rescued/);
    assert.match(said(disk, 'running'), /being rescued/);
    assert.match(said(nvme, 'running'), /writes to it/);
    assert.match(said(windows, 'stopped'), /was begun/);
    assert.deepEqual(
      [said(nvme, 'stopped'), said(windows, 'saved'), said(named('sda1'), 'running')],
      ['', '', ''],
    );
  });
});

describe('a rescue whose process has died', () => {
  test('names the key that goes on with it only where that does', async () => {
    const started = (job: string | undefined): JobEvent => ({ ...START, job }) as JobEvent;
    const ways: readonly (readonly [job: string | undefined, events: readonly JobEvent[]])[] = [
      ['/jobs/one', [started('/jobs/one')]],
      [undefined, [started(undefined)]],
      [undefined, []],
    ];
    for (const [job, events] of ways) {
      const went: string[] = [];
      const told = (async function* () {
        yield* events;
      })();
      const dead = new WatchedJob({ events: told, send: ignore }, ignore);
      await delay(5);
      const view = new RunningView(dead, {
        disk: () => undefined,
        goOn: (folder) => void went.push(folder),
      });
      view.key('r', noting());
      assert.deepEqual(went, job === undefined ? [] : [job]);
      const [look] = LOOKS as [Look];
      const panes = view.panes({ left: 0, top: 1, width: 80, height: 21 }, look);
      const screen = [footerText(view.keys, 80), view.hint, ...panes.flatMap((pane) => textOf(pane, look))];
      assert.equal(/\br\b/.test(screen.join(' ').replace(/R\/O/g, '')), job !== undefined);
    }
  });
});

describe('the list of jobs', () => {
  test('says that it is of before when it cannot be read any more', () => {
    const job = { folder: '/jobs/one', name: 'one', state: 'running' } as JobSummary;
    const problem = 'It could not be read: nothing was heard for 60 s.';
    const store = { jobs: [job], problem, look: async () => undefined };
    const actions = { sensible: ignore, goOn: ignore, report: ignore, compare: ignore };
    const [look] = LOOKS as [Look];
    const panes = new JobsView(store, actions).panes({ left: 0, top: 1, width: 80, height: 21 });
    const [list = []] = panes.map((pane) => textOf(pane, look));
    assert.match(list.join(' '), /of before.*60 s.*> one/);
  });
});

describe('a report', () => {
  test('shows that its list is being written, and since when; who leaves that hears what came of it', async () => {
    const said: string[] = [];
    const desk = { ...noting(), say: (text: string) => void said.push(text) };
    let end: (problem: string | undefined) => void = ignore;
    const paths: string[] = [];
    const save = (path: string): Promise<string | undefined> => {
      paths.push(path);
      return new Promise((resolve) => {
        end = resolve;
      });
    };
    const view = madeUpReport(save);
    opened.push(view);
    const area = { left: 0, top: 1, width: 80, height: 21 };
    const screen = (): string =>
      [...view.panes(area, LOOKS[0] as Look).flatMap((pane) => textOf(pane, LOOKS[0] as Look))].join(' ');
    const writing = /Writing the list to damaged-files.txt .*Waiting for an answer, 0 s .*Esc goes back/;
    for (const key of ['x', 'enter']) view.key(key, desk);
    assert.match(screen(), writing);
    for (const key of ['enter', 'r', 'x', 'q']) view.key(key, desk);
    assert.equal(paths.length, 1, 'a key is taken while it waits');
    assert.deepEqual(desk.noted, []);
    assert.equal(view.dismiss?.(), true);
    assert.doesNotMatch(screen(), /Writing|To:/);
    end(undefined);
    await delay(1);
    assert.deepEqual(said, [`The list is in ${paths[0]}.`]);
    // Where it is refused another name can be typed at once.
    for (const key of ['x', 'enter']) view.key(key, desk);
    end('It is full.');
    await delay(1);
    assert.equal(said[1], 'It is full.');
    assert.doesNotMatch(screen(), writing);
    assert.equal(view.typing, true);
  });

  test('says how much of the result has no room on a small screen, and shows all of it', () => {
    const view = madeUpScreens()['report-long']?.().view;
    assert.ok(view);
    const [look] = LOOKS as [Look];
    const area = { left: 0, top: 1, width: 80, height: 21 };
    const shown = (of: View): string[] => of.panes(area, look).flatMap((pane) => textOf(pane, look));
    const [first = ''] = shown(view);
    const count = Number(/a: all (\d+) lines/.exec(first)?.[1]);
    assert.ok(count > 9, first);
    assert.ok(!shown(view).join(' ').includes('counted 0 writes'), 'there is room for the last line');
    const opened: View[] = [];
    view.key('a', { ...noting(), open: (other) => void opened.push(other) });
    assert.match(shown(opened[0] as View).join(' '), /counted 0 writes/);
    const roomy = view.panes({ ...area, height: 57 }, look)[0];
    assert.equal(roomy?.corner, '');
  });
});

describe('the disk of a source', () => {
  const machine = madeUpMachine();
  const [sda] = machine.disks as [Disk];
  const { path, sizeBytes, serial } = sda;
  const as = (by: Partial<Disk>): Machine => ({ ...machine, disks: [{ ...sda, ...by }] });
  const stranger = { serial: 'ANOTHER', diskSequence: 8 };

  test('is looked at while it is saved, under whatever name it came back, and never another one of its name', () => {
    const source = { path, sizeBytes, serial, diskSequence: 7 };
    const found = (by: Partial<Disk>): Disk | undefined => sourceDiskOf(as(by), source);
    assert.ok(found({ diskSequence: 7 }));
    assert.ok(found({ name: 'sdq', path: '/dev/sdq', diskSequence: 9 }), 'it came back');
    assert.equal(found(stranger), undefined);
    const { serial: _, ...silent } = sda;
    const unsaid = { ...source, serial: undefined };
    const now = (disk: Disk): Disk | undefined => sourceDiskOf({ ...machine, disks: [disk] }, unsaid);
    assert.ok(now({ ...silent, diskSequence: 9 }));
    assert.equal(now({ ...silent, diskSequence: 9, sizeBytes: sizeBytes / 2 }), undefined);
  });

  test('is said not to have been written to only where it has not been unplugged since the run', () => {
    assert.match(proofOfNoWrites(as({ diskSequence: 7 }), { sourceSequence: 7 }) ?? '', /0 writes to sda/);
    const traffic = { ...sda.traffic, writes: 1 };
    for (const by of [{ diskSequence: 7, traffic }, { diskSequence: 9 }, stranger]) {
      assert.equal(proofOfNoWrites(as(by), { sourceSequence: 7 }), undefined);
    }
    // A loop device has the writes of all files that it ever stood for, and is not accused of them.
    const told = (disk: Partial<Disk>): string => diskLines({ ...sda, ...disk })[0]?.[0]?.text ?? '';
    assert.match(told({ traffic }), /^1 write to it since it was attached/);
    assert.match(
      told({ traffic, kind: 'loop', name: 'loop3' }),
      /^1 write, those to earlier files as loop3 too$/,
    );
    assert.match(told({ kind: 'loop' }), /^0 writes to it/);
    // Of a run before this start of the system nothing is counted.
    assert.equal(proofOfNoWrites(as({ diskSequence: 7 }), {}), undefined);
  });
});

describe('a target', () => {
  test('that is written over is never the source, the system, a mounted, a smaller, a failing or a missing disk', () => {
    const machine = madeUpMachine();
    const windows = placesOf(machine)[2] as Place;
    const options = targetOptions(machine, rescueLoad(windows));
    const over = options.filter(({ kind, refusal }) => kind === 'device' && !refusal);
    assert.ok(over.length > 0);
    for (const { place } of over) {
      assert.notEqual(place.disk.name, 'sda');
      assert.notEqual(place.disk.name, 'sdb', 'too small');
      assert.notEqual(place.disk.name, 'sdd', 'gone');
    }
    assert.ok(options.filter(({ place }) => place.disk.name === 'sda').every(({ refusal }) => refusal));
  });

  test('that takes a file comes first, and is no volume that Windows has not closed, nor one that is too full', () => {
    const machine = madeUpMachine();
    const windows = placesOf(machine)[2] as Place;
    const options = targetOptions(machine, rescueLoad(windows));
    const [first] = options;
    assert.equal(first?.kind, 'file');
    assert.equal(first?.refusal, undefined);
    const drives = options.filter(({ on, refusal }) => on !== undefined && !refusal);
    assert.deepEqual(
      drives.map(({ on }) => on),
      ['/dev/sde1'],
    );
    assert.deepEqual(
      options.filter(({ place, kind }) => place.partition?.name === 'sde2' && kind === 'file'),
      [],
      'a volume that was not closed cleanly is offered for a file',
    );
  });

  test('for files is no drive that is gone', () => {
    const machine = madeUpMachine();
    const drives = (disks: readonly Disk[]): readonly (string | undefined)[] =>
      folderOptions({ ...machine, disks }, 'write', undefined)
        .filter(({ place, refusal }) => place.disk.name === 'sde' && !refusal)
        .map(({ on }) => on);
    const gone = (disk: Disk): Disk =>
      disk.name === 'sde' ? { ...disk, state: { kind: 'gone', sinceMs: 0 } } : disk;
    assert.deepEqual(drives(machine.disks), ['/dev/sde1']);
    assert.deepEqual(drives(machine.disks.map(gone)), []);
  });

  test('has to be proven by the end of its serial number, or by its size', () => {
    const [sda, , , nvme, , , sdc] = placesOf(madeUpMachine()) as Place[];
    assert.deepEqual(proofFor(nvme as Place), { kind: 'serial', shown: 'S5GXNX0R5____', wanted: '1422' });
    assert.equal(proofFor(sda as Place).wanted, 'K9P1');
    // What has to be typed has no blank in it: lines are taken without those around them.
    assert.equal(proofFor({ ...nvme, disk: { ...nvme?.disk, serial: 'AB 0 12 3' } } as Place).wanted, '0123');
    assert.deepEqual(proofFor(sdc as Place), { kind: 'size', shown: '______ MB', wanted: '500000' });
  });

  test('that is a new file is not begun by Enter that is pressed again and again, or held, on the way there', async () => {
    const [, , source, place] = placesOf(madeUpMachine()) as Place[];
    assert.ok(source && place);
    const target = { kind: 'file' as const, path: '/mnt/backup/x.img', place, on: undefined };
    let [started, tell] = [0, (_: TargetFileState): void => undefined];
    const look = (): Promise<TargetFileState> => new Promise((resolve) => (tell = resolve));
    const deed = { title: 'x', purpose: 'x', source, target, plan: [], now: (now: Place) => now, look };
    const view = new ConfirmView(deed, () => started++);
    view.opened(noting());
    view.key('enter', noting());
    tell({ kind: 'new' });
    await delay(1);
    for (const _time of [1, 2, 3]) view.key('enter', noting());
    assert.equal(started, 0, 'nobody has read what is there');
    await delay(600);
    view.key('enter', noting());
    assert.equal(started, 1);
  });

  test('is not begun with when another disk has its name by then, whatever was typed', () => {
    const machine = madeUpMachine();
    const places = placesOf(machine);
    const [source, place] = [places[2], places[3]] as [Place, Place];
    const start = (now: Machine): readonly [started: number, screen: string] => {
      let started = 0;
      const desk = noting();
      const deed = { title: 'x', purpose: 'x', source, plan: [], look: async () => undefined };
      const target = { kind: 'device' as const, path: '/dev/nvme0n1', place };
      const view = new ConfirmView({ ...deed, target, now: (each) => placeNow(now, each) }, () => started++);
      for (const key of '1422') view.key(key, desk);
      view.key('enter', desk);
      const [look] = LOOKS as [Look];
      const panes = view.panes({ left: 0, top: 1, width: 80, height: 21 });
      return [started, panes.flatMap((pane) => textOf(pane, look)).join('\n')];
    };
    const swapped = (from: string, by: Partial<Disk>): Machine => ({
      ...machine,
      disks: machine.disks.map((disk) => (disk.name === from ? { ...disk, ...by } : disk)),
    });
    assert.equal(start(machine)[0], 1);
    const others = [
      swapped('nvme0n1', { diskSequence: 99 }),
      swapped('nvme0n1', { serial: 'ANOTHER' }),
      swapped('sda', { diskSequence: 99 }),
      swapped('nvme0n1', { state: { kind: 'gone', sinceMs: 0 } }),
      { ...machine, disks: machine.disks.filter(({ name }) => name !== 'nvme0n1') },
    ];
    for (const now of others) {
      const [started, screen] = start(now);
      assert.equal(started, 0);
      assert.match(screen, /another disk has its name now/);
      assert.ok(!screen.includes('ANOTHER'), 'it names the other disk');
    }
  });

  test('is told apart from another partition of the same number, as a table has that the kernel has not read', () => {
    const [disk] = madeUpMachine().disks as [Disk];
    const [first] = disk.partitions as [Partition];
    const { name: _, path: __, ...unnamed } = first;
    const twice = { ...disk, partitions: [first, { ...unnamed, startBytes: first.startBytes + (4 << 20) }] };
    const cursor = new Cursor<Place>(keyOf);
    const places = placesOf({ takenMs: 0, disks: [twice] });
    for (const _step of places) cursor.move('down', places, places.length);
    assert.equal(cursor.on(places), places.at(-1), 'the cursor does not come to the last one');
  });

  test('takes nothing but the proof: not Enter, not part of it, not the proof of another', () => {
    const machine = madeUpMachine();
    const places = placesOf(machine);
    const source = places[2] as Place;
    const place = places[3] as Place;
    const target = { kind: 'device' as const, path: '/dev/nvme0n1', place };
    let started = 0;
    const desk = noting();
    const view = (): ConfirmView =>
      new ConfirmView(
        {
          title: 'x',
          purpose: 'x',
          source,
          target,
          plan: [],
          now: (now) => now,
          look: async () => undefined,
        },
        () => started++,
      );
    const type = (typed: ConfirmView, text: string): void => {
      for (const key of text) typed.key(key, desk);
      typed.key('enter', desk);
    };
    for (const wrong of ['', '142', 'K9P1', '14222'.slice(0, 3), 'yes', '2241']) type(view(), wrong);
    assert.equal(started, 0);
    // What is too long is not cut into what is right; after a wrong answer the field is empty for the next one.
    const again = view();
    type(again, '14221422');
    type(again, '14');
    assert.equal(started, 0);
    for (const key of 'K9') again.key(key, desk);
    again.key('C-u', desk);
    type(again, '1422');
    assert.equal(started, 1, 'a second try does not count');
    started = 0;
    const right = view();
    type(right, '1422');
    assert.equal(started, 1);
    right.key('enter', desk);
    assert.equal(started, 1, 'a second Enter starts a second rescue');
  });
});

test('folders can be chosen to be first as soon as it is known that there are some', () => {
  let found: VolumePlace | 'asking' | undefined = 'asking';
  const view = new MannerView(() => found, ignore);
  const desk = noting();
  const said: string[] = [];
  const talking = { ...desk, say: (text: string) => void said.push(text) };
  const shown = (): string =>
    view
      .panes({ left: 0, top: 1, width: 80, height: 21 })
      .flatMap((pane) => textOf(pane, LOOKS[0] as Look))
      .join('\n');
  assert.match(shown(), /shows when the disk has been looked at/);
  view.key('f', talking);
  assert.match(said.join(), /shows when the disk has been looked at/);
  found = undefined;
  assert.match(shown(), /when one NTFS partition is saved/);
  found = { name: 'sda2', path: '/dev/sda2', from: undefined, map: undefined };
  assert.match(shown(), /f: choose folders to be saved first/);
  view.key('f', talking);
  assert.deepEqual(desk.noted, ['open']);
});
