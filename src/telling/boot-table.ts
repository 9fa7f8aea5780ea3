import { type Finding, type FindingState, findingName } from '../boot/finding.ts';
import { ITEMS } from '../boot/items.ts';
import { safeText } from '../text/safe.ts';
import { wrapText } from '../text/wrap.ts';

/** The states in words that stand out without any colour. */
export const STATE_WORDS: Readonly<Record<FindingState, string>> = {
  ok: 'ok',
  warning: 'WARNING',
  failing: 'FAILING',
  'not-applicable': 'not used',
  unknown: 'unknown',
};

const WIDTH = 80;
const COLUMNS = { name: 6, state: 9, title: 26 } as const;

/**
 * Findings as a table of at most 80 columns, one line each. What this disk does not need is named in a last line,
 * unless `all` of it is wanted as well.
 */
export function bootTable(findings: readonly Finding[], all: boolean): string[] {
  const shown = all ? findings : findings.filter(({ state }) => state !== 'not-applicable');
  const lines = [row('ITEM', 'STATE', 'WHAT', 'FOUND')];
  for (const one of shown) {
    lines.push(row(findingName(one), STATE_WORDS[one.state], ITEMS[one.item].title, safeText(one.read)));
  }
  const used = new Set(shown.map(({ item }) => item));
  const left = [...new Set(findings.map(({ item }) => item))].filter((item) => !used.has(item));
  return left.length === 0 ? lines : [...lines, ...wrapText(`Not used here: ${left.join(', ')}`, WIDTH)];
}

function row(name: string, state: string, title: string, found: string): string {
  const start = name.padEnd(COLUMNS.name) + state.padEnd(COLUMNS.state) + title.padEnd(COLUMNS.title);
  const room = WIDTH - start.length;
  return start + (found.length > room ? `${found.slice(0, room - 3)}...` : found);
}
