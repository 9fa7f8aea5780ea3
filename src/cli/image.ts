import { parseArgs } from 'node:util';
import { restoreImage } from '../clone/restore-image.ts';
import { STANDARD_STREAM } from '../clone/standard-stream.ts';
import { readImageHeader, verifyImage } from '../clone/verify-image.ts';
import { bytesText } from '../text/quantity.ts';
import { bootHintLines } from './boot-hint.ts';
import { saveCommand } from './clone.ts';
import { confirmOverwrite, runClone } from './clone-run.ts';
import { CloneView, imageLines } from './clone-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { argumentProblem, UsageError } from './usage-error.ts';

/** `lifeboat image`: saves volumes to images, makes volumes of them again, and looks into them. */
export async function imageCommand(words: readonly string[]): Promise<ExitCode> {
  const [verb, ...rest] = words;
  switch (verb) {
    case 'save':
      return saveCommand('image', rest, 'image', 'lifeboat image save SOURCE IMAGE');
    case 'restore':
      return restoreCommand(rest);
    case 'info':
      return infoCommand(rest);
    case 'verify':
      return verifyCommand(rest);
    case '--help':
    case '-h':
      return helpPage();
    default:
      throw new UsageError(`save, restore, info or verify must follow, found "${verb ?? ''}"`, 'image');
  }
}

async function restoreCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(words);
  if (values.help) return helpPage();
  const [image, output] = named(positionals, 'lifeboat image restore IMAGE TARGET', 2);
  const view = new CloneView(
    output === STANDARD_STREAM ? process.stderr : process.stdout,
    values.quiet ?? false,
  );
  return runClone(output, async (signal) => {
    const { clusters, header } = await restoreImage(
      {
        image,
        output,
        overwrite: true,
        ...(values['new-serial'] && { newSerial: 'full' as const }),
        adjustSectorSize: values['adjust-sector-size'] ?? false,
        ...(!values.yes && { confirm: () => confirmOverwrite(output) }),
      },
      view,
      signal,
    );
    view.say(`Finished: ${bytesText(clusters * header.clusterBytes)} are restored to ${output}.`);
    if (!values.quiet) for (const line of await bootHintLines(output, false)) view.say(line);
    return EXIT.saved;
  });
}

async function infoCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(words);
  if (values.help) return helpPage();
  const [image] = named(positionals, 'lifeboat image info IMAGE', 1);
  return runClone(image, async () => {
    process.stdout.write(`${imageLines(await readImageHeader(image)).join('\n')}\n`);
    return EXIT.saved;
  });
}

async function verifyCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(words);
  if (values.help) return helpPage();
  const [image] = named(positionals, 'lifeboat image verify IMAGE', 1);
  const view = new CloneView(process.stdout, values.quiet ?? false);
  return runClone(image, async (signal) => {
    const { clusters, hasTail, header, isOrdered } = await verifyImage(image, view, signal);
    const missing = isOrdered ? header.usedClusters - clusters : 0;
    if (missing > 0) {
      view.say(`Damaged: ${missing} of ${header.usedClusters} clusters are missing.`);
      return EXIT.failed;
    }
    const all = isOrdered
      ? `all ${clusters} clusters are there`
      : `it ends where it should, with ${clusters} clusters in no order (metadata, or a damaged volume)`;
    view.say(`Sound: ${all}${hasTail ? '' : ', but no backup boot sector'}.`);
    return EXIT.saved;
  });
}

function helpPage(): ExitCode {
  process.stdout.write(helpFor('image') ?? '');
  return EXIT.saved;
}

/** The names that must be given, no more and no less. */
function named(positionals: readonly string[], usage: string, count: number): [string, string] {
  const [first = '', second = ''] = positionals;
  if (positionals.length !== count) throw new UsageError(`wrong number of names: ${usage}`, 'image');
  return [first, second];
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        'new-serial': { type: 'boolean' },
        'adjust-sector-size': { type: 'boolean' },
        yes: { type: 'boolean', short: 'y' },
        quiet: { type: 'boolean', short: 'q' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw argumentProblem(error, 'image');
  }
}
