import { inTone, type Line, line } from './line.ts';

/** Where the cursor of a list stands. Immutable; `count` items, of which some cannot be chosen. */
export interface ListPosition {
  readonly index: number;
  /** The first item in view. */
  readonly first: number;
}

export const LIST_START: ListPosition = { index: 0, first: 0 };

/** Moves by a key; undefined when it is not one of a list's keys. */
export function moveInList(
  position: ListPosition,
  key: string,
  count: number,
  rows: number,
): ListPosition | undefined {
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageup: -rows,
    pagedown: rows,
    home: -count,
    end: count,
  };
  const step = steps[key];
  if (step === undefined) return undefined;
  return inView({ ...position, index: position.index + step }, count, rows);
}

/** The position with its item in view, after the list, the window or the cursor has changed. */
function inView(position: ListPosition, count: number, rows: number): ListPosition {
  const index = Math.max(0, Math.min(position.index, count - 1));
  const last = Math.max(0, count - rows);
  const first = Math.max(Math.min(position.first, index, last), index - rows + 1, 0);
  return { index, first };
}

/** The rows of a list that are in view; the chosen one is set off and begins with `>`, or with `-` while keys go elsewhere. */
export function listRows(
  items: readonly Line[],
  position: ListPosition,
  rows: number,
  focused: boolean = true,
): Line[] {
  const { index, first } = inView(position, items.length, rows);
  return items.slice(first, first + rows).map((item, row) => {
    const chosen = first + row === index;
    const mark = focused ? '> ' : '- ';
    const marked = line(chosen ? mark : '  ', ...item);
    return chosen && focused ? inTone(marked, 'chosen') : marked;
  });
}

/** `1-6 of 17`; empty when all are in view. */
export function listCorner(position: ListPosition, count: number, rows: number): string {
  if (count <= rows) return '';
  const { first } = inView(position, count, rows);
  return `${first + 1}-${Math.min(count, first + rows)} of ${count}`;
}
