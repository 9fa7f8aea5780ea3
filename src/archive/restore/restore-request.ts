import type { AgreedDevice } from '../../block/agreed-device.ts';
import type { BlockFacts } from '../../block/path-facts.ts';
import type { Comparison } from '../compare/compare.ts';
import type { TroubleEvent } from '../events.ts';

/** What is to be restored, and where to. */
export interface RestoreRequest {
  readonly archive: string;
  /** `id` is undefined where the archive holds one file system alone. */
  readonly targets: readonly { readonly id: number | undefined; readonly device: string }[];
  /** Devices as they were shown to somebody who agreed; others that have got their names meanwhile are refused. */
  readonly agreed?: readonly AgreedDevice[] | undefined;
  readonly threads: number;
  readonly password: string | undefined;
  /** Overwrite targets that are not empty without asking. */
  readonly overwrite: boolean;
  /** Pass warnings that may be passed. */
  readonly force: boolean;
  /** Read the whole archive and compare its checksums before anything is erased. */
  readonly check: boolean;
  /** Compare what was restored with the side file. */
  readonly compare: boolean;
  /** Restore without the side file, as FSArchiver alone would. */
  readonly withoutSide: boolean;
}

/** What else restoring needs of whoever starts it. */
export interface RestorePorts {
  /**
   * Lifts the write lock of a device, where there are such locks, for as long as `work` takes. Rejects with an `OpenError`
   * when another device has its name by now; then `work` has not begun.
   */
  readonly withUnlocked: <T>(looked: BlockFacts, work: () => Promise<T>) => Promise<T>;
}

/** What came of one file system. */
export interface RestoredFileSystem {
  readonly fileSystem: number;
  readonly device: string;
  readonly type: string;
  /** Whether the side file was put back. */
  readonly mended: boolean;
  readonly comparison: Comparison | undefined;
}

export interface RestoreResult {
  readonly archive: string;
  readonly restored: readonly RestoredFileSystem[];
  readonly troubles: readonly TroubleEvent[];
}
