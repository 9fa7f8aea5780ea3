import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JobEvent } from '../../src/jobs/job-events.ts';
import { MachineStore } from '../../src/tui/disks/machine-store.ts';
import { type Place, placesOf } from '../../src/tui/disks/place.ts';
import type { Pane, Rect } from '../../src/tui/frame/pane.ts';
import { paneRows } from '../../src/tui/frame/pane.ts';
import { footerText, GLOBAL_KEYS } from '../../src/tui/keys.ts';
import type { Look } from '../../src/tui/look.ts';
import { JobsStore } from '../../src/tui/rescue/jobs-store.ts';
import { GENTLE, proofFor, sourcesOn } from '../../src/tui/rescue/rescue-choice.ts';
import { targetOptions } from '../../src/tui/rescue/target-options.ts';
import { WatchedJob } from '../../src/tui/rescue/watched-job.ts';
import type { Desk, View } from '../../src/tui/view.ts';
import { ConfirmView } from '../../src/tui/views/confirm-view.ts';
import { FilesView } from '../../src/tui/views/files-view.ts';
import { HelpView } from '../../src/tui/views/help-view.ts';
import { HomeView } from '../../src/tui/views/home-view.ts';
import { JobsView } from '../../src/tui/views/jobs-view.ts';
import { MannerView } from '../../src/tui/views/manner-view.ts';
import { NoticeView } from '../../src/tui/views/notice-view.ts';
import { ReportView } from '../../src/tui/views/report-view.ts';
import { RunningView } from '../../src/tui/views/running-view.ts';
import { SourceView } from '../../src/tui/views/source-view.ts';
import { TargetView } from '../../src/tui/views/target-view.ts';
import { madeUpMachine } from '../support/made-up-machine.ts';

const SIZES = [
  [80, 24],
  [80, 25],
  [100, 30],
  [120, 40],
  [200, 60],
] as const;

const LOOKS: readonly Look[] = [
  { charset: 'unicode', charts: 'braille', colour: true },
  { charset: 'ascii', charts: 'ascii', colour: false },
];

const ignore = (): void => undefined;

const DONE: Extract<JobEvent, { event: 'done' }> = {
  event: 'done',
  interruption: undefined,
  domainBytes: 4e11,
  savedBytes: 4e11 - 4096,
  badBytes: 4096,
  badAreas: 3,
  missingBytes: 0,
  undecidedBytes: 0,
  unmarkedBytes: 0,
  reads: 5000,
  failedReads: 12,
  elapsedMs: 4_000_000,
  verdict: 'losses',
  damage: {
    traced: true,
    damagedFiles: 2,
    lostFiles: 0,
    damagedDirectories: 0,
    damagedSystemFiles: 0,
    unhurtFiles: 0,
    freeBytes: 0,
    unknownBytes: 0,
    items: Array.from({ length: 60 }, (_, i) => ({
      path: `Users/Ada/Pictures/a folder with a long name/${'x'.repeat(i * 3)}日本 ${i}.jpg`,
      stream: '',
      attribute: '$DATA',
      kind: 'file' as const,
      sizeBytes: 1e6 * i,
      lostBytes: 512 * i,
      pieceCount: i,
      firstOffset: 0,
      recordLost: false,
    })),
    notes: [],
  },
  cells: '+?~*- '.repeat(600),
  map: '/mnt/backup/sda2.img.map',
  report: undefined,
  verify: undefined,
  job: undefined,
} as Extract<JobEvent, { event: 'done' }>;

const EVENTS: readonly JobEvent[] = [
  {
    event: 'start',
    version: '0.1.0',
    source: {
      path: '/dev/sda2',
      kind: 'block',
      sizeBytes: 1e12,
      model: 'WDC',
      serial: 'X',
      sectorBytes: 512,
      physicalSectorBytes: 4096,
      directIo: true,
    },
    target: {
      path: '/mnt/backup/sda2.img',
      kind: 'file',
      sizeBytes: 1e12,
      model: undefined,
      serial: undefined,
    },
    map: '/mnt/backup/sda2.img.map',
    resumed: false,
  } as JobEvent,
  {
    event: 'progress',
    phase: 'copy',
    stage: 'used',
    pass: 1,
    elapsedMs: 1_858_000,
    position: 5e11,
    domainBytes: 4.1e11,
    savedBytes: 2.1e11,
    untriedBytes: 1.9e11,
    skippedBytes: 1.2e9,
    badBytes: 3.4e6,
    badAreas: 87,
    failedReads: 412,
    reads: 90_000,
    rate: 96e6,
    averageRate: 118e6,
    timeLeft: { shortestSeconds: 1620, longestSeconds: 2400 },
    waitingFor: undefined,
    waitingMs: 0,
    mapAgeMs: 4000,
    cells: '+?~*- '.repeat(600),
  } as JobEvent,
  { event: 'fault', start: 536870912, end: 536875008, phase: 'copy', decided: false },
  { event: 'note', message: '日本\u001b[2J a note that is longer than any screen is wide '.repeat(6) },
];

/** Every view, as it may be seen. */
async function views(): Promise<View[]> {
  const store = new MachineStore();
  store.update(madeUpMachine());
  const [whole, , windows] = placesOf(store.machine) as [Place, Place, Place];
  const over = targetOptions(store.machine, windows).find(({ kind }) => kind === 'device') as {
    place: Place;
  };
  const target = { kind: 'device' as const, path: '/dev/nvme0n1', place: over.place };
  const link = {
    events: (async function* () {
      yield* EVENTS;
    })(),
    send: ignore,
    kill: ignore,
  };
  const job = new WatchedJob(link, ignore);
  const asking = new WatchedJob(
    {
      ...link,
      events: (async function* () {
        yield* EVENTS;
        yield {
          event: 'question',
          code: 'hopeless-left',
          message: 'What is left is lost. '.repeat(9),
          advice: 'Do.',
        } as JobEvent;
      })(),
    },
    ignore,
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  const home = new HomeView(store, new JobsStore(), ignore, ignore);
  const manner = { ...GENTLE, personalFirst: true, folders: ['Users/Ada'] };
  return [
    home,
    new SourceView(sourcesOn(whole), whole, ignore),
    new TargetView(store, windows, ignore),
    new MannerView('/dev/sda2', ignore),
    new FilesView('/dev/sda2', new Set(['Users/Ada/Documents'])),
    new ConfirmView({ source: windows, target, manner }, ignore),
    new ConfirmView(
      {
        source: windows,
        target: { kind: 'file', path: '/mnt/x.img', place: undefined, on: undefined },
        manner,
      },
      ignore,
    ),
    new RunningView(job),
    new RunningView(asking),
    new ReportView(DONE, 'sda2 to backup'),
    new JobsView(new JobsStore(), ignore),
    new NoticeView('It does not start', ['Because. '.repeat(40), 'Do this.'], 'warn'),
    new HelpView(home),
  ];
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
    for (const view of await views()) {
      for (const [columns, rows] of SIZES) {
        for (const look of LOOKS) {
          const area = { left: 0, top: 1, width: columns, height: rows - 3 };
          const panes = view.panes(area, look).filter(({ rect }) => rect.width > 0 && rect.height > 0);
          const at = `${view.constructor.name} at ${columns}x${rows}`;
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

  test('names its keys in a footer of 80 columns, help among them, and gives no global key another meaning', async () => {
    const globals = new Set<string>(Object.values(GLOBAL_KEYS).flatMap(({ keys }) => [...keys]));
    const own = new Set(['escape', 'q', 'C-c']);
    for (const view of await views()) {
      const footer = footerText(view.keys, 80);
      assert.ok(footer.length <= 80, `${view.constructor.name}: ${footer}`);
      assert.match(footer, /\? help$/);
      for (const key of view.keys.flatMap(({ keys }) => keys)) {
        assert.ok(
          !globals.has(key) || own.has(key),
          `${view.constructor.name} takes ${key}, which is global`,
        );
      }
    }
  });

  test('starts nothing by Escape or by keys that it does not name', async () => {
    for (const view of await views()) {
      const said: string[] = [];
      const desk = {
        look: LOOKS[0],
        open: () => said.push('open'),
        swap: () => said.push('swap'),
        back: () => said.push('back'),
        home: () => said.push('home'),
        changed: ignore,
        say: ignore,
      } as unknown as Desk;
      const named = new Set(view.keys.flatMap(({ keys }) => keys));
      if (view.typing) continue;
      for (const key of ['escape', 'x', 'z', '0', '!', 'f9', 'C-x', 'insert']) {
        if (!named.has(key) || key === 'escape') view.key(key, desk);
      }
      assert.deepEqual(said, [], view.constructor.name);
    }
  });
});

describe('a target that is written over', () => {
  test('is never the source, the system, a mounted, a smaller or a missing disk', () => {
    const machine = madeUpMachine();
    const windows = placesOf(machine)[2] as Place;
    const options = targetOptions(machine, windows);
    const over = options.filter(({ kind, refusal }) => kind === 'device' && !refusal);
    for (const { place } of over) {
      assert.notEqual(place.disk.name, 'sda');
      assert.notEqual(place.disk.name, 'sdb', 'too small');
      assert.notEqual(place.disk.name, 'sdd', 'gone');
    }
    assert.equal(
      options.filter(({ place }) => place.disk.name === 'sda').every(({ refusal }) => refusal),
      true,
    );
  });

  test('has to be proven by the end of its serial number, or by its size', () => {
    const [sda, , , nvme, , , sdc] = placesOf(madeUpMachine()) as Place[];
    assert.deepEqual(proofFor(nvme as Place), { kind: 'serial', shown: 'S5GXNX0R5____', wanted: '1422' });
    assert.equal(proofFor(sda as Place).wanted, 'K9P1');
    assert.deepEqual(proofFor(sdc as Place), { kind: 'size', shown: '______ MB', wanted: '500000' });
  });

  test('takes nothing but the proof: not Enter, not part of it, not the proof of another', () => {
    const machine = madeUpMachine();
    const places = placesOf(machine);
    const source = places[2] as Place;
    const place = places[3] as Place;
    const target = { kind: 'device' as const, path: '/dev/nvme0n1', place };
    let started = 0;
    const desk = { say: ignore } as unknown as Desk;
    const type = (view: ConfirmView, text: string): void => {
      for (const key of text) view.key(key, desk);
      view.key('enter', desk);
    };
    for (const wrong of ['', '142', 'K9P1', '14222'.slice(0, 3), 'yes', '2241']) {
      const view = new ConfirmView({ source, target, manner: GENTLE }, () => started++);
      type(view, wrong);
    }
    assert.equal(started, 0);
    type(new ConfirmView({ source, target, manner: GENTLE }, () => started++), '1422');
    assert.equal(started, 1);
  });
});
