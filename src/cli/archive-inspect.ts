import type { ArchivePorts } from '../archive/events.ts';
import { type ArchivedObject, readContents } from '../archive/fsa/fsa-contents.ts';
import { archiveInfo } from '../archive/inspect/archive-info.ts';
import { type VerifyResult, verifyArchive } from '../archive/inspect/verify-archive.ts';
import { archiveUnreadable, headOf } from '../archive/restore/check-archive.ts';
import { type PathPatterns, pathPatterns } from '../ntfs/path-pattern.ts';
import { archiveInfoLines, archiveVerifyLines } from '../telling/archive-inspect-lines.ts';
import { safeText } from '../text/safe.ts';
import { type ArchiveWords, fileSystemOf } from './archive-arguments.ts';
import { runArchive } from './archive-run.ts';
import type { ArchiveView } from './archive-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Printer } from './printer.ts';
import { UsageError } from './usage-error.ts';

interface Front {
  readonly values: ArchiveWords['values'];
  readonly names: readonly string[];
  readonly view: ArchiveView;
  readonly ports: ArchivePorts;
}

/** `lifeboat archive list`: what is in an archive, which FSArchiver itself cannot tell. */
export async function listCommand({ values, names, view }: Front): Promise<ExitCode> {
  const [archive, ...patterns] = names;
  if (archive === undefined)
    throw new UsageError('say what to list: lifeboat archive list ARCHIVE', 'archive');
  const wanted = fileSystemOf(values.fs);
  const matching = patterns.length === 0 ? undefined : pathPatterns(patterns);
  return runArchive(view, async (signal) => {
    const { fileSystems } = await headOf(archive);
    const printer = new Printer(process.stdout);
    let isDamaged = false;
    const lines: string[] = [];
    try {
      await readContents(
        archive,
        { checkBlocks: false, signal },
        {
          object: (object) => {
            if (wanted !== undefined && object.fileSystem !== wanted) return;
            if (matching !== undefined && !matches(matching, object.path)) return;
            if (object.state !== 'whole') isDamaged = true;
            lines.push(values.json ? objectJson(object) : objectLine(object, fileSystems.length > 1));
          },
          damage: (error, fatal) => {
            if (fatal) isDamaged = true;
            process.stderr.write(`lifeboat: ${safeText(error.message)}\n`);
          },
        },
      );
    } catch (error) {
      throw archiveUnreadable(error, archive);
    }
    for (const line of lines) await printer.line(line);
    await printer.end();
    return isDamaged ? EXIT.losses : EXIT.saved;
  });
}

/** Whether a path fits a pattern, or lies in a folder that does. */
function matches(patterns: PathPatterns, path: string): boolean {
  let state = patterns.root;
  for (const name of path.split('/')) if (name !== '') state = patterns.step(state, name);
  return state.isWanted;
}

const TYPES: Partial<Record<ArchivedObject['type'], string>> = { folder: 'd', link: 'l', 'hard-link': 'h' };
const SIZE_COLUMNS = 14;

function objectLine(object: ArchivedObject, withNumber: boolean): string {
  const { type, sizeBytes, modifiedSeconds, path, target, state, fileSystem } = object;
  const mark = state === 'whole' ? ' ' : '!';
  const size = type === 'folder' ? '-' : String(sizeBytes);
  const leads = target === undefined ? '' : ` -> ${target}`;
  const wrong = STATES[state];
  return [
    `${TYPES[type] ?? '-'}${mark}`,
    ...(withNumber ? [String(fileSystem).padStart(2)] : []),
    size.padStart(SIZE_COLUMNS),
    dateText(modifiedSeconds),
    safeText(`${path}${leads}`) + (wrong === '' ? '' : `  [${wrong}]`),
  ].join('  ');
}

const STATES: Readonly<Record<ArchivedObject['state'], string>> = {
  whole: '',
  'no-content': 'could not be read when it was saved; spoils what follows',
  'left-out': 'could not be read when it was saved',
  damaged: 'damaged',
};

function dateText(seconds: number | undefined): string {
  const date = new Date((seconds ?? Number.NaN) * 1000);
  if (Number.isNaN(date.getTime())) return '-'.padEnd(16);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function objectJson({
  type,
  sizeBytes,
  modifiedSeconds,
  path,
  target,
  state,
  fileSystem,
  sum,
}: ArchivedObject): string {
  return JSON.stringify({
    fileSystem,
    path,
    type,
    sizeBytes,
    modified: modifiedSeconds === undefined ? undefined : isoText(modifiedSeconds),
    target,
    state,
    md5: sum && Buffer.from(sum).toString('hex'),
  });
}

function isoText(seconds: number): string | undefined {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** `lifeboat archive info`: what an archive says of itself. */
export async function infoCommand({ values, names, view }: Front): Promise<ExitCode> {
  const [archive, ...more] = names;
  if (archive === undefined || more.length > 0) {
    throw new UsageError('one archive is needed: lifeboat archive info ARCHIVE', 'archive');
  }
  return runArchive(view, async () => {
    const info = await archiveInfo(archive);
    if (values.json) process.stdout.write(`${view.told(JSON.stringify({ event: 'info', ...info }))}\n`);
    else process.stdout.write(`${archiveInfoLines(info).map(safeText).join('\n')}\n`);
    return EXIT.saved;
  });
}

/** `lifeboat archive verify`: whether an archive is sound, without restoring it. */
export async function verifyArchiveCommand({ values, names, view, ports }: Front): Promise<ExitCode> {
  const [archive, ...more] = names;
  if (archive === undefined || more.length > 0) {
    throw new UsageError('one archive is needed: lifeboat archive verify ARCHIVE', 'archive');
  }
  return runArchive(view, async (signal) => {
    const result = await verifyArchive(archive, { mend: values.mend ?? false }, ports, signal);
    if (values.json) process.stdout.write(`${view.told(JSON.stringify({ event: 'verified', ...result }))}\n`);
    else for (const line of archiveVerifyLines(result, archive)) view.say(line);
    return VERDICTS[result.verdict];
  });
}

const VERDICTS: Readonly<Record<VerifyResult['verdict'], ExitCode>> = {
  sound: EXIT.saved,
  lacking: EXIT.losses,
  damaged: EXIT.failed,
};
