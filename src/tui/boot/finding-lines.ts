import { ITEMS } from '../../boot/items.ts';
import type { ToldFinding } from '../../jobs/boot/told-check.ts';
import { STATE_WORDS } from '../../telling/boot-table.ts';
import { safeText } from '../../text/safe.ts';
import { wrapText } from '../../text/wrap.ts';
import { type Line, line, type Tone, toned } from '../frame/line.ts';
import { paragraphs } from '../frame/prose.ts';
import { WORDS, withoutCommands } from '../words.ts';

const TONES: Readonly<Record<ToldFinding['state'], Tone>> = {
  ok: 'good',
  warning: 'warn',
  failing: 'bad',
  'not-applicable': 'plain',
  unknown: 'warn',
};

/** What needs a person's eye first, the rest in the order in which it is checked. */
export function sortedFindings(findings: readonly ToldFinding[]): ToldFinding[] {
  const rank: Readonly<Record<ToldFinding['state'], number>> = {
    failing: 0,
    warning: 1,
    unknown: 2,
    ok: 3,
    'not-applicable': 4,
  };
  return [...findings].sort((a, b) => rank[a.state] - rank[b.state]);
}

/** A finding as a row of a list. */
export const findingRow = ({ name, item, state, read, fix }: ToldFinding): Line =>
  line(
    name.padEnd(6),
    toned(TONES[state], STATE_WORDS[state].padEnd(9)),
    ITEMS[item].title.slice(0, 24).padEnd(25),
    toned('good', (fix ? WORDS.boot.fixable : '').padEnd(6)),
    safeText(read),
  );

const HEADING = 10;

/** All that is known of a finding, in at most `width` columns. */
export function findingLines(finding: ToldFinding, device: string, width: number): Line[] {
  const { item, state, read, expected, meaning, position, fix, advice } = finding;
  const { facts } = WORDS.boot;
  const said: [string, string | undefined][] = [
    [facts.found, position === undefined ? read : WORDS.boot.at(read, position)],
    [facts.expected, expected],
    [facts.means, meaning],
    [facts.fix, fix && `${fix.does} ${WORDS.boot.risk(fix.risk)} ${fix.beware}`.trim()],
    [fix ? facts.or : facts.todo, advice && withoutCommands(advice)],
    [facts.byHand, item === BOOT_INI && state !== 'not-applicable' ? WORDS.boot.edit(device) : undefined],
  ];
  return said.flatMap(([heading, text]) => (text ? fact(heading, text, width) : []));
}

/** The file that can also be edited. */
const BOOT_INI = 'I1';

/** What the check is about, and what a fix does and costs. */
export function explanationLines({ item }: ToldFinding, width: number): Line[] {
  const { title, about, fixing } = ITEMS[item];
  return paragraphs([`${item}  ${title}`, about, `${WORDS.boot.facts.fix}: ${fixing}`], width);
}

function fact(heading: string, text: string, width: number): Line[] {
  return wrapText(safeText(text), Math.max(1, width - HEADING)).map((part, i) =>
    line(toned('strong', (i === 0 ? heading : '').padEnd(HEADING)), part),
  );
}
