import { placeWords, type VolumePlace } from '../../jobs/folder-listing.ts';
import { inquire } from '../../jobs/inquiry.ts';
import type { SelfTask } from '../../jobs/self-task.ts';
import type { NumberedVolume } from '../../jobs/volume-parts.ts';
import type { MachineStore } from '../disks/machine-store.ts';
import { agreedWords, type Place } from '../disks/place.ts';
import type { ReportData } from '../rescue/report-data.ts';
import type { Desk, View } from '../view.ts';
import { CopyView } from '../views/copy-view.ts';
import { FilesView } from '../views/files-view.ts';
import { FolderView } from '../views/folder-view.ts';
import { NoticeView } from '../views/notice-view.ts';
import { VolumeView } from '../views/volume-view.ts';
import { WORDS } from '../words.ts';
import { type FolderOption, folderOptions } from './folder-options.ts';

/** What is copied where. */
export interface CopyRequest {
  readonly place: VolumePlace;
  readonly paths: readonly string[];
  readonly folder: string;
  /** The drive in which the folder is, when it is to be mounted for the copy. */
  readonly on: string | undefined;
  /** The disk or partition of the folder as it was shown; undefined for a path that was typed. */
  readonly to: Place | undefined;
}

/** The command that copies. */
export const copyWords = ({ place, paths, folder, on, to }: CopyRequest): string[] => [
  ...['cp', '--json', '--recursive', ...placeWords(place), ...paths, folder],
  ...(on === undefined ? [] : ['--on', on]),
  ...agreedWords(to),
];

/** Leads from a volume that is looked into to files that were copied out of it. */
export class CopyFlow {
  readonly #store: MachineStore;
  readonly #start: (request: CopyRequest) => SelfTask;

  constructor(store: MachineStore, start: (request: CopyRequest) => SelfTask) {
    this.#store = store;
    this.#start = start;
  }

  /** Looks into the copy that a rescue has made: into the volume that it is, or one of those of a whole disk. */
  async browseCopy(data: ReportData, desk: Desk, report: View): Promise<void> {
    const place = copyPlaceOf(data);
    desk.say(WORDS.files.opening);
    const volumes = await volumesIn(place);
    desk.say('');
    // Who has gone elsewhere meanwhile is not led back.
    if (!desk.shows(report)) return;
    if ('problem' in volumes) desk.open(new NoticeView(WORDS.files.cannot, volumes.problem, 'warn'));
    else if (volumes.length > 1) {
      desk.open(new VolumeView(volumes, (volume) => this.browse(partOf(place, volume), desk)));
    } else this.browse(partOf(place, volumes[0]), desk);
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
      new FolderView(options, ({ folder, on, place: to }) => {
        const view = new CopyView(on === undefined ? folder : `${on}:${folder}`, () =>
          this.#start({ place, paths, folder, on, to }),
        );
        // Back from the copy it goes to the files again.
        desk.back();
        desk.open(view);
      }),
    );
  }
}

/** The NTFS volumes in the copy of a disk, none where it is of one volume; words where it cannot be looked into. */
export async function volumesIn({
  path,
  from,
  map,
}: VolumePlace): Promise<readonly NumberedVolume[] | { readonly problem: readonly string[] }> {
  const answer = await inquire({ ask: 'volumes', from, path, map });
  if (answer.kind === 'answer') return answer.answer;
  return { problem: [answer.refusal.message, answer.refusal.advice] };
}

/** One volume of the copy of a disk; without a number the copy is the volume. */
export function partOf(place: VolumePlace, volume: NumberedVolume | undefined): VolumePlace {
  const { number } = volume ?? {};
  if (number === undefined) return place;
  return { ...place, name: `${place.name}, ${WORDS.files.volumes.name(number)},`, partition: number };
}

/** Where the copy that a rescue has made is looked into. */
export function copyPlaceOf({ target, map }: ReportData): VolumePlace {
  const [, drive, inside] = /^(\/dev\/[^:]+):(\/.*)$/.exec(target) ?? [];
  // A map that lies beside a file is found by itself.
  const isBeside = map === `${target}.map`;
  return { name: target, path: inside ?? target, from: drive, map: isBeside ? undefined : map };
}
