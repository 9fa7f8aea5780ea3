import { basename, dirname } from 'node:path';
import type { JobSummary } from '../../jobs/job-list.ts';
import type { TargetOption } from './target-options.ts';

/** Where a new file may go. */
type FilePlace = Pick<TargetOption, 'place' | 'kind' | 'folder' | 'on'>;

/** What the names are asked of: a folder of this machine may hang, so nobody waits for the answer. */
export interface NamePorts {
  /** The names in a folder that begin so; undefined when they cannot be had. */
  names(folder: string, begins: string): Promise<readonly string[] | undefined>;
  /** The jobs that are known: they tell what lies in drives that nothing has mounted. */
  jobs(): readonly JobSummary[];
}

/** Names that are taken in the folders that a new file can go to, as far as they are known. */
export class TakenNames {
  readonly #ports: NamePorts;
  readonly #known = new Map<string, readonly string[]>();

  constructor(ports: NamePorts) {
    this.#ports = ports;
  }

  /** Asks for the names in the folders of these places; resolves when all are known that can be. */
  async look(fileName: string, places: readonly FilePlace[]): Promise<void> {
    const folders = places.flatMap(({ kind, folder, on }) =>
      kind === 'file' && on === undefined && folder !== undefined ? [folder] : [],
    );
    await Promise.all(
      [...new Set(folders)].map(async (folder) => {
        const names = await this.#ports.names(folder, stemOf(fileName));
        if (names !== undefined) this.#known.set(folder, names);
      }),
    );
  }

  /** The name with a number behind it if it is taken there, by the file or by what belongs to it, such as its map. */
  free(fileName: string, place: FilePlace): string {
    const taken =
      place.on === undefined ? (this.#known.get(place.folder ?? '') ?? []) : this.#recorded(place);
    const isTaken = (name: string): boolean =>
      taken.some((each) => each === name || each.startsWith(`${name}.`));
    const stem = stemOf(fileName);
    for (let count = 1; ; count++) {
      const name = count === 1 ? fileName : `${stem}-${count}${fileName.slice(stem.length)}`;
      if (!isTaken(name)) return name;
    }
  }

  /** What jobs have written into a drive that nothing has mounted. */
  #recorded({ place, folder, on }: FilePlace): string[] {
    const { serial } = place.disk;
    return this.#ports.jobs().flatMap(({ record }) => {
      const drive = record?.target.on;
      if (record === undefined || drive === undefined || dirname(record.target.path) !== folder) return [];
      const isThis =
        serial !== undefined && drive.serial !== undefined ? drive.serial === serial : drive.path === on;
      return isThis ? [basename(record.target.path)] : [];
    });
  }
}

/** Labels and names of disks have no dots in them here. */
const stemOf = (fileName: string): string => fileName.split('.')[0] ?? fileName;

/** Nothing is known of any folder. */
export const NO_NAMES = new TakenNames({ names: async () => undefined, jobs: () => [] });
