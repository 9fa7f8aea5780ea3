import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { describePath } from '../block/device-facts.ts';
import { describeStandardStream } from '../block/standard-stream-facts.ts';
import { lockAllAgain } from '../block/unlocked-target.ts';
import { writeLocks } from '../block/write-locks.ts';
import { CloneError, sourceError } from '../clone/clone-error.ts';
import { cloneVolume } from '../clone/clone-volume.ts';
import { cloneMetadata, metadataOntoDevice } from '../clone/metadata/clone-metadata.ts';
import { restoreImage } from '../clone/restore-image.ts';
import { STANDARD_STREAM } from '../clone/standard-stream.ts';
import { refuseJobSource } from '../jobs/job-sources.ts';
import { Refusal } from '../jobs/refusal.ts';
import { SourceFailure } from '../ntfs/source-reader.ts';
import { safeText } from '../text/safe.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { errorLine } from './ntfsclone-errno.ts';
import { type NtfscloneOptions, parseNtfscloneLine } from './ntfsclone-options.ts';
import { BANNER, NtfscloneText, USAGE } from './ntfsclone-text.ts';

/** The command line of ntfsclone: `lifeboat ntfsclone`, or the program called by that name. */
export async function ntfscloneCommand(words: readonly string[]): Promise<ExitCode> {
  const { stdout, stderr } = process;
  stderr.write(BANNER);
  const line = parseNtfscloneLine(words);
  switch (line.kind) {
    case 'help':
      stderr.write(USAGE);
      return EXIT.saved;
    case 'version':
      return EXIT.saved;
    case 'rejected':
      stderr.write(`${line.message === undefined ? '' : `${line.message}\n`}${line.usage ? USAGE : ''}`);
      return EXIT.failed;
    case 'run':
      break;
  }
  const taken = await outputTaken(line.options);
  if (taken !== undefined) {
    stderr.write(`${taken}\n`);
    return EXIT.failed;
  }
  const stream = line.options.output === STANDARD_STREAM ? stderr : stdout;
  const text = new NtfscloneText((piece) => void stream.write(piece), line.options.quiet);
  lockOnSignals();
  try {
    await runNtfsclone(line.options, text);
    return EXIT.saved;
  } catch (error) {
    const known = error instanceof SourceFailure ? sourceError(error) : error;
    if (!(known instanceof CloneError)) throw known;
    text.failed(known);
    return EXIT.failed;
  } finally {
    await lockAllAgain();
  }
}

/** A signal ends the program at once, as it ends ntfsclone; where disks are kept locked, the target is locked first. */
function lockOnSignals(): void {
  if (writeLocks() === undefined) return;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void lockAllAgain().finally(() => process.kill(process.pid, signal)));
  }
}

/** Why the output cannot be used, as far as ntfsclone tells it with the command line's other faults. */
async function outputTaken(options: NtfscloneOptions): Promise<string | undefined> {
  const { output, overwrite, metadata, force } = options;
  if (output === undefined || output === STANDARD_STREAM) return undefined;
  let facts: Stats;
  try {
    facts = await stat(output);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : errorLine(`Couldn't access '${safeText(output)}'`, code);
  }
  if (overwrite && metadata && !force && facts.isBlockDevice()) {
    const { message, advice } = metadataOntoDevice();
    return `ERROR: ${message}\n${advice}`;
  }
  if (overwrite) return undefined;
  return `ERROR: Output file '${safeText(output)}' already exists.\nUse option --overwrite if you want to replace its content.`;
}

async function runNtfsclone(options: NtfscloneOptions, text: NtfscloneText): Promise<void> {
  const {
    source,
    output = '',
    overwrite,
    saveImage,
    rescue,
    ignoreFsCheck,
    force,
    newSerial,
    adjustSectorSize,
  } = options;
  const { signal } = new AbortController();
  const serial = newSerial && { newSerial };
  const confirm = (): Promise<void> => refuseSource(options.output);
  if (options.restoreImage) {
    await restoreImage(
      { image: source, output: options.output, overwrite, adjustSectorSize, confirm, ...serial },
      text,
      signal,
    );
    return;
  }
  if (options.metadata) {
    const form = saveImage ? 'image' : 'raw';
    const { preserveTimestamps: keepTimes, fullLogfile: fullLog } = options;
    await cloneMetadata(
      {
        source,
        output,
        overwrite,
        form,
        rescue,
        ignoreFsCheck,
        force,
        keepTimes,
        fullLog,
        strict: false,
        confirm,
        ...serial,
      },
      text,
      signal,
    );
    return;
  }
  const result = await cloneVolume(
    {
      source,
      output,
      overwrite,
      form: saveImage ? 'image' : 'raw',
      rescue,
      ignoreFsCheck,
      force,
      adjustSectorSize,
      confirm,
      ...serial,
    },
    text,
    signal,
  );
  if (result.owners !== undefined) text.losses(result.lost, result.owners);
}

/** What a job was made to save is written to by no command; `--force` means something else here. */
async function refuseSource(output: string | undefined): Promise<void> {
  if (output === undefined) return;
  const facts = output === STANDARD_STREAM ? await describeStandardStream(1) : await describePath(output);
  try {
    if (facts !== undefined) await refuseJobSource(facts, true);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new CloneError('refused', error.message, error.advice);
  }
}
