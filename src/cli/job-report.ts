import { folderOfJob } from '../jobs/job-name.ts';
import { loadReport } from '../jobs/report-load.ts';
import { damageLines } from '../telling/damage-lines.ts';
import { verdictText } from '../telling/verdict-text.ts';
import { bytesText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { withJob } from './job-commands.ts';
import { parseWords } from './parse-words.ts';
import { Printer } from './printer.ts';
import { UsageError } from './usage-error.ts';

/** `lifeboat report JOB`: what was lost, file by file, once more. */
export async function reportCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(words);
  if (values.help) {
    process.stdout.write(helpFor('report') ?? '');
    return EXIT.saved;
  }
  const [job, ...rest] = positionals;
  if (!job) throw new UsageError('say which job: lifeboat report JOB', 'report');
  if (rest.length > 0) throw new UsageError(`one job is expected, found also "${rest.join(' ')}"`, 'report');
  return withJob(async () => {
    const { text, source, target, map, away, ended, damage } = await loadReport(await folderOfJob(job));
    const printer = new Printer(process.stdout);
    if (values.json) {
      await printer.line(text.trimEnd());
    } else {
      await printer.line(`${safeText(source)} to ${safeText(target)}, map ${safeText(map)}`);
      if (away !== undefined) await printer.line(safeText(away));
      await printer.line(verdictText(ended));
      await printer.line(
        `Saved ${bytesText(ended.savedBytes)} of ${bytesText(ended.domainBytes)}, ` +
          `bad ${bytesText(ended.badBytes)} in ${plural(ended.badAreas, 'area')}.`,
      );
      const lines = damage && damageLines(damage, Number.POSITIVE_INFINITY);
      for (const line of lines ?? ['What was lost is told when the rescue has run to its end.']) {
        await printer.line(line);
      }
    }
    await printer.end();
    return EXIT.saved;
  });
}

function parse(words: readonly string[]) {
  return parseWords(words, 'report', { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } });
}
