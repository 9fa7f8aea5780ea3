import { type CostParameters, DESKTOP_DISK, DriveHead } from './drive-head.ts';
import { type FaultRule, SECTOR, type SectorRange } from './fault-rules.ts';
import { mergeRanges, SectorIndex } from './sector-index.ts';

/** How a request ended, as written to the log. */
export const RC = { ok: 0, bad: 1, weak: 2, vanished: 3, written: 9 } as const;
export type Rc = (typeof RC)[keyof typeof RC];

/** What the disk does with one request. */
export interface Verdict {
  readonly rc: Rc;
  /** The time the request takes on the disk that is played. */
  readonly costMs: number;
  /** Time to let pass before the answer, on the real clock, even where costs are only counted. */
  readonly hangMs: number;
  /** The sectors of the request whose bytes are to be spoilt. */
  readonly garbage: readonly SectorRange[];
}

type RuleOf<K extends FaultRule['kind']> = Extract<FaultRule, { kind: K }>;
type RangeOnly = { readonly range: SectorRange };
type VanishRule = RuleOf<'vanish_after_fails' | 'vanish_after_reads' | 'vanish_at'>;

/** A rule by which the disk goes away, once. */
interface Vanishing {
  readonly rule: VanishRule;
  /** Reads and failing reads that had been counted when the rule came into force. */
  readonly readsBefore: number;
  readonly failsBefore: number;
  /** Requests that are still to fail; undefined until it goes away. */
  left?: number;
}

/** A dying disk on paper: takes requests, tells their outcome and their cost. No bytes, no clock, no files. */
export class FaultModel {
  readonly #parameters: CostParameters;
  readonly #head: DriveHead;
  /** Failed tries of each weak sector so far. */
  readonly #tries = new Map<number, number>();
  #bad = new SectorIndex<RangeOnly>([]);
  #garbage = new SectorIndex<RangeOnly>([]);
  #weak = new SectorIndex<RuleOf<'weak'>>([]);
  #slow = new SectorIndex<RuleOf<'slow'>>([]);
  #hang = new SectorIndex<RuleOf<'hang'>>([]);
  #vanishings: Vanishing[] = [];
  #reads = 0;
  #fails = 0;

  constructor(sizeBytes: number, rules: readonly FaultRule[] = [], parameters = DESKTOP_DISK) {
    this.#parameters = parameters;
    this.#head = new DriveHead(parameters, sizeBytes);
    this.setRules(rules);
  }

  /**
   * Changes what is wrong with the disk. Tries of weak sectors stay counted; a vanishing rule that was there
   * before goes on where it stood, a new one begins to count now.
   */
  setRules(rules: readonly FaultRule[]): void {
    const of = <K extends FaultRule['kind']>(kind: K): RuleOf<K>[] =>
      rules.filter((rule): rule is RuleOf<K> => rule.kind === kind);
    const bad = new SectorIndex(mergeRanges(of('bad')));
    const garbage = new SectorIndex(mergeRanges(of('garbage')));
    const weak = new SectorIndex(of('weak'));
    const slow = new SectorIndex(of('slow'));
    const hang = new SectorIndex(of('hang'));
    // Nothing is taken over before all of it is known to be sound.
    this.#bad = bad;
    this.#garbage = garbage;
    this.#weak = weak;
    this.#slow = slow;
    this.#hang = hang;
    this.#vanishings = rules.filter(isVanishRule).map(
      (rule) =>
        this.#vanishings.find((known) => known.rule.text === rule.text) ?? {
          rule,
          readsBefore: this.#reads,
          failsBefore: this.#fails,
        },
    );
  }

  /** Reads `length` bytes at `offset`. */
  request(offset: number, length: number): Verdict {
    const start = Math.floor(offset / SECTOR);
    const end = Math.ceil((offset + length) / SECTOR);
    if (this.#isAway(start, end)) {
      return { rc: RC.vanished, costMs: this.#parameters.vanishedMs, hangMs: 0, garbage: [] };
    }
    this.#reads++;
    const hangMs = [...this.#hang.meeting(start, end)].reduce((ms, rule) => ms + rule.seconds * 1000, 0);
    let costMs = this.#parameters.commandMs + hangMs + this.#head.seek(offset);
    const failure = this.#firstFailure(start, end);
    const readEnd = failure === undefined ? offset + length : Math.max(offset, failure.sector * SECTOR);
    costMs += this.#transfer(offset, readEnd);
    if (failure === undefined) {
      const garbage = [...this.#garbage.meeting(start, end)].map(({ range }) => range);
      return { rc: RC.ok, costMs, hangMs, garbage };
    }
    this.#fails++;
    return { rc: failure.rc, costMs: costMs + this.#parameters.failureMs, hangMs, garbage: [] };
  }

  /** The sector at which a read of `start <= x < end` stops, if any; counts the try of a weak one. */
  #firstFailure(start: number, end: number): { sector: number; rc: Rc } | undefined {
    const bad = this.#bad.first(start, end);
    for (const { range, tries } of this.#weak.meeting(start, bad ?? end)) {
      const last = Math.min(bad ?? end, range.end);
      for (let sector = Math.max(start, range.start); sector < last; sector++) {
        const tried = this.#tries.get(sector) ?? 0;
        if (tried >= tries) continue;
        this.#tries.set(sector, tried + 1);
        return { sector, rc: RC.weak };
      }
    }
    return bad === undefined ? undefined : { sector: bad, rc: RC.bad };
  }

  #transfer(offset: number, end: number): number {
    let ms = 0;
    let position = offset;
    for (const { range, factor } of this.#slow.meeting(
      Math.floor(offset / SECTOR),
      Math.ceil(end / SECTOR),
    )) {
      const slowStart = Math.max(position, range.start * SECTOR);
      const slowEnd = Math.min(end, range.end * SECTOR);
      ms += this.#head.transfer(slowStart - position) + this.#head.transfer(slowEnd - slowStart, factor);
      position = slowEnd;
    }
    return ms + this.#head.transfer(end - position);
  }

  #isAway(start: number, end: number): boolean {
    for (const vanishing of this.#vanishings) {
      if (vanishing.left === undefined && this.#begins(vanishing, start, end)) {
        vanishing.left = vanishing.rule.requests;
      }
      if (vanishing.left === undefined || vanishing.left === 0) continue;
      vanishing.left--;
      return true;
    }
    return false;
  }

  #begins({ rule, readsBefore, failsBefore }: Vanishing, start: number, end: number): boolean {
    if (rule.kind === 'vanish_at') return start <= rule.sector && rule.sector < end;
    if (rule.kind === 'vanish_after_reads') return this.#reads - readsBefore >= rule.after;
    return this.#fails - failsBefore >= rule.after;
  }
}

function isVanishRule(rule: FaultRule): rule is VanishRule {
  return (
    rule.kind === 'vanish_at' || rule.kind === 'vanish_after_fails' || rule.kind === 'vanish_after_reads'
  );
}
