import type { ByteRange } from '../block/range.ts';
import type { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from './block-map.ts';
import type { Status } from './status.ts';

/** The first stretch of the domain at or after `from` that has the status. */
export function firstBlock(
  map: BlockMap,
  domain: RangeSet,
  from: number,
  status: Status,
): ByteRange | undefined {
  for (let i = domain.indexAfter(from); i < domain.count; i++) {
    const found = map.findForward(Math.max(from, domain.startOf(i)), domain.endOf(i), status);
    if (found) return found;
  }
  return undefined;
}

/** All stretches of the domain that have the status, ascending. */
export function blocksWith(map: BlockMap, domain: RangeSet, status: Status): ByteRange[] {
  const blocks: ByteRange[] = [];
  for (let from = 0; ; ) {
    const block = firstBlock(map, domain, from, status);
    if (!block) return blocks;
    blocks.push(block);
    from = block.end;
  }
}

/** The last stretch of the domain before `to` that has the status. */
export function lastBlock(
  map: BlockMap,
  domain: RangeSet,
  to: number,
  status: Status,
): ByteRange | undefined {
  let i = domain.indexAfter(to - 1);
  if (i === domain.count || domain.startOf(i) >= to) i--;
  for (; i >= 0; i--) {
    const found = map.findBackward(domain.startOf(i), Math.min(to, domain.endOf(i)), status);
    if (found) return found;
  }
  return undefined;
}

/** Start of the unit (sector) that holds `position`. */
export const unitStart = (position: number, unitBytes: number): number =>
  Math.floor(position / unitBytes) * unitBytes;

/** The first piece of `block` that lies within one unit of the medium. */
export function firstUnit(block: ByteRange, unitBytes: number): ByteRange {
  return { start: block.start, end: Math.min(block.end, unitStart(block.start, unitBytes) + unitBytes) };
}

/** The last piece of `block` that lies within one unit of the medium. */
export function lastUnit(block: ByteRange, unitBytes: number): ByteRange {
  return { start: Math.max(block.start, unitStart(block.end - 1, unitBytes)), end: block.end };
}
