import { isForJob } from '../../jobs/drive/drive-place.ts';
import { fileRoomOf, whyNoFiles } from '../../jobs/drive/file-room.ts';
import type { VolumePlace } from '../../jobs/folder-listing.ts';
import type { SelfTask } from '../../jobs/self-task.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { contentOf, type Place, pathOf, placesOf, useOf } from '../disks/place.ts';
import type { ReportData } from '../rescue/report-data.ts';
import type { Desk } from '../view.ts';
import { CopyView } from '../views/copy-view.ts';
import { FilesView } from '../views/files-view.ts';
import { type FolderOption, FolderView } from '../views/folder-view.ts';
import { WORDS } from '../words.ts';

/** What is copied where. */
export interface CopyRequest {
  readonly place: VolumePlace;
  readonly paths: readonly string[];
  readonly folder: string;
  /** The drive in which the folder is, when it is to be mounted for the copy. */
  readonly on: string | undefined;
}

/** Leads from a volume that is looked into to files that were copied out of it. */
export class CopyFlow {
  readonly #store: MachineStore;
  readonly #start: (request: CopyRequest) => SelfTask;

  constructor(store: MachineStore, start: (request: CopyRequest) => SelfTask) {
    this.#store = store;
    this.#start = start;
  }

  /** Looks into the copy that a rescue has made. */
  browseCopy({ target, map }: ReportData, desk: Desk): void {
    const [, drive, inside] = /^(\/dev\/[^:]+):(\/.*)$/.exec(target) ?? [];
    const isFile = drive !== undefined || !target.startsWith('/dev/');
    this.browse(
      {
        name: target,
        path: inside ?? target,
        from: drive,
        // The map of a file lies beside it, and is found by itself.
        map: isFile ? undefined : map,
      },
      desk,
    );
  }

  browse(place: VolumePlace, desk: Desk): void {
    const { marked, none } = WORDS.copy;
    const deed = {
      ...WORDS.files.look,
      marked,
      none,
      copy: (paths: readonly string[]) => this.#chooseFolder(place, paths, desk),
    };
    desk.open(new FilesView(place, new Set(), deed));
  }

  #chooseFolder(place: VolumePlace, paths: readonly string[], desk: Desk): void {
    const options = (): FolderOption[] => folderOptions(placesOf(this.#store.machine), place.from);
    desk.open(
      new FolderView(options, ({ folder, on }) => {
        const view = new CopyView(on === undefined ? folder : `${on}:${folder}`, () =>
          this.#start({ place, paths, folder, on }),
        );
        // Back from the copy it goes to the files again.
        desk.back();
        desk.open(view);
      }),
    );
  }
}

/** Every folder and drive that files can be copied into; the drive they come from among them, if it is mounted for it. */
function folderOptions(places: readonly Place[], from: string | undefined): FolderOption[] {
  return places.flatMap((place): FolderOption[] => {
    const content = contentOf(place);
    const { mountPoints, notTarget, checked } = useOf(place);
    const path = pathOf(place);
    const isDivided = !place.partition && place.disk.partitions.length > 0;
    if (isDivided || path === undefined) return [];
    const failing = place.disk.health.verdict === 'failing' ? WORDS.folders.failing : undefined;
    const [folder] = mountPoints;
    if (folder !== undefined) {
      const busy = isForJob(folder) ? WORDS.folders.busy : undefined;
      return [{ place, folder, on: undefined, refusal: failing ?? busy }];
    }
    if (!content || !fileRoomOf(content)) return [];
    const unused = checked ? notTarget?.message.replace(/\.$/, '') : WORDS.folders.asking;
    const refusal = failing ?? (path === from ? undefined : unused) ?? whyNoFiles(content);
    return [{ place, folder: '/', on: path, refusal }];
  });
}
