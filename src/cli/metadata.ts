import { parseArgs } from 'node:util';
import { cloneMetadata, type MetadataResult } from '../clone/metadata/clone-metadata.ts';
import { STANDARD_STREAM } from '../clone/standard-stream.ts';
import { bytesText, plural } from '../text/quantity.ts';
import { confirmOverwrite, runClone } from './clone-run.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { METADATA_HELP } from './metadata-help.ts';
import { MetadataView } from './metadata-view.ts';
import { argumentProblem, UsageError } from './usage-error.ts';

/** `lifeboat metadata`: copies the structures of a volume without what is in its files. */
export async function metadataCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(words);
  if (values.help) {
    process.stdout.write(METADATA_HELP);
    return EXIT.saved;
  }
  const [source, output, ...more] = positionals;
  if (source === undefined || output === undefined || more.length > 0) {
    throw new UsageError('a source and a target are needed: lifeboat metadata SOURCE TARGET', 'metadata');
  }
  const { raw = false, 'strict-privacy': strict = false, 'full-log': fullLog = false } = values;
  if (strict && fullLog) {
    throw new UsageError('--full-log keeps what --strict-privacy clears: say only one of them', 'metadata');
  }
  if (raw && output === STANDARD_STREAM) {
    throw new UsageError('--raw needs a file: its clusters do not come in order', 'metadata');
  }
  const stream = output === STANDARD_STREAM ? process.stderr : process.stdout;
  const view = new MetadataView(stream, values.quiet ?? false);
  return runClone(output, async (signal) => {
    const result = await cloneMetadata(
      {
        source,
        output,
        overwrite: true,
        form: raw ? 'raw' : 'image',
        strict,
        fullLog,
        keepTimes: values['keep-times'] ?? false,
        rescue: values.rescue ?? false,
        ignoreFsCheck: values['ignore-check'] ?? false,
        force: values.force ?? false,
        ...(!values.yes && { confirm: () => confirmOverwrite(output) }),
      },
      view,
      signal,
    );
    for (const line of summary(result, output, strict)) view.say(line);
    return result.lost.totalBytes > 0 ? EXIT.losses : EXIT.saved;
  });
}

function summary({ tally, lost }: MetadataResult, output: string, strict: boolean): string[] {
  const damaged = tally.damagedBlocks + tally.mirror.damagedBlocks;
  const where = output === STANDARD_STREAM ? 'written to standard output' : `in ${output}`;
  const lines = [
    `Finished: the structures of ${plural(tally.usedRecords, 'file')} are ${where}.`,
    `Cleared: ${bytesText(tally.residentBytes)} of contents, ${bytesText(tally.deletedBytes + tally.slackBytes)} of deleted records, ${bytesText(tally.timeBytes)} of times.`,
  ];
  if (damaged > 0) {
    lines.push(
      `${plural(damaged, 'record or index block', 'records and index blocks')} of it ${damaged === 1 ? 'was' : 'were'} damaged and cleared instead of copied.`,
    );
  }
  if (lost.totalBytes > 0) {
    lines.push(
      `${bytesText(lost.totalBytes)} in ${plural(lost.count, 'place')} could not be read and are marked.`,
    );
  }
  lines.push(
    strict
      ? 'In it are the names of files and folders, and the numbers of users.'
      : 'In it are names, also of deleted files, extended attributes and targets of links; --strict-privacy leaves only the names of today.',
  );
  return lines;
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        raw: { type: 'boolean' },
        'strict-privacy': { type: 'boolean' },
        'keep-times': { type: 'boolean' },
        'full-log': { type: 'boolean' },
        rescue: { type: 'boolean' },
        'ignore-check': { type: 'boolean' },
        yes: { type: 'boolean', short: 'y' },
        force: { type: 'boolean', short: 'f' },
        quiet: { type: 'boolean', short: 'q' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw argumentProblem(error, 'metadata');
  }
}
