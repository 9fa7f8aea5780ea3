import { basename } from 'node:path';
import { mountVolume, planMount } from '../jobs/mount.ts';
import { Refusal } from '../jobs/refusal.ts';
import { unmountVolume } from '../jobs/unmount.ts';
import { safeText } from '../text/safe.ts';
import { wrapText } from '../text/wrap.ts';
import { canAsk, confirmWrite } from './confirm.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { withVolume } from './file-commands.ts';
import { MOUNT_HELP } from './mount-help.ts';
import { parseWords, partitionNumber } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

/** `lifeboat mount`: the files of a volume in a folder. */
export async function mountCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(words);
  if (values.help) {
    process.stdout.write(MOUNT_HELP);
    return EXIT.saved;
  }
  const [source, folder, ...more] = positionals;
  if (source === undefined || folder === undefined || more.length > 0) {
    throw new UsageError('a source and a folder are needed: lifeboat mount SOURCE FOLDER', 'mount');
  }
  const { writable = false, yes = false, force = false } = values;
  const partition = partitionNumber(values.partition, 'mount');
  return withVolume(async () => {
    const planned = await planMount({ source, folder, writable, force, partition });
    for (const note of planned.notes) tell(`Note: ${safeText(note)}`);
    if (writable && !yes) await confirm(source);
    await mountVolume(planned);
    tell(
      `${safeText(source)} is at ${safeText(folder)}, ${writable ? 'for reading and writing' : 'for reading only'}.`,
    );
    process.stdout.write(`When you have done: lifeboat unmount ${safeText(folder)}\n`);
    return planned.isDamaged ? EXIT.losses : EXIT.saved;
  });
}

async function confirm(source: string): Promise<void> {
  if (!canAsk()) {
    throw new Refusal(
      'not-confirmed',
      `Nobody can be asked whether ${source} may be written to.`,
      'Say --yes.',
    );
  }
  tell(`Whatever writes into the folder changes ${safeText(source)}.`);
  if (!(await confirmWrite(basename(source)))) throw new Refusal('not-confirmed', 'Nothing was mounted.', '');
}

/** `lifeboat unmount`: ends it, and waits for the last write. */
export async function unmountCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parseUnmount(words);
  if (values.help) {
    process.stdout.write(MOUNT_HELP);
    return EXIT.saved;
  }
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) {
    throw new UsageError('a folder is needed: lifeboat unmount FOLDER', 'unmount');
  }
  return withVolume(async () => {
    await unmountVolume(folder);
    tell(`${safeText(folder)} is unmounted, and all of it is written.`);
    return EXIT.saved;
  });
}

function tell(text: string): void {
  for (const line of wrapText(text, 80)) process.stdout.write(`${line}\n`);
}

function parse(words: readonly string[]) {
  return parseWords(words, 'mount', {
    partition: { type: 'string', short: 'p' },
    writable: { type: 'boolean', short: 'w' },
    yes: { type: 'boolean', short: 'y' },
    force: { type: 'boolean', short: 'f' },
    help: { type: 'boolean', short: 'h' },
  });
}

function parseUnmount(words: readonly string[]) {
  return parseWords(words, 'unmount', { help: { type: 'boolean', short: 'h' } });
}
