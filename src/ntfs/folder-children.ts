import type { OpenVolume } from './file-attributes.ts';
import type { FileName } from './file-name.ts';
import { namesIn } from './record-names.ts';
import type { Reference } from './reference.ts';

/** What the files of a volume tell of the folders they are in. */
export interface FolderChildren {
  /** The files that name this folder as theirs; `sequence` where the folder's own is known. */
  of(
    folder: number,
    sequence: number | undefined,
  ): AsyncGenerator<{ readonly file: Reference; readonly name: FileName }>;
}

/** Bound of memory: more files than this on one disk are rare, and only those of damaged folders are missed. */
const MAX_NAMES = 4_000_000;

/**
 * Goes through the whole $MFT once and notes which files say to be in which folder: every file knows its own name and
 * its folder, so that the files of a lost folder can still be found.
 */
export async function folderChildren(volume: OpenVolume): Promise<FolderChildren> {
  const children = new Map<number, number[]>();
  let count = 0;
  for await (const chunk of volume.mft.recordChunks()) {
    for (const [number, state] of chunk) {
      const record =
        state.state === 'in-use' ? state.record : state.state === 'unreadable' ? state.partial : undefined;
      if (record === undefined) continue;
      for (const name of namesIn(record)) {
        if (name.isDosAlias || count >= MAX_NAMES) continue;
        const known = children.get(name.parent.record);
        if (known === undefined) children.set(name.parent.record, [number]);
        else if (known.at(-1) !== number) known.push(number);
        count++;
      }
    }
  }
  return {
    async *of(folder, sequence) {
      for (const number of children.get(folder) ?? []) {
        const state = await volume.mft.record(number);
        const record =
          state.state === 'in-use' ? state.record : state.state === 'unreadable' ? state.partial : undefined;
        if (record === undefined) continue;
        // A name in an extension record is that of the file which it extends.
        const file = record.base ?? { record: number, sequence: record.sequence };
        for (const name of namesIn(record)) {
          const isCurrent =
            sequence === undefined || name.parent.sequence === 0 || name.parent.sequence === sequence;
          if (name.parent.record === folder && isCurrent) yield { file, name };
        }
      }
    },
  };
}
