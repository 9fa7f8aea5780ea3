/** A list as far as it is in view. */
export interface ShownList {
  readonly rows: readonly string[];
  /** The row that the cursor is on. */
  readonly at: number;
  /** Whether there are more rows further down. */
  readonly isCutBelow: boolean;
}

/** What stands on a terminal, row by row, taken apart as a person sees it: boxes with titles, a first and a last row. */
export class ScreenText {
  readonly rows: readonly string[];

  constructor(rows: readonly string[]) {
    this.rows = rows;
  }

  get text(): string {
    return this.rows.join('\n');
  }

  /** The keys that are offered at the bottom. */
  get footer(): string {
    return this.rows.at(-1) ?? '';
  }

  /** What is said above the footer. */
  get message(): string {
    return this.rows.at(-2) ?? '';
  }

  /** The rows inside of the box whose title begins so, without their ends of blanks; undefined when there is none. */
  box(title: string): string[] | undefined {
    for (const [top, row] of this.rows.entries()) {
      const left = Math.max(row.indexOf(`┌─ ${title}`), row.indexOf(`+- ${title}`));
      if (left < 0) continue;
      const corner = row.slice(left + 1).search(/┐|\+/);
      if (corner < 0) continue;
      const inner = this.rows.slice(top + 1).map((each) => each.slice(left, left + corner + 2));
      const bottom = inner.findIndex((each) => /^[└+]/.test(each));
      if (bottom >= 0) return inner.slice(0, bottom).map((each) => each.slice(2, -2).trimEnd());
    }
    return undefined;
  }

  /** The list with a cursor in it; undefined when no list has one. */
  get list(): ShownList | undefined {
    for (const [index, row] of this.rows.entries()) {
      const left = row.search(/[│|] > /);
      if (left < 0) continue;
      const width = row.slice(left + 1).search(/[│|]/);
      const cells = (each: string): string => each.slice(left + 2, left + 1 + width).trimEnd();
      const isInside = (each: string): boolean => /[│|]/.test(each.charAt(left));
      let first = index;
      while (first > 0 && isInside(this.rows[first - 1] ?? '')) first--;
      let last = index;
      while (isInside(this.rows[last + 1] ?? '')) last++;
      const [, below = 0, count = 0] = (/ \d+-(\d+) of (\d+) /.exec(this.rows[first - 1] ?? '') ?? []).map(
        Number,
      );
      return {
        rows: this.rows.slice(first, last + 1).map(cells),
        at: index - first,
        isCutBelow: below < count,
      };
    }
    return undefined;
  }

  /** The row that the cursor is on. */
  get chosen(): string | undefined {
    return this.list?.rows[this.list.at];
  }
}
