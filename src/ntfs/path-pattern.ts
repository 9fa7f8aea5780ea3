import { foldCase } from './fold-case.ts';

/** How far the names of a path have fulfilled a set of patterns; the same object for the same state. */
export interface PatternState {
  /** The path, or a folder above it, matches. */
  readonly isWanted: boolean;
  /** Patterns in progress, each as number of pattern and segment. */
  readonly open: readonly number[];
}

/** Paths that somebody asked for, matched name by name from the root. */
export interface PathPatterns {
  readonly root: PatternState;
  /** Where the folders above are not known: patterns that begin anywhere can still match. */
  readonly anywhere: PatternState;
  /** The state one name further down. */
  step(state: PatternState, name: string): PatternState;
  /** Patterns, by number, that have matched a path so far. */
  readonly matched: ReadonlySet<number>;
}

/** A segment that stands for any number of folders, also none. */
const ANY_FOLDERS = '**';
/** More segments than a path can have are cut. */
const MAX_SEGMENTS = 1024;
/** States are few; a hostile tree with very many of them starts over. */
const MAX_STATES = 100_000;

/**
 * Compiles patterns such as `Users/*\/Documents` or `**\/*.docx`: `*` and `?` within a name, `**` for any folders,
 * letters of either case. What is below a folder that matches is wanted too.
 */
export function pathPatterns(patterns: readonly string[]): PathPatterns {
  const compiled = patterns.map(segmentsOf);
  const matched = new Set<number>();
  const states = new Map<string, PatternState>();

  /** The state of these open segments; `**` may also stand for nothing. */
  const stateOf = (open: Iterable<number>, wasWanted: boolean): PatternState => {
    const all = new Set<number>();
    let isWanted = wasWanted;
    for (const start of open) {
      const pattern = Math.floor(start / MAX_SEGMENTS);
      const segments = compiled[pattern] ?? [];
      for (let at = start % MAX_SEGMENTS; ; at++) {
        if (at >= segments.length) {
          isWanted = true;
          matched.add(pattern);
          break;
        }
        all.add(pattern * MAX_SEGMENTS + at);
        if (segments[at] !== ANY_FOLDERS) break;
      }
    }
    const sorted = [...all].sort((a, b) => a - b);
    const key = `${isWanted} ${sorted.join(' ')}`;
    const known = states.get(key);
    if (known !== undefined) return known;
    if (states.size >= MAX_STATES) states.clear();
    const state = { isWanted, open: sorted };
    states.set(key, state);
    return state;
  };

  const numbers = compiled.map((_, pattern) => pattern * MAX_SEGMENTS);
  const root = stateOf(numbers, false);
  return {
    root,
    anywhere: stateOf(
      numbers.filter((_, pattern) => compiled[pattern]?.[0] === ANY_FOLDERS),
      false,
    ),
    step(state, name) {
      if (state.open.length === 0) return state;
      const folded = foldCase(name);
      const next: number[] = [];
      for (const open of state.open) {
        const segment = compiled[Math.floor(open / MAX_SEGMENTS)]?.[open % MAX_SEGMENTS] ?? '';
        if (segment === ANY_FOLDERS) next.push(open);
        else if (matchesGlob(folded, segment)) next.push(open + 1);
      }
      return stateOf(next, state.isWanted);
    },
    matched,
  };
}

/** The names of a pattern; several `**` in a row are one. */
function segmentsOf(pattern: string): readonly string[] {
  const parts = pattern
    .split(pattern.includes('/') ? '/' : '\\')
    .filter((part) => part !== '' && part !== '.');
  return parts
    .filter((part, i) => part !== ANY_FOLDERS || parts[i - 1] !== ANY_FOLDERS)
    .slice(0, MAX_SEGMENTS - 1)
    .map(foldCase);
}

/** Whether a name fits a glob of `*` and `?`; time is bounded by the product of the lengths. */
function matchesGlob(name: string, glob: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let retry = 0;
  while (at < name.length) {
    if (glob[place] === '*') {
      star = place++;
      retry = at;
    } else if (place < glob.length && (glob[place] === '?' || glob[place] === name[at])) {
      at++;
      place++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  while (glob[place] === '*') place++;
  return place === glob.length;
}
