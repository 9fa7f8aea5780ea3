import { ATTRIBUTE, isAttributeType } from '../../ntfs/attribute.ts';
import type { NonResidentData } from '../../ntfs/attribute-data.ts';
import type { Treatment } from './block-stretch.ts';

/** Attributes whose clusters hold structure; the strict rules clear those of all others. */
const STRUCTURE = new Set<number>([
  ATTRIBUTE.ATTRIBUTE_LIST,
  ATTRIBUTE.SECURITY_DESCRIPTOR,
  ATTRIBUTE.DATA,
  ATTRIBUTE.INDEX_ALLOCATION,
  ATTRIBUTE.BITMAP,
]);

/** Tag and length of a reparse point; its target follows. */
const REPARSE_HEADER_BYTES = 8;

/**
 * Clusters that go through as they are. The strict rules clear what lies behind the content, and the content of
 * attributes that are no structure: extended attributes, targets of links, keys of encrypted files, anything unknown.
 * Clusters that are another file's as well, and those of attributes that NTFS does not have, are cleared under any rules.
 */
export function plainTreatment(
  type: number,
  data: NonResidentData,
  clusterBytes: number,
  strict: boolean,
): Treatment {
  const keptBytes = STRUCTURE.has(type)
    ? data.initializedBytes
    : type === ATTRIBUTE.REPARSE_POINT
      ? REPARSE_HEADER_BYTES
      : 0;
  return {
    blockBytes: clusterBytes,
    change: (bytes, offset, trust) => {
      if (trust === 'shared' || !isAttributeType(type)) bytes.fill(0);
      if (strict) bytes.fill(0, Math.min(bytes.length, Math.max(0, keptBytes - offset)));
    },
  };
}
