import { readdirSync } from 'node:fs';
import { loadFuzzBase } from './fuzz-bases.ts';
import { type CaseStory, caseRandom, playCase } from './fuzz-case.ts';

/** A part of the cases: those whose number leaves `share` when divided by `shares`. */
export interface ShareRequest {
  /** Where `makeFuzzBases` made its volumes. */
  readonly folder: string;
  readonly cases: number;
  readonly seed: number;
  readonly first: number;
  readonly share: number;
  readonly shares: number;
}

export interface ShareReport {
  readonly failures: string[];
  played: number;
  /** For each volume: cases, with a plan, bytes demanded, files compared, failing reads. */
  readonly byBase: Record<string, number[]>;
  peakBytes: number;
  slowestCpuMs: number;
  slowest: string;
}

/** A case that takes this much of a processor hangs; most take a few hundredths of a second. */
const HANG_CPU_MS = 20_000;
const MOST_MEMORY_BYTES = 900 * 2 ** 20;
const SAY_EVERY = 20;

/** Plays a share of the cases; `say` gets the number of a case now and then, and the report as JSON in the end. */
export async function playShare(request: ShareRequest, say: (line: string) => void): Promise<void> {
  const { folder, cases, seed, first, share, shares } = request;
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.replace('.json', ''));
  const bases = names.toSorted().map((name) => loadFuzzBase(folder, name));
  const report: ShareReport = {
    failures: [],
    played: 0,
    byBase: {},
    peakBytes: 0,
    slowestCpuMs: 0,
    slowest: '',
  };
  for (let number = first + share; number < first + cases; number += shares) {
    if (report.played % SAY_EVERY === 0) say(String(number));
    const random = caseRandom(seed, number);
    const base = bases[random.integer(bases.length)];
    if (base === undefined) throw new Error(`no volumes in ${folder}`);
    const story: CaseStory = { text: base.name };
    const before = process.cpuUsage();
    try {
      const result = await playCase(base, random, story);
      const sums = report.byBase[result.base] ?? [0, 0, 0, 0, 0];
      report.byBase[result.base] = sums;
      const figures = [
        1,
        Number(result.planned),
        result.demandedBytes,
        result.filesCompared,
        result.failedReads,
      ];
      for (const [i, figure] of figures.entries()) sums[i] = (sums[i] ?? 0) + figure;
    } catch (error) {
      report.failures.push(`case ${number}: ${(error as Error).stack}\n  ${story.text}`);
    }
    const { user, system } = process.cpuUsage(before);
    const cpuMs = Math.round((user + system) / 1000);
    if (cpuMs > report.slowestCpuMs) {
      report.slowestCpuMs = cpuMs;
      report.slowest = `case ${number}, ${story.text.slice(0, 200)}`;
    }
    if (cpuMs > HANG_CPU_MS)
      report.failures.push(`case ${number} took ${cpuMs} ms of a processor\n  ${story.text}`);
    report.played++;
  }
  report.peakBytes = process.resourceUsage().maxRSS * 1024;
  if (report.peakBytes > MOST_MEMORY_BYTES)
    report.failures.push(`share ${share} needed ${report.peakBytes} bytes of memory`);
  say(JSON.stringify(report));
}
