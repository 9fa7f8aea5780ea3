import type { MetadataListener } from '../../src/clone/metadata/clone-metadata.ts';

/** All that is heard of a copy and not looked at. */
export const SILENT = Object.fromEntries(
  ['volume', 'image', 'phase', 'progress', 'space', 'goesOn', 'mismatch', 'mismatches', 'referencedTwice']
    .concat(['badClusters', 'lost', 'damaged', 'newSerial', 'note', 'wiping', 'wiped'])
    .map((name) => [name, () => undefined]),
) as unknown as MetadataListener;
