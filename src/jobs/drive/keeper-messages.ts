import type { AgreedDevice, DEVICE_CHANGED } from '../../block/agreed-device.ts';
import type { FileRoom } from './file-room.ts';

/** The sub-command that turns the program into the keeper of a mounted drive; not for people. */
export const KEEPER_COMMAND = 'drive-keeper';

/** What a keeper is told, one JSON object a line on its standard input. The end of it means: put the drive away. */
export type KeeperOrder =
  /** Mounts it, in the place of the one that is mounted. */
  | {
      readonly do: 'mount';
      /** The device as it was when it was checked, by its real path; another one of its name is not mounted. */
      readonly looked: AgreedDevice;
      readonly room: FileRoom;
      readonly writable: boolean;
    }
  /** Puts away what keepers have left mounted that were killed. */
  | { readonly do: 'sweep' };

/** What a keeper tells, likewise on its standard output. */
export type KeeperWord =
  | { readonly told: 'mounted'; readonly root: string }
  | {
      readonly told: 'problem';
      readonly code: 'drive-busy' | 'drive-mount' | typeof DEVICE_CHANGED;
      readonly message: string;
    }
  /** The drive may be pulled, unless something went wrong. */
  | { readonly told: 'away'; readonly problem: string | undefined };
