import type { VolumePlace } from '../../jobs/folder-listing.ts';
import type { SelfTask } from '../../jobs/self-task.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import type { ReportData } from '../rescue/report-data.ts';
import type { Desk } from '../view.ts';
import { CopyView } from '../views/copy-view.ts';
import { FilesView } from '../views/files-view.ts';
import { FolderView } from '../views/folder-view.ts';
import { WORDS } from '../words.ts';
import { type FolderOption, folderOptions } from './folder-options.ts';

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
  browseCopy(data: ReportData, desk: Desk): void {
    this.browse(copyPlaceOf(data), desk);
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
    const options = (): FolderOption[] => folderOptions(this.#store.machine, 'write', place.from);
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

/** Where the copy that a rescue has made is looked into. */
export function copyPlaceOf({ target, map }: ReportData): VolumePlace {
  const [, drive, inside] = /^(\/dev\/[^:]+):(\/.*)$/.exec(target) ?? [];
  const isFile = drive !== undefined || !target.startsWith('/dev/');
  return {
    name: target,
    path: inside ?? target,
    from: drive,
    // The map of a file lies beside it, and is found by itself.
    map: isFile ? undefined : map,
  };
}
