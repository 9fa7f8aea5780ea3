import { parseArgs } from 'node:util';
import { type CloneRequest, cloneVolume } from '../clone/clone-volume.ts';
import { STANDARD_STREAM } from '../clone/standard-stream.ts';
import { summariseDamage } from '../rescue/damage.ts';
import { damageLines } from '../telling/damage-lines.ts';
import { bytesText, plural } from '../text/quantity.ts';
import { bootHintLines } from './boot-hint.ts';
import { confirmOverwrite, runClone } from './clone-run.ts';
import { CloneView } from './clone-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { argumentProblem, UsageError } from './usage-error.ts';

/** `lifeboat clone`: copies the used clusters of a volume to a file, a device or a stream. */
export async function cloneCommand(words: readonly string[]): Promise<ExitCode> {
  return saveCommand('clone', words, 'raw', 'lifeboat clone SOURCE TARGET');
}

/** What `clone` and `image save` have in common. */
export async function saveCommand(
  command: 'clone' | 'image',
  words: readonly string[],
  form: CloneRequest['form'],
  usage: string,
): Promise<ExitCode> {
  const { values, positionals } = parse(words, command);
  if (values.help) {
    process.stdout.write(helpFor(command) ?? '');
    return EXIT.saved;
  }
  const [source, output, ...more] = positionals;
  if (source === undefined || output === undefined || more.length > 0) {
    throw new UsageError(`a source and a target are needed: ${usage}`, command);
  }
  if (values['ignore-check'] && !values.rescue)
    throw new UsageError('--ignore-check needs --rescue', command);
  const view = new CloneView(
    output === STANDARD_STREAM ? process.stderr : process.stdout,
    values.quiet ?? false,
  );
  return runClone(output, async (signal) => {
    const { lost, owners, clusters, geometry } = await cloneVolume(
      {
        source,
        output,
        overwrite: true,
        form,
        rescue: values.rescue ?? false,
        ignoreFsCheck: values['ignore-check'] ?? false,
        force: values.force ?? false,
        ...(values['new-serial'] && { newSerial: 'full' as const }),
        adjustSectorSize: values['adjust-sector-size'] ?? false,
        ...(!values.yes && { confirm: () => confirmOverwrite(output) }),
      },
      view,
      signal,
    );
    view.say(`Finished: ${bytesText(clusters * geometry.clusterBytes)} are in ${output}.`);
    if (form === 'raw' && !values.quiet) {
      for (const line of await bootHintLines(output, false)) view.say(line);
    }
    if (owners === undefined) return EXIT.saved;
    view.say(
      `${bytesText(lost.totalBytes)} in ${plural(lost.count, 'place')} could not be read and are marked.`,
    );
    for (const line of damageLines(summariseDamage(owners, true))) view.say(line);
    return EXIT.losses;
  });
}

function parse(words: readonly string[], command: 'clone' | 'image') {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        rescue: { type: 'boolean' },
        'ignore-check': { type: 'boolean' },
        'new-serial': { type: 'boolean' },
        'adjust-sector-size': { type: 'boolean' },
        yes: { type: 'boolean', short: 'y' },
        force: { type: 'boolean', short: 'f' },
        quiet: { type: 'boolean', short: 'q' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw argumentProblem(error, command);
  }
}
