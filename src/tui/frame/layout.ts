import type { Rect } from './pane.ts';

/** How much of a stretch a part wants: fixed cells, or a share of what is left with at least so many. */
export type Extent =
  | { readonly cells: number; readonly droppable?: boolean }
  | { readonly share: number; readonly atLeast: number; readonly droppable?: boolean };

const leastOf = (extent: Extent): number => ('cells' in extent ? extent.cells : extent.atLeast);

/**
 * Divides `total` cells; the parts follow each other without gaps. When there is no room for all, droppable parts
 * get nothing, the last ones first; what is still too much is cut from the end.
 */
function divide(total: number, extents: readonly Extent[]): number[] {
  const kept = extents.map(() => true);
  const needed = (): number => extents.reduce((sum, extent, i) => sum + (kept[i] ? leastOf(extent) : 0), 0);
  for (let i = extents.length - 1; i >= 0 && needed() > total; i--) {
    if (extents[i]?.droppable) kept[i] = false;
  }
  let spare = Math.max(0, total - needed());
  let shares = extents.reduce((sum, each, i) => sum + (kept[i] && 'share' in each ? each.share : 0), 0);
  let room = total;
  return extents.map((extent, i) => {
    let cells = kept[i] ? leastOf(extent) : 0;
    if (kept[i] && 'share' in extent && extent.share > 0) {
      const extra = Math.floor((spare * extent.share) / shares);
      spare -= extra;
      shares -= extent.share;
      cells += extra;
    }
    cells = Math.min(cells, room);
    room -= cells;
    return cells;
  });
}

/** Rectangles below each other; dropped ones have no height. */
export function stackRects(rect: Rect, extents: readonly Extent[]): Rect[] {
  let top = rect.top;
  return divide(rect.height, extents).map((height) => {
    const part = { left: rect.left, top, width: rect.width, height };
    top += height;
    return part;
  });
}

/** Rectangles beside each other; dropped ones have no width. */
export function besideRects(rect: Rect, extents: readonly Extent[]): Rect[] {
  let left = rect.left;
  return divide(rect.width, extents).map((width) => {
    const part = { left, top: rect.top, width, height: rect.height };
    left += width;
    return part;
  });
}
