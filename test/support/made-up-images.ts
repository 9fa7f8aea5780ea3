import type { CloneDoneEvent, CloneEvent, ImageFacts } from '../../src/jobs/clone-events.ts';
import type { MachineStore } from '../../src/tui/disks/machine-store.ts';
import { folderOptions } from '../../src/tui/files/folder-options.ts';
import {
  type ImagePlace,
  imageLoad,
  restoreLoad,
  SAVE_SWITCHES,
  volumesOf,
  whyNoImage,
} from '../../src/tui/images/image-choice.ts';
import { ImageTask } from '../../src/tui/images/image-task.ts';
import { FolderView } from '../../src/tui/views/folder-view.ts';
import { ImageFolderView } from '../../src/tui/views/image-folder-view.ts';
import { ImageTaskView } from '../../src/tui/views/image-task-view.ts';
import { ImageView } from '../../src/tui/views/image-view.ts';
import { ImagesView } from '../../src/tui/views/images-view.ts';
import { SourceView } from '../../src/tui/views/source-view.ts';
import { SwitchesView } from '../../src/tui/views/switches-view.ts';
import { TargetView } from '../../src/tui/views/target-view.ts';
import { WORDS } from '../../src/tui/words.ts';
import { type MadeUpScreen, madeUpTask } from './made-up-screen.ts';

const ignore = (): void => undefined;

const IMAGE: ImagePlace = {
  name: '/dev/sde1:/backups/Windows-2026-11-20.ntfsimg.zst',
  path: '/backups/Windows-2026-11-20.ntfsimg.zst',
  from: '/dev/sde1',
};

const FACTS: ImageFacts = {
  form: 'zstd',
  imageVersion: '10.1',
  clusterBytes: 4096,
  clusterCount: 58_593_750,
  deviceBytes: 240_000_000_000,
  usedBytes: 91_268_055_040,
  zstd: {
    isComplete: true,
    fileBytes: 48_103_633_715,
    program: 'lifeboat 0.1.0',
    level: 3,
    label: 'Windows',
    volumeSerial: '4A5B0C1D2E3F4A5B',
    model: 'Samsung SSD 860 EVO 250GB',
    serial: 'S3YJNB0K',
    digest: 'b1946ac92492d2347c6235b4d2611184e3b0c44298fc1c149afbf4c8996fb924',
    lostBytes: 0,
    lostAreas: 0,
  },
};

const BEGUN: ImageFacts = {
  ...FACTS,
  zstd: { ...(FACTS.zstd as NonNullable<ImageFacts['zstd']>), isComplete: false, digest: undefined },
};

function doneEvent(more: Partial<CloneDoneEvent>): CloneDoneEvent {
  return {
    event: 'done',
    task: 'save',
    verdict: 'saved',
    elapsedMs: 1_210_000,
    failure: undefined,
    copiedBytes: FACTS.usedBytes,
    lostBytes: 0,
    lostAreas: 0,
    lostAtSaveBytes: 0,
    damagedPlaces: 0,
    writtenBytes: FACTS.zstd?.fileBytes,
    isResumable: false,
    damage: undefined,
    image: undefined,
    isOrdered: undefined,
    hasBackup: undefined,
    metadata: undefined,
    ...more,
  };
}

const WORK: readonly CloneEvent[] = [
  { event: 'volume', ntfsVersion: '3.1', clusterBytes: 4096, clusterCount: 58_593_750, deviceBytes: 2.4e11 },
  { event: 'plan', usedBytes: FACTS.usedBytes },
  ...Array.from({ length: 60 }, (_, i): CloneEvent => {
    const share = (i + 1) / 100;
    return {
      event: 'progress',
      phase: 'saving',
      elapsedMs: i * 1000,
      share,
      doneBytes: Math.floor(FACTS.usedBytes * share),
      totalBytes: FACTS.usedBytes,
      rate: 1.8e8 + 4e7 * Math.sin(i / 5),
      secondsLeft: 400 - 2 * i,
      silentMs: i === 40 ? 900 : 12,
      lostBytes: 0,
    };
  }),
];

/** Every screen of images by name. */
export function madeUpImages(store: MachineStore): Record<string, () => MadeUpScreen> {
  const deed = {
    title: `Saving sdc2 to ${IMAGE.name}`,
    short: 'Saving sdc2 to Windows-2026-11-20.ntfsimg.zst',
    words: [],
  };
  const task = (told: readonly CloneEvent[], exitCode: number | undefined, title = deed.title): ImageTask =>
    new ImageTask(
      { ...deed, title, ...(title !== deed.title && { short: title }) },
      () => madeUpTask(told, exitCode),
      ignore,
    );
  const view = (...args: Parameters<typeof task>): ImageTaskView =>
    new ImageTaskView(task(...args), ignore, { hint: async () => undefined, open: ignore });
  const images = (tasks: readonly ImageTask[]): ImagesView<ImageTask> =>
    new ImagesView(() => tasks, { save: ignore, look: ignore, watch: ignore });
  const one = (facts: ImageFacts): ImageView =>
    new ImageView(IMAGE, {
      facts: async () => ({ kind: 'facts', facts }),
      files: ignore,
      verify: ignore,
      restore: ignore,
      goOn: ignore,
    });
  const volumes = () => volumesOf(store.machine);
  const [first] = volumes();
  if (!first) throw new Error('the machine has no NTFS volume');
  return {
    images: () => ({ view: images([]) }),
    'images-at-work': () => ({
      view: images([task(WORK, undefined), task([doneEvent({})], 0, `Checking ${IMAGE.name}`)]),
      keys: ['down', 'down'],
    }),
    'image-source': () => ({
      view: new SourceView(volumes, undefined, ignore, { ...WORDS.images.source, whyNot: whyNoImage }),
      keys: ['down'],
    }),
    'image-how': () => ({
      view: new SwitchesView(WORDS.images.how, SAVE_SWITCHES, WORDS.images.saving, ignore),
    }),
    'image-target': () => ({
      view: new TargetView(store, () => imageLoad(first, false), ignore, WORDS.images.target),
    }),
    'image-drive': () => ({
      view: new FolderView(() => folderOptions(store.machine, 'read', undefined), ignore, WORDS.images.drive),
    }),
    'image-search': () => ({
      view: new ImageFolderView(
        { from: '/dev/sde1', folder: '/backups' },
        async () => ({
          kind: 'answer',
          answer: {
            kind: 'folder',
            folders: ['2024', '2025', 'music'],
            images: [
              {
                name: 'Windows-2026-11-20.ntfsimg.zst',
                sizeBytes: 48_103_633_715,
                what: 'an image of an NTFS volume "Windows"',
              },
              { name: 'old.ntfsimg', sizeBytes: 91_268_055_040, what: 'an image of an NTFS volume' },
            ],
            others: 12,
            unseen: 0,
          },
        }),
        ignore,
      ),
      keys: ['end'],
    }),
    image: () => ({ view: one(FACTS), keys: ['down'] }),
    'image-begun': () => ({ view: one(BEGUN) }),
    'image-restore': () => ({
      view: new TargetView(store, () => restoreLoad(IMAGE, FACTS), ignore, WORDS.images.to),
      keys: ['down'],
    }),
    'image-task': () => ({ view: view(WORK, undefined) }),
    'image-done': () => ({ view: view([...WORK, doneEvent({})], 0) }),
    'image-stopped': () => ({
      view: view(
        [
          ...WORK,
          doneEvent({
            verdict: 'stopped',
            copiedBytes: undefined,
            isResumable: true,
            failure: {
              message: `Stopped by you: ${IMAGE.name} is incomplete.`,
              advice: 'The same command goes on.',
              errno: undefined,
            },
          }),
        ],
        5,
      ),
    }),
    'image-damaged': () => ({
      view: view(
        [
          {
            event: 'damage',
            start: 8_657_620,
            end: 9_014_429,
            what: 'its checksum is wrong',
          },
          doneEvent({
            task: 'verify',
            verdict: 'failed',
            damagedPlaces: 1,
            failure: {
              message: 'The image is damaged in 1 place',
              advice: 'Take another copy of the image.',
              errno: undefined,
            },
          }),
        ],
        1,
        'Checking Windows-2026-11-20.ntfsimg.zst',
      ),
    }),
  };
}
