import { STANDARD_STREAM } from '../clone/standard-stream.ts';
import type { CloneSpec } from '../jobs/clone-spec.ts';
import { runCloneInFront } from './clone-front.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { METADATA_HELP } from './metadata-help.ts';
import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

/** `lifeboat metadata`: copies the structures of a volume without what is in its files. */
export async function metadataCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(words);
  if (values.help) {
    process.stdout.write(METADATA_HELP);
    return EXIT.saved;
  }
  const [source, target, ...more] = positionals;
  if (source === undefined || target === undefined || more.length > 0) {
    throw new UsageError('a source and a target are needed: lifeboat metadata SOURCE TARGET', 'metadata');
  }
  const { raw = false, 'strict-privacy': strict = false, 'full-log': fullLog = false } = values;
  if (strict && fullLog) {
    throw new UsageError('--full-log keeps what --strict-privacy clears: say only one of them', 'metadata');
  }
  if (raw && target === STANDARD_STREAM) {
    throw new UsageError('--raw needs a file: its clusters do not come in order', 'metadata');
  }
  const spec: CloneSpec = {
    task: 'metadata',
    source,
    target,
    overwrite: values.yes ?? false,
    form: raw ? 'raw' : 'image',
    strict,
    fullLog,
    keepTimes: values['keep-times'] ?? false,
    rescue: values.rescue ?? false,
    ignoreFsCheck: values['ignore-check'] ?? false,
    force: values.force ?? false,
    keepTimeouts: values['keep-timeouts'] ?? false,
  };
  const { quiet = false, json = false } = values;
  return runCloneInFront(spec, 'metadata', { quiet, json });
}

function parse(words: readonly string[]) {
  return parseWords(words, 'metadata', {
    raw: { type: 'boolean' },
    'strict-privacy': { type: 'boolean' },
    'keep-times': { type: 'boolean' },
    'full-log': { type: 'boolean' },
    rescue: { type: 'boolean' },
    'keep-timeouts': { type: 'boolean' },
    json: { type: 'boolean' },
    'ignore-check': { type: 'boolean' },
    yes: { type: 'boolean', short: 'y' },
    force: { type: 'boolean', short: 'f' },
    quiet: { type: 'boolean', short: 'q' },
    help: { type: 'boolean', short: 'h' },
  });
}
