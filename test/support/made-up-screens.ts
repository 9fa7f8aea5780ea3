import { setTimeout as delay } from 'node:timers/promises';
import type { JobEvent } from '../../src/jobs/job-events.ts';
import type { JobSummary } from '../../src/jobs/job-list.ts';
import type { TargetFileState } from '../../src/jobs/target-file-state.ts';
import type { DamagedHolder, DamageSummary } from '../../src/rescue/damage.ts';
import { worstItems } from '../../src/rescue/damage.ts';
import { MachineStore } from '../../src/tui/disks/machine-store.ts';
import { type Place, placesOf } from '../../src/tui/disks/place.ts';
import { rescueLoad } from '../../src/tui/rescue/load.ts';
import type { ReportData } from '../../src/tui/rescue/report-data.ts';
import { sourcesOn, type TargetChoice } from '../../src/tui/rescue/rescue-choice.ts';
import { choiceOf, targetOptions } from '../../src/tui/rescue/target-options.ts';
import { WatchedJob } from '../../src/tui/rescue/watched-job.ts';
import { SettingsStore } from '../../src/tui/settings.ts';
import { CompareView } from '../../src/tui/views/compare-view.ts';
import { ConfirmView } from '../../src/tui/views/confirm-view.ts';
import { CopyView } from '../../src/tui/views/copy-view.ts';
import { FilesView } from '../../src/tui/views/files-view.ts';
import { FolderView } from '../../src/tui/views/folder-view.ts';
import { HelpView } from '../../src/tui/views/help-view.ts';
import { HomeView } from '../../src/tui/views/home-view.ts';
import { JobsView } from '../../src/tui/views/jobs-view.ts';
import { MannerView } from '../../src/tui/views/manner-view.ts';
import { MapView } from '../../src/tui/views/map-view.ts';
import { NoticeView } from '../../src/tui/views/notice-view.ts';
import { type ReportPorts, ReportView } from '../../src/tui/views/report-view.ts';
import { RunningView } from '../../src/tui/views/running-view.ts';
import { SettingsView } from '../../src/tui/views/settings-view.ts';
import { SourceView } from '../../src/tui/views/source-view.ts';
import { TargetView } from '../../src/tui/views/target-view.ts';
import { WaitView } from '../../src/tui/views/wait-view.ts';
import { WORDS } from '../../src/tui/words.ts';
import { madeUpArchives } from './made-up-archives.ts';
import { madeUpBoot } from './made-up-boot.ts';
import { madeUpImages } from './made-up-images.ts';
import { events, JOB, PROGRESS, picture, TB } from './made-up-job.ts';
import { madeUpMachine } from './made-up-machine.ts';
import { type MadeUpScreen, madeUpTask } from './made-up-screen.ts';

/** The moment at which everything here happens. */
export const MOMENT_MS = Date.UTC(2026, 10, 20, 16, 31, 7);

const ignore = (): void => undefined;
const never = async (): Promise<undefined> => undefined;
const silent = (): Promise<undefined> => new Promise(ignore);

const job = (more: readonly JobEvent[] = [], isOver = false): WatchedJob =>
  new WatchedJob(
    {
      events: (async function* () {
        yield* events();
        yield* more;
        if (!isOver) await delay(3_600_000, undefined, { ref: false });
      })(),
      send: ignore,
    },
    ignore,
  );

const PATHS = [
  'Users/Ada/Videos/wedding.mp4',
  'Users/Ada/Documents/mail.pst',
  'Users/Ada/Documents/thesis.docx',
  'Users/Ada/Pictures/2019/IMG_2231.jpg',
  'Users/Ada/Pictures/日本 a name that is much longer than any screen is wide, as names on some disks are, \u001b[2J and hostile.jpg',
  'Windows/System32/config/COMPONENTS.LOG2',
  'hiberfil.sys',
];

const FILES: DamagedHolder[] = Array.from({ length: 17 }, (_, i) => ({
  record: 1000 + i,
  path: PATHS[i] ?? `Users/Ada/Music/album ${i}/track ${i}.mp3`,
  otherPaths: [],
  stream: '',
  attribute: '$DATA',
  kind: i === 16 ? 'directory' : 'file',
  sizeBytes: 4_294_967_296 / (i + 1),
  lostBytes: Math.floor(2_097_152 / (i + 1) / 512) * 512,
  slackBytes: 0,
  diskBytes: Math.floor(2_097_152 / (i + 1) / 512) * 512,
  pieces: Array.from({ length: Math.min(3, i + 1) }, (_unused, n) => ({
    volumeOffset: 4.2e11 + i * 1e9 + n * 65_536,
    fileOffset: 1_048_576 * (n + 1),
    length: 4096 * (n + 1),
  })),
  pieceCount: Math.min(3, i + 1),
}));

const DAMAGE: DamageSummary = {
  traced: true,
  damagedFiles: 16,
  lostFiles: 0,
  damagedDirectories: 1,
  damagedSystemFiles: 0,
  unhurtFiles: 2,
  freeBytes: 0,
  unknownBytes: 8192,
  items: worstItems(FILES),
  notes: [],
};

const REPORT: ReportData = {
  ended: {
    verdict: 'losses',
    interruption: undefined,
    domainBytes: 4.124e11,
    savedBytes: 4.124e11 - 4_299_776,
    badBytes: 4_299_776,
    badAreas: 112,
    missingBytes: 0,
    undecidedBytes: 0,
    unmarkedBytes: 0,
    reads: 190_000,
    failedReads: 1208,
    elapsedMs: 8_140_000,
  },
  damage: DAMAGE,
  files: FILES,
  source: '/dev/sda2',
  target: '/dev/sde1:/Windows-2026-11-20.img',
  sourceBytes: TB - 6e8,
  verify: undefined,
  map: '/dev/sde1:/Windows-2026-11-20.img.map',
  report: `${JOB}/report.json`,
  job: JOB,
  cells: picture(3300).replaceAll('*', '+').replaceAll('~', '+'),
};

function summary(name: string, state: JobSummary['state'], share: number, at: string): JobSummary {
  const end = {
    path: '/dev/sda2',
    kind: 'block' as const,
    sizeBytes: TB - 6e8,
    model: 'WDC WD10EZEX-08WN4A0',
    serial: 'WD-WCC6Y7T2K9P1',
  };
  const domainBytes = 4.124e11;
  return {
    folder: `/run/lifeboat/stick/jobs/${name}`,
    name,
    state,
    record:
      state === 'away'
        ? undefined
        : {
            format: 1,
            lifeboat: '0.1.0',
            created: `${at}T20:40:00.000Z`,
            updated: `${at}T22:10:00.000Z`,
            source: end,
            target: {
              path: `/${name}.img`,
              kind: 'file',
              sizeBytes: TB - 6e8,
              on: { ...end, path: '/dev/sde1', serial: '575834', model: 'Elements' },
            },
            map: `/${name}.img.map`,
            mapOnDrive: true,
            label: 'Windows',
            options: {} as never,
            runs: 2,
            state: state === 'running' || state === 'interrupted' ? 'running' : (state as 'stopped'),
            progress: { domainBytes, savedBytes: domainBytes * share, badBytes: 1_153_434, badAreas: 9 },
            near: {},
          },
    holder:
      state === 'running'
        ? { pid: 4711, startTicks: '1', bootId: 'x', since: `${at}T22:00:00.000Z` }
        : undefined,
    map:
      state === 'away'
        ? undefined
        : { path: `/${name}.img.map`, savedBytes: domainBytes * share, badBytes: 1_153_434 },
    problem: state === 'away' ? 'the drive with its folder is not mounted' : undefined,
  };
}

const JOBS = {
  jobs: [
    summary('sda2-to-Windows-2026-11-20.img', 'stopped', 0.714, '2026-11-20'),
    summary('sdc-to-sdd', 'interrupted', 0.021, '2026-11-19'),
    summary('laptop', 'losses', 0.99999, '2026-11-02'),
    summary('photos', 'saved', 1, '2026-10-30'),
    summary('somewhere-else', 'away', 0, '2026-10-01'),
  ],
  problem: undefined,
  look: async () => undefined,
};

const NO_JOBS = { ...JOBS, jobs: [] };

/** A report, and what becomes of a list that is exported. */
export const madeUpReport = (save: ReportPorts['save'], data: ReportData = REPORT): ReportView =>
  new ReportView(data, {
    proof: () => 'The kernel has counted 0 writes to sda since it was attached.',
    ...{ goOn: ignore, files: ignore, compare: ignore, save },
    boot: { hint: never, open: ignore },
  });

/** Every screen of the dashboard by name, each as it may be seen. Made anew for each look. */
export function madeUpScreens(): Record<string, () => MadeUpScreen> {
  const store = new MachineStore();
  store.update(madeUpMachine(MOMENT_MS));
  const hiding = new MachineStore();
  const { host, ...machine } = madeUpMachine(MOMENT_MS);
  if (host) hiding.update({ ...machine, host: { ...host, hiddenDisks: 1 } });
  const places = placesOf(store.machine);
  const [whole, , windows] = places as [Place, Place, Place];
  const options = targetOptions(store.machine, rescueLoad(windows));
  const chosen = (kind: TargetChoice['kind']): TargetChoice => {
    const option = options.find((each) => each.kind === kind && !each.refusal);
    if (!option) throw new Error(`no target of kind ${kind}`);
    return choiceOf(option, rescueLoad(windows));
  };
  const empty = new MachineStore();
  const nothing = new MachineStore();
  nothing.update({ takenMs: MOMENT_MS, disks: [] });
  const actions = {
    rescue: ignore,
    jobs: ignore,
    job: ignore,
    images: ignore,
    archives: ignore,
    boot: ignore,
    settings: ignore,
  };
  const home = (jobs = JOBS, of = store): HomeView => new HomeView(of, jobs, actions);
  const running = { disk: () => whole.disk, goOn: ignore };
  const report = (data: ReportData = REPORT): ReportView => madeUpReport(never, data);
  const jobActions = { sensible: ignore, goOn: ignore, report: ignore, compare: ignore };
  const listing = async () => ({
    kind: 'entries' as const,
    entries: [
      ...['Desktop', 'Documents', 'Pictures', 'Videos'].map((name) => ({
        path: `Users/Ada/${name}`,
        type: 'folder',
        sizeBytes: 0,
      })),
      { path: 'Users/Ada/notes.txt', type: 'file', sizeBytes: 4711 },
      { path: 'Users/Ada/wedding.mp4', type: 'file', sizeBytes: 4_294_967_296, missingBytes: 2_097_152 },
      { path: 'Users/Ada/日本\u001b[2J.jpg', type: 'file', sizeBytes: 812_000 },
    ],
  });
  const volume = { name: 'sda2', path: '/dev/sda2', from: undefined, map: undefined };
  const plan = [WORDS.confirm.estimate('384.1 GiB', true, '34 min to 1 h 54 min'), WORDS.confirm.plan];
  const confirm = (target: TargetChoice, file: TargetFileState = { kind: 'new' }): ConfirmView =>
    new ConfirmView(
      {
        title: WORDS.confirm.title,
        purpose: WORDS.confirm.purpose,
        source: windows,
        target,
        plan,
        now: (place) => place,
        look: async () => file,
      },
      ignore,
    );
  return {
    home: () => ({ view: home() }),
    'home-first-moment': () => ({ view: home(NO_JOBS, empty) }),
    'home-no-disk': () => ({ view: home(NO_JOBS, nothing) }),
    'home-hidden': () => ({ view: home(JOBS, hiding) }),
    'home-partition': () => ({ view: home(NO_JOBS), keys: ['down', 'down'] }),
    'home-silent': () => ({ view: home(NO_JOBS), keys: ['end', 'up', 'up', 'up', 'up'] }),
    'home-jobs': () => ({ view: home(), keys: ['tab'] }),
    source: () => ({ view: new SourceView(() => sourcesOn(whole), whole, ignore) }),
    target: () => ({ view: new TargetView(store, () => rescueLoad(windows), ignore) }),
    'target-erase': () => ({
      view: new TargetView(store, () => rescueLoad(windows), ignore),
      keys: ['down', 'down', 'down'],
    }),
    'target-refused': () => ({
      view: new TargetView(store, () => rescueLoad(windows), ignore),
      keys: ['end', 'enter'],
    }),
    'target-path': () => ({ view: new TargetView(store, () => rescueLoad(windows), ignore), keys: ['p'] }),
    manner: () => ({ view: new MannerView(() => volume, ignore), keys: ['space', 'down'] }),
    files: () => ({
      view: new FilesView(volume, new Set(['Users/Ada/Documents']), undefined, listing),
      keys: ['down'],
    }),
    confirm: () => ({ view: confirm(chosen('file')) }),
    'confirm-begun': () => ({
      view: confirm(chosen('file'), {
        kind: 'begun',
        source: '"Windows" of /dev/sda2',
        created: '2026-11-19T20:40:00.000Z',
        isOther: false,
      }),
    }),
    'confirm-taken': () => ({
      view: confirm(chosen('file'), { kind: 'taken', what: 'an NTFS filesystem "Backup"' }),
      keys: ['enter'],
    }),
    'confirm-erase': () => ({ view: confirm(chosen('device')), keys: ['1', '4'] }),
    'confirm-wrong': () => ({ view: confirm(chosen('device')), keys: ['1', 'enter'] }),
    running: () => ({ view: new RunningView(job(), running) }),
    'running-waits': () => ({ view: new RunningView(job(), running), keys: ['tab'] }),
    'running-safe': () => ({ view: new RunningView(job(), running), keys: ['tab', 'tab'] }),
    'running-places': () => ({ view: new RunningView(job(), running), keys: ['tab', 'tab', 'tab'] }),
    'running-silent': () => ({
      view: new RunningView(
        job([{ ...PROGRESS, waitingFor: 'answer', waitingMs: 28_000, timeLeft: undefined }]),
        running,
      ),
    }),
    'running-question': () => ({
      view: new RunningView(
        job([
          {
            event: 'question',
            code: 'hopeless-left',
            message:
              'Everything that can be read easily is saved. What is left is probably lost: 41.2 MiB in 14 areas, bad wherever ' +
              'it was tried. Trying all of it costs the disk a failing read for each sector, for about 9 h 20 min.',
            advice:
              'Copy the most important files first if the disk may die; the same command can try the rest later.',
          },
        ]),
        running,
      ),
    }),
    'running-dead': () => ({ view: new RunningView(job([], true), running) }),
    map: () => ({
      view: new MapView({
        sizeBytes: TB - 6e8,
        cells: () => REPORT.cells,
        job: undefined,
        isMoving: () => false,
        files: () => FILES,
      }),
      keys: ['n', 'n'],
    }),
    'map-closer': () => ({
      view: new MapView({
        sizeBytes: TB - 6e8,
        cells: () => REPORT.cells,
        job: undefined,
        isMoving: () => false,
        files: () => FILES,
      }),
      keys: ['n', 'n', '+', '+'],
    }),
    report: () => ({ view: report(), keys: ['down'] }),
    'report-long': () => ({
      view: report({
        ...REPORT,
        ended: { ...REPORT.ended, undecidedBytes: 999_424, unmarkedBytes: 499_712 },
        damage: {
          ...DAMAGE,
          notes: [
            'The log of the file system ($LogFile) is damaged: Windows will check the volume at its next start.',
            'Of 3 folders the names of some files are not known, since their index could not be read.',
          ],
        },
        verify: {
          checkedBytes: 4.1e11,
          uncheckedBytes: 999_424,
          differentBytes: 0,
          different: [],
          stopped: false,
          cache: 'direct',
        },
      }),
    }),
    'report-find': () => ({ view: report(), keys: ['/', 'p', 'i', 'c'] }),
    'report-export': () => ({ view: report(), keys: ['x'] }),
    'report-writing': () => ({ view: madeUpReport(silent), keys: ['x', 'enter'] }),
    'report-saved': () => ({
      view: report({
        ...REPORT,
        ended: {
          ...REPORT.ended,
          verdict: 'saved',
          savedBytes: REPORT.ended.domainBytes,
          badBytes: 0,
          badAreas: 0,
          failedReads: 0,
        },
        damage: { ...DAMAGE, damagedFiles: 0, damagedDirectories: 0, unknownBytes: 0, items: [] },
        cells: REPORT.cells.replaceAll('-', '+'),
      }),
    }),
    'report-stopped': () => ({
      view: report({
        ...REPORT,
        ended: { ...REPORT.ended, verdict: 'stopped', savedBytes: 2.9e11 },
        damage: undefined,
        files: [],
        cells: picture(1760),
      }),
    }),
    holes: () => ({ view: report(), keys: ['down', 'down'], opens: 'enter' }),
    jobs: () => ({ view: new JobsView(JOBS, jobActions) }),
    'jobs-none': () => ({ view: new JobsView(NO_JOBS, jobActions) }),
    ...madeUpImages(store),
    ...madeUpBoot(),
    ...madeUpArchives(store),
    compare: () => ({
      view: new CompareView('windows.img', () =>
        madeUpTask(
          [{ event: 'verify', doneBytes: 1.2e11, totalBytes: 4.1e11, differentBytes: 0 }],
          undefined,
        ),
      ),
    }),
    copy: () => ({
      view: new CopyView('/dev/sde1:/', () =>
        madeUpTask(
          [
            {
              event: 'file',
              path: 'Users/Ada/notes.txt',
              stream: '',
              destination: '/x',
              sizeBytes: 4711,
              missingBytes: 0,
              pieces: [],
              pieceCount: 0,
              isUnsure: false,
            },
            {
              event: 'file',
              path: 'Users/Ada/wedding.mp4',
              stream: '',
              destination: '/x',
              sizeBytes: 4e9,
              missingBytes: 2e6,
              pieces: [],
              pieceCount: 3,
              isUnsure: false,
            },
          ],
          4,
        ),
      ),
    }),
    folders: () => ({
      view: new FolderView(
        () =>
          options
            .filter(({ kind }) => kind === 'file')
            .map(({ place, folder, on, refusal }) => ({ place, folder: folder ?? '/', on, refusal })),
        ignore,
      ),
    }),
    notice: () => ({
      view: new NoticeView(
        'It does not start; nothing was touched',
        [
          'The drive /dev/sde1 is failing itself. 312 sectors wait to be replaced.',
          'Choose a healthy drive.',
        ],
        'warn',
      ),
    }),
    waiting: () => ({ view: new WaitView('Looking for its disks') }),
    settings: () => ({
      view: new SettingsView(new SettingsStore({ TERM: 'xterm', LC_ALL: 'C.UTF-8' }, {}), undefined),
      keys: ['down'],
    }),
    'help-first-aid': () => ({ view: new HelpView(home()), keys: ['1'] }),
    help: () => ({ view: new HelpView(home()) }),
    'help-keys': () => ({ view: new HelpView(home()), keys: ['3'] }),
    'help-signs': () => ({ view: new HelpView(home()), keys: ['4'] }),
    'help-about': () => ({ view: new HelpView(home()), keys: ['5'] }),
  };
}
