/**
 * Damages NTFS volumes in every way that a seed can think of, and rescues each of them whole, in process:
 *
 *   node bench/fuzz.ts [CASES [SEED [FIRST]]]
 *
 * A case is bound to its seed and number alone: `bench/fuzz.ts 1 SEED NUMBER` plays it again and says what was done.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeFuzzBases } from '../test/support/fuzz-bases.ts';
import { playShare, type ShareReport } from '../test/support/fuzz-share.ts';
import { missingNtfsTools } from '../test/support/ntfs-volume.ts';

const HANG_CPU_HINT_MS = 300_000;
const MOST_FAILURES_SHOWN = 20;

const [casesWord = '2000', seedWord = '1', firstWord = '0', folderWord, shareWord] = process.argv.slice(2);
const [cases, seed, first] = [Number(casesWord), Number(seedWord), Number(firstWord)];

if (folderWord !== undefined && shareWord !== undefined) {
  const [share = 0, shares = 1] = shareWord.split('/').map(Number);
  await playShare({ folder: folderWord, cases, seed, first, share, shares }, (line) =>
    process.stdout.write(`${line}\n`),
  );
} else {
  process.exitCode = await main();
}

async function main(): Promise<number> {
  const missing = missingNtfsTools();
  if (missing !== undefined) throw new Error(missing);
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-fuzz-'));
  try {
    makeFuzzBases(folder);
    const shares = Math.min(cases, Math.max(1, availableParallelism()));
    const reports = await Promise.all(
      Array.from({ length: shares }, (_, share) =>
        runShare([casesWord, seedWord, firstWord, folder, `${share}/${shares}`]),
      ),
    );
    return print(reports);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plays a share in a process of its own, which is ended when it stands still: only then a clock is looked at. */
async function runShare(words: readonly string[]): Promise<ShareReport> {
  const child = spawn(process.execPath, [import.meta.filename, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let report: ShareReport | undefined;
  let last = 'nothing';
  const isStuck = (): void => void child.kill('SIGKILL');
  let watch = setTimeout(isStuck, HANG_CPU_HINT_MS);
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(watch);
    watch = setTimeout(isStuck, HANG_CPU_HINT_MS);
    if (line.startsWith('{')) report = JSON.parse(line) as ShareReport;
    else last = line;
  }
  clearTimeout(watch);
  return (
    report ?? {
      failures: [`the process ended or hung after case ${last}`],
      played: 0,
      byBase: {},
      peakBytes: 0,
      slowestCpuMs: 0,
      slowest: '',
    }
  );
}

function print(reports: readonly ShareReport[]): number {
  const failures = reports.flatMap((report) => report.failures);
  const played = reports.reduce((sum, report) => sum + report.played, 0);
  for (const failure of failures.slice(0, MOST_FAILURES_SHOWN)) process.stdout.write(`FAILED ${failure}\n`);
  const bases = new Map<string, number[]>();
  for (const { byBase } of reports) {
    for (const [name, figures] of Object.entries(byBase)) {
      bases.set(
        name,
        (bases.get(name) ?? figures.map(() => 0)).map((sum, i) => sum + (figures[i] ?? 0)),
      );
    }
  }
  process.stdout.write(
    '| volume | cases | planned | bytes demanded | files compared | failing reads |\n|---|---|---|---|---|---|\n',
  );
  for (const [name, figures] of bases) process.stdout.write(`| ${[name, ...figures].join(' | ')} |\n`);
  const slowest = reports.toSorted((a, b) => b.slowestCpuMs - a.slowestCpuMs)[0];
  process.stdout.write(
    `seed ${seed}, cases ${first} to ${first + cases - 1}: ${played} played, ${failures.length} failed; ` +
      `largest process ${Math.round(Math.max(...reports.map(({ peakBytes }) => peakBytes)) / 2 ** 20)} MiB; ` +
      `slowest case ${slowest?.slowestCpuMs} ms of CPU (${slowest?.slowest})\n`,
  );
  return failures.length === 0 && played === cases ? 0 : 1;
}
