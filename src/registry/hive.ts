import type { BaseBlock } from './base-block.ts';
import { type HiveBytes, openCells } from './cells.ts';
import { type HiveKey, readKey } from './key.ts';

/** A registry hive, read only and on demand. */
export interface Hive {
  readonly base: BaseBlock;
  readonly root: HiveKey;
  /** Follows a path from the root, parts joined by `\`, letters of either case; `undefined` when it leads nowhere. */
  find(path: string): Promise<HiveKey | undefined>;
}

/** Opens a hive. Rejects with a `HiveError` when it is none, or its root key is damaged. */
export async function openHive(source: HiveBytes): Promise<Hive> {
  const cells = await openCells(source);
  const root = await readKey(cells, cells.base.rootCell);
  return {
    base: cells.base,
    root,
    async find(path) {
      let at: HiveKey | undefined = root;
      for (const part of path.split('\\')) at = await at?.subkey(part);
      return at;
    },
  };
}
