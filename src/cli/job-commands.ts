import { Refusal } from '../jobs/refusal.ts';
import { WrongDisk } from '../jobs/resume.ts';
import { safeText } from '../text/safe.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Runs a command about a job, and tells what speaks against it: in one line, and field by field what differs. */
export async function withJob(work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const lines = [`lifeboat: ${error.message} ${error.advice}`];
    if (error instanceof WrongDisk) lines.push(...differenceLines(error));
    process.stderr.write(`${lines.join('\n')}\n`);
    return EXIT.refused;
  }
}

function differenceLines({ path, differences }: WrongDisk): string[] {
  const rows = [
    ['', 'of the job', `${path} now`],
    ...differences.map(({ field, recorded, found }) => [field, safeText(recorded), safeText(found)]),
  ];
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] ?? '').length));
  const [first, second] = [width(0), width(1)];
  return rows.map(([field = '', recorded = '', found = '']) =>
    `  ${field.padEnd(first)}  ${recorded.padEnd(second)}  ${found}`.trimEnd(),
  );
}
