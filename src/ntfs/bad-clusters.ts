import { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import type { BootSector } from './boot-sector.ts';
import type { NoteBook } from './note.ts';
import type { Run } from './run-list.ts';

/** A disk with more bad clusters than this share does not work any more; a damaged $BadClus is likelier. */
const BELIEVABLE_SHARE = 1 / 4;

/**
 * The clusters that NTFS has marked bad, from the runs of $BadClus:$Bad, in bytes of the volume. Nothing is rescued
 * from them, so each must be believable: the list as a whole not absurdly long, a run at the place in the stream
 * that is its place on the volume (specification), and no file in it.
 */
export function trustedBadClusters(
  runs: readonly Run[],
  boot: BootSector,
  owned: RangeSet,
  book: NoteBook,
): RangeSet {
  const builder = new RangeSetBuilder();
  let misplaced = 0;
  for (const { vcn, lcn, length } of runs) {
    if (lcn === vcn) builder.add(lcn * boot.clusterBytes, (lcn + length) * boot.clusterBytes);
    else misplaced++;
  }
  const listed = builder.build();
  if (listed.totalBytes > boot.clusterCount * boot.clusterBytes * BELIEVABLE_SHARE) {
    book.add('bad-clusters', '$BadClus marks an unbelievable part of the volume as bad; it is not followed.');
    return RangeSet.EMPTY;
  }
  if (misplaced > 0) {
    book.add('bad-clusters', `$BadClus has ${misplaced} runs that cannot be right; they are not followed.`);
  }
  const trusted = listed.subtract(owned);
  if (!trusted.equals(listed)) {
    book.add('bad-clusters', 'Some clusters that $BadClus marks as bad belong to files; they are rescued.');
  }
  if (!trusted.isEmpty) {
    const clusters = trusted.totalBytes / boot.clusterBytes;
    book.add('bad-clusters', `NTFS has marked ${clusters} clusters of this disk as bad; they are left out.`);
  }
  return trusted;
}
