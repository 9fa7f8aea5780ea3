/** The unit of all positions in fault files, whatever the sector size of the disk that is played. */
export const SECTOR = 512;

/** A stretch of sectors, `start <= x < end`. */
export interface SectorRange {
  readonly start: number;
  readonly end: number;
}

/** One line of a fault file. `text` is the line itself: two rules with the same text are the same rule. */
export type FaultRule = { readonly text: string } & (
  | { readonly kind: 'bad' | 'garbage'; readonly range: SectorRange }
  | { readonly kind: 'weak'; readonly range: SectorRange; readonly tries: number }
  | { readonly kind: 'slow'; readonly range: SectorRange; readonly factor: number }
  | { readonly kind: 'hang'; readonly range: SectorRange; readonly seconds: number }
  | {
      readonly kind: 'vanish_after_fails' | 'vanish_after_reads';
      readonly after: number;
      readonly requests: number;
    }
  | { readonly kind: 'vanish_at'; readonly sector: number; readonly requests: number }
);

/** What the words of a fault file mean, for `--help`. */
export const FAULT_HELP = `Fault rules, one a line, positions and counts in 512-byte sectors, '#' begins a comment:
  bad START COUNT               never readable
  weak START COUNT N            each sector fails its first N tries
  slow START COUNT FACTOR       read FACTOR times as slowly
  garbage START COUNT           read without an error, with the wrong bytes
  hang START COUNT SECONDS      answered only after SECONDS of real time
  vanish_after_fails N K        after N failing reads the next K requests all fail, then it is back
  vanish_after_reads N K        after N reads the next K requests all fail, then it is back
  vanish_at START K             the request that touches START and the next K-1 fail, then it is back`;

/** How many numbers follow each word. */
const OPERANDS: Readonly<Record<FaultRule['kind'], number>> = {
  bad: 2,
  garbage: 2,
  weak: 3,
  slow: 3,
  hang: 3,
  vanish_after_fails: 2,
  vanish_after_reads: 2,
  vanish_at: 2,
};

/** Reads a fault file; throws an `Error` that names the line when one cannot be understood. */
export function parseFaults(text: string): FaultRule[] {
  const rules: FaultRule[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.replace(/#.*/, '').trim();
    if (words === '') continue;
    const rule = parseRule(words);
    if (rule === undefined) throw new Error(`fault file, line ${index + 1}: cannot understand '${words}'`);
    rules.push(rule);
  }
  return rules;
}

function parseRule(line: string): FaultRule | undefined {
  const [word = '', ...operands] = line.split(/\s+/);
  if (!(word in OPERANDS)) return undefined;
  const kind = word as FaultRule['kind'];
  const numbers = operands.map(Number);
  if (numbers.length !== OPERANDS[kind] || !numbers.every((n) => Number.isFinite(n) && n >= 0))
    return undefined;
  const [first = 0, second = 0, third = 0] = numbers;
  const text = `${kind} ${numbers.join(' ')}`;
  const range = { start: first, end: first + second };
  switch (kind) {
    case 'bad':
    case 'garbage':
      return { text, kind, range };
    case 'weak':
      return { text, kind, range, tries: third };
    case 'slow':
      return { text, kind, range, factor: third };
    case 'hang':
      return { text, kind, range, seconds: third };
    case 'vanish_at':
      return { text, kind, sector: first, requests: second };
    default:
      return { text, kind, after: first, requests: second };
  }
}
