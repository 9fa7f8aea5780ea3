import { u16, u32 } from '../../ntfs/little-endian.ts';
import type { BlockTrust } from './block-stretch.ts';
import { type IndexKind, wipeIndexNode } from './index-entries.ts';
import { BAAD, clearDamaged, closeBlock, openBlock } from './update-sequence.ts';
import type { WipeRules, WipeTally } from './wipe-rules.ts';

const INDX = 0x58444e49;
/** The index header begins here; before it are magic, update sequence, LSN and the block's own number. */
const NODE_OFFSET = 0x18;
const NODE_HEADER_BYTES = 16;

/**
 * Wipes one block of an index in place. `inUse` is what the index's bitmap says of it: unused blocks hold names of long
 * ago, and the strict rules clear them whole. Of a block that is cut nothing stays but its header.
 */
export function wipeIndexBlock(
  bytes: Uint8Array,
  kind: IndexKind,
  inUse: boolean,
  trust: BlockTrust,
  rules: WipeRules,
  tally: WipeTally,
): void {
  const magic = u32(bytes, 0);
  if (trust === 'cut') {
    clearDamaged(bytes, NODE_OFFSET, magic === INDX, tally);
    return;
  }
  const isForeign = magic !== INDX && magic !== BAAD;
  if (isForeign ? rules.strict || trust === 'shared' : rules.strict && !inUse) {
    bytes.fill(0);
    return;
  }
  if (isForeign) return;
  if (magic === BAAD || !openBlock(bytes, NODE_OFFSET + NODE_HEADER_BYTES)) {
    clearDamaged(bytes, NODE_OFFSET, true, tally);
    return;
  }
  const { timeBytes, whole } = wipeIndexNode(bytes.subarray(NODE_OFFSET), sequenceBytes(bytes), kind, rules);
  tally.timeBytes += timeBytes;
  if (!whole) tally.damagedBlocks++;
  closeBlock(bytes);
}

/** Bytes behind the index header that the update sequence takes. */
function sequenceBytes(block: Uint8Array): number {
  const end = u16(block, 4) + 2 * u16(block, 6);
  return Math.max(0, end - NODE_OFFSET - NODE_HEADER_BYTES);
}
