import type { Source, Target } from '../block/ports.ts';
import type { RangeSet } from '../block/range-set.ts';
import type { FindAllocation } from './allocation.ts';
import type { SaveMap } from './checkpointer.ts';
import type { Clock } from './clock.ts';
import type { RescueEvent } from './events.ts';
import type { Fill } from './fill.ts';
import type { FindAgain } from './return-watch.ts';

/** The outside world of one rescue. */
export interface RescuePorts {
  readonly source: Source;
  readonly target: Target;
  readonly clock: Clock;
  readonly saveMap: SaveMap;
  /** Given what is being saved: the bytes are only lent. */
  readonly saved?: (start: number, data: Uint8Array) => void;
  readonly emit: (event: RescueEvent) => void;
  /** How source and target are found again when they were lost; without it that ends the run. */
  readonly findSource?: FindAgain<Source> | undefined;
  readonly findTarget?: FindAgain<Target> | undefined;
  /** Puts aside what the saved map says, because the target was found not to hold it. */
  readonly distrustMap?: () => Promise<void>;
  /**
   * Asked once everything else is done: whether areas that are probably bad throughout shall be tried, which takes
   * so many seconds if they are.
   */
  readonly tryHopeless: (hopeless: RangeSet, seconds: number) => Promise<boolean>;
  /** Finds out what file systems other than NTFS use; without it all of them counts as used. */
  readonly findAllocation?: FindAllocation;
}

export interface RescueOptions {
  readonly fill: Fill;
  /** Rescue free space too, after everything that is used. */
  readonly allSectors: boolean;
  /** Whether the source may be divided into partitions. */
  readonly wholeDisk?: boolean;
  /** Files and folders to be rescued before others; see `namedFiles`. */
  readonly first?: readonly string[];
  /** Bytes a second below which places are put off like bad ones; 0 for none, undefined to learn it. */
  readonly minRate?: number | undefined;
  /** Whether the source's physical sectors are known for sure; else larger ones are looked out for. */
  readonly physicalSectorKnown?: boolean | undefined;
  /** How long a source or target that was lost is waited for, in milliseconds; 0, the default, ends the run. */
  readonly patienceMs?: number;
  /** Further tries for bad sectors, after everything else is done. */
  readonly retries: number;
  /**
   * Whether the target shows old content where nothing was written (a device does, a new file does not): used
   * sectors that stay unread are then marked when the run ends early.
   */
  readonly targetHasOldContent: boolean;
  /** Comment lines of the map. */
  readonly mapComments: readonly string[];
  /** Comment lines of the map that is continued. */
  readonly earlierComments: readonly string[];
}
