import type { ArchiveInfo } from '../../src/archive/inspect/archive-info.ts';
import {
  archivablePlaces,
  archiveLoad,
  SAVE_VALUES,
  type SaveOptions,
  whyNoArchive,
} from '../../src/tui/archives/archive-choice.ts';
import type { ArchiveTold } from '../../src/tui/archives/archive-story.ts';
import { ArchiveTask } from '../../src/tui/archives/archive-task.ts';
import type { MachineStore } from '../../src/tui/disks/machine-store.ts';
import { type Place, placesOf } from '../../src/tui/disks/place.ts';
import { ArchiveListView } from '../../src/tui/views/archive-list-view.ts';
import { ArchiveTaskView } from '../../src/tui/views/archive-task-view.ts';
import { ArchiveView } from '../../src/tui/views/archive-view.ts';
import { ImagesView } from '../../src/tui/views/images-view.ts';
import { MappingView } from '../../src/tui/views/mapping-view.ts';
import { MarkView } from '../../src/tui/views/mark-view.ts';
import { PasswordView } from '../../src/tui/views/password-view.ts';
import { TargetView } from '../../src/tui/views/target-view.ts';
import { ValuesView } from '../../src/tui/views/values-view.ts';
import { WORDS } from '../../src/tui/words.ts';
import { type MadeUpScreen, madeUpTask } from './made-up-screen.ts';

const ignore = (): void => undefined;

const ARCHIVE = { name: '/dev/sde1:/Windows.fsa', path: '/Windows.fsa', from: '/dev/sde1' };

const fileSystem = (id: number, type: string, label: string, usedBytes: number) => ({
  id,
  type,
  label,
  uuid: '4A5B0C1D2E3F4A5B',
  device: `/dev/sda${id + 1}`,
  totalBytes: usedBytes * 3,
  usedBytes,
  cost: undefined,
  sectorBytes: 512,
  clusterBytes: 4096,
});

const INFO: ArchiveInfo = {
  head: {
    id: '5F0C11AA',
    format: 'FsArCh_002',
    program: '0.8.7',
    createdMs: Date.UTC(2026, 10, 20, 16, 0, 0),
    label: '',
    type: 'file-systems',
    compression: 'zstd',
    level: 8,
    encryption: 'blowfish',
    leastVersion: '0.6.4.0',
    fileSystems: [fileSystem(0, 'ntfs', 'System\u001b[2J', 31e6), fileSystem(1, 'ntfs', 'Windows', 91e9)],
  },
  files: [{ path: '/dev/sde1:/Windows.fsa', bytes: 48e9 }],
  side: { path: '/dev/sde1:/Windows.fsa.side', bytes: 2e9, encrypted: true },
};

const WORK: readonly ArchiveTold[] = [
  { event: 'phase', phase: 'looking' },
  { event: 'note', code: 'volume', message: 'Windows has not closed it cleanly.' },
  { event: 'phase', phase: 'saving', what: '/dev/sda2' },
  ...Array.from(
    { length: 200 },
    (_, i): ArchiveTold => ({
      event: 'progress',
      phase: 'saving',
      share: (i + 1) / 400,
      bytes: 1e8 * (i + 1),
      bytesPerSecond: 1.2e8 + 4e7 * Math.sin(i / 9),
      secondsLeft: 600 - i,
      archiveBytes: 5e7 * (i + 1),
      path: '/Users/Ada/Videos/wedding.mp4',
    }),
  ),
];

/** Every screen of archives by name. */
export function madeUpArchives(store: MachineStore): Record<string, () => MadeUpScreen> {
  const deed = {
    title: 'Saving sda1, sda2 to /dev/sde1:/Windows.fsa',
    short: 'Saving sda1, sda2 to Windows.fsa',
    words: [],
  };
  const task = (told: readonly ArchiveTold[], exitCode: number | undefined): ArchiveTask =>
    new ArchiveTask(deed, () => madeUpTask(told, exitCode), ignore);
  const boot = { hint: async () => undefined, open: ignore };
  const places = (): Place[] => archivablePlaces(store.machine);
  const deeds = {
    info: async () => ({ kind: 'info' as const, info: INFO }),
    list: ignore,
    verify: ignore,
    restore: ignore,
  };
  const spare = placesOf(store.machine).at(-1) as Place;
  return {
    archives: () => ({
      view: new ImagesView(
        () => [task(WORK, undefined)],
        { save: ignore, look: ignore, watch: ignore },
        WORDS.archives,
      ),
    }),
    'archive-marks': () => ({ view: new MarkView(places, whyNoArchive, ignore), keys: ['space', 'down'] }),
    'archive-how': () => ({
      view: new ValuesView<SaveOptions>(WORDS.archives.how, WORDS.archives.options, SAVE_VALUES, ignore),
      keys: ['down', 'space'],
    }),
    'archive-password': () => ({
      view: new PasswordView(true, ignore),
      keys: ['s', 'e', 'c', 'r', 'e', 't'],
    }),
    'archive-target': () => ({
      view: new TargetView(store, () => archiveLoad(places().slice(0, 1)), ignore, WORDS.archives.target),
    }),
    archive: () => ({ view: new ArchiveView(ARCHIVE, deeds) }),
    'archive-list': () => ({
      view: new ArchiveListView(ARCHIVE.name, () =>
        madeUpTask(
          [
            { path: '/Users', type: 'folder', sizeBytes: 0, state: 'whole' },
            { path: '/Users/Ada/notes\u001b[2J.txt', type: 'file', sizeBytes: 4711, state: 'whole' },
            { path: '/Users/Ada/lost.mp4', type: 'file', sizeBytes: 4e9, state: 'damaged' },
          ],
          4,
        ),
      ),
    }),
    'archive-mapping': () => ({
      view: new MappingView(
        INFO.head.fileSystems,
        (_fileSystem, _others, take) => take({ kind: 'device', path: '/dev/sdf', place: spare }),
        ignore,
      ),
      keys: ['down', 'enter'],
    }),
    'archive-task': () => ({ view: new ArchiveTaskView(task(WORK, undefined), boot) }),
    'archive-stopped': () => ({
      view: new ArchiveTaskView(
        task(
          [
            ...WORK,
            {
              event: 'ended',
              fault: 'stopped',
              message: 'Stopped by you: nothing is left of the archive.',
              advice: 'Begin again from the start.',
            },
          ],
          5,
        ),
        boot,
      ),
    }),
  };
}
