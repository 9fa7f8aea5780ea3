import { HiveError, HiveUnreadable } from '../registry/error.ts';
import { type Hive, openHive } from '../registry/hive.ts';
import { whyNotClean } from '../registry/hive-state.ts';
import { isThere, type PartFile, type PartFiles } from './part-files.ts';

/** A hive on a partition. */
export interface HiveFile {
  readonly file: PartFile;
  readonly hive: Hive;
  /** Why it must not be written to, as a clause. */
  readonly unclean: string | undefined;
}

/** Why a hive could not be opened. */
export interface NoHive {
  readonly kind: 'missing' | 'lost' | 'closed' | 'unreadable' | 'damaged';
  /** A sentence. */
  readonly message: string;
  /** Byte of the hive file at which it is damaged. */
  readonly position?: number;
}

const LOGS = ['LOG', 'LOG1', 'LOG2'];

/** Opens the hive at `path`, and looks at the logs beside it. */
export async function openHiveFile(files: PartFiles, path: string): Promise<HiveFile | NoHive> {
  const file = await files.find(path);
  if (!isThere(file)) return notThere(file, path);
  if (file.isFolder) return { kind: 'damaged', message: `${path} is a folder.` };
  if (file.closed !== undefined)
    return { kind: 'closed', message: `${file.path} cannot be read: ${file.closed}.` };
  try {
    const hive = await openHive(file.content);
    const logs: PartFile[] = [];
    for (const log of LOGS) {
      const found = await files.find(`${path}.${log}`);
      if (isThere(found) && !found.isFolder) logs.push(found);
    }
    const contents = logs.filter(({ closed }) => closed === undefined).map(({ content }) => content);
    return { file, hive, unclean: await whyNotClean(hive.base, contents) };
  } catch (error) {
    return notAHive(error, file.path);
  }
}

export const isHive = (opened: HiveFile | NoHive): opened is HiveFile => 'hive' in opened;

function notThere(found: 'missing' | 'lost', path: string): NoHive {
  return found === 'missing'
    ? { kind: 'missing', message: `${path} is not there.` }
    : { kind: 'lost', message: `Whether ${path} is there cannot be told: its folder is damaged.` };
}

/** What an exception says of a hive; anything but damage is thrown again. */
export function notAHive(error: unknown, path: string): NoHive {
  if (!(error instanceof HiveError)) throw error;
  return {
    kind: error instanceof HiveUnreadable ? 'unreadable' : 'damaged',
    message: `${path}: ${error.message}`,
    position: error.position,
  };
}
