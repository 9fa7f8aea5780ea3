import type { CloneSpec } from '../jobs/clone-spec.ts';
import { runCloneInFront } from './clone-front.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

/** `lifeboat clone`: copies the used clusters of a volume to a file, a device or a stream. */
export async function cloneCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(words);
  if (values.help) {
    process.stdout.write(helpFor('clone') ?? '');
    return EXIT.saved;
  }
  const [source, target, ...more] = positionals;
  if (source === undefined || target === undefined || more.length > 0) {
    throw new UsageError('a source and a target are needed: lifeboat clone SOURCE TARGET', 'clone');
  }
  const { rescue = false, quiet = false, json = false } = values;
  const ignoreFsCheck = values['ignore-check'] ?? false;
  if (ignoreFsCheck && !rescue) throw new UsageError('--ignore-check needs --rescue', 'clone');
  const spec: CloneSpec = {
    task: 'clone',
    source,
    target,
    overwrite: values.yes ?? false,
    rescue,
    ignoreFsCheck,
    force: values.force ?? false,
    keepTimeouts: values['keep-timeouts'] ?? false,
    newSerial: values['new-serial'] ?? false,
    adjustSectorSize: values['adjust-sector-size'] ?? false,
  };
  return runCloneInFront(spec, 'clone', { quiet, json });
}

function parse(words: readonly string[]) {
  return parseWords(words, 'clone', {
    rescue: { type: 'boolean' },
    'ignore-check': { type: 'boolean' },
    'new-serial': { type: 'boolean' },
    'adjust-sector-size': { type: 'boolean' },
    'keep-timeouts': { type: 'boolean' },
    yes: { type: 'boolean', short: 'y' },
    force: { type: 'boolean', short: 'f' },
    quiet: { type: 'boolean', short: 'q' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
}
