import { ArchiveError } from '../archive/archive-error.ts';
import { compareWith } from '../archive/compare/compare-with.ts';
import type { ArchivePorts, ArchiveQuestion } from '../archive/events.ts';
import { readArchiveHead } from '../archive/fsa/archive-head.ts';
import { restoreArchive } from '../archive/restore/restore.ts';
import type { RestoreResult } from '../archive/restore/restore-request.ts';
import { saveArchive } from '../archive/save/save.ts';
import { sidePath } from '../archive/side/side-path.ts';
import { SideFile } from '../archive/side/side-reader.ts';
import { describePath } from '../block/device-facts.ts';
import { withUnlocked } from '../block/unlocked-target.ts';
import { refuseJobSource } from '../jobs/job-sources.ts';
import { Refusal } from '../jobs/refusal.ts';
import { comparisonLines, restoredLines, savedLines } from '../telling/archive-results.ts';
import { agreedOf } from './agreed-words.ts';
import {
  type ArchiveWords,
  fileSystemOf,
  labelOf,
  levelOf,
  parseArchiveWords,
  splitOf,
  targetOf,
  threadsOf,
} from './archive-arguments.ts';
import { infoCommand, listCommand, verifyArchiveCommand } from './archive-inspect.ts';
import { askPassword, passwordFrom } from './archive-password.ts';
import { runArchive } from './archive-run.ts';
import { ArchiveJsonView, ArchiveTextView, type ArchiveView } from './archive-view.ts';
import { bootHintLines } from './boot-hint.ts';
import { canAsk, confirmByWord } from './confirm.ts';
import { inDrives, isSameDevice } from './drives.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { UsageError } from './usage-error.ts';

/** `lifeboat archive`: file systems as archives of FSArchiver, made lossless for NTFS. */
export async function archiveCommand(words: readonly string[]): Promise<ExitCode> {
  const [verb, ...rest] = words;
  switch (verb) {
    case 'save':
      return archiveVerb(verb, rest, saveCommand);
    case 'restore':
      return archiveVerb(verb, rest, restoreCommand);
    case 'compare':
      return archiveVerb(verb, rest, compareCommand);
    case 'list':
      return archiveVerb(verb, rest, listCommand);
    case 'info':
      return archiveVerb(verb, rest, infoCommand);
    case 'verify':
      return archiveVerb(verb, rest, verifyArchiveCommand);
    case '--help':
    case '-h':
      return helpPage();
    default:
      throw new UsageError(
        `save, restore, compare, list, info or verify must follow, found "${verb ?? ''}"`,
        'archive',
      );
  }
}

/** What a verb gets. */
interface Front {
  readonly values: ArchiveWords['values'];
  readonly names: readonly string[];
  readonly view: ArchiveView;
  readonly ports: ArchivePorts;
}

async function archiveVerb(
  verb: string,
  words: readonly string[],
  command: (front: Front) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { values, positionals } = parseArchiveWords(verb, words);
  if (values.help) return helpPage();
  const json = values.json ?? false;
  return withDrive(verb, values, positionals, (names, told) => {
    const view = json
      ? new ArchiveJsonView(told)
      : new ArchiveTextView(process.stdout, values.quiet ?? false, told);
    const ports: ArchivePorts = {
      emit: (event) => view.show(event),
      ask: (question) => confirm(question, json),
      now: () => Date.now(),
    };
    return command({ values, names, view, ports });
  });
}

/** Runs it while the drive is mounted in which the archive is, or is made, if one was named. */
async function withDrive(
  verb: string,
  { json = false, from, on, ...values }: Front['values'],
  names: readonly string[],
  work: (names: readonly string[], told: (text: string) => string) => Promise<ExitCode>,
): Promise<ExitCode> {
  const [archive, ...others] = names;
  const agreed = agreedOf(values.agreed, 'archive');
  if (archive === undefined || (from === undefined && on === undefined)) return work(names, (text) => text);
  try {
    // A file system that is saved is not the one that takes the archive.
    for (const other of verb === 'save' ? others : []) {
      if (on !== undefined && (await isSameDevice(on, other)))
        throw new Refusal('target-is-source', `${on} is to be saved itself.`, 'Choose another drive.');
    }
    const source = others[0] ?? archive;
    return await inDrives({ from, on, source, sameDisk: true, agreed }, async ({ read, written, told }) => {
      const place = verb === 'save' ? await written(archive) : await read(archive);
      return work([place, ...others], told);
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message, advice } = error;
    const event = { event: 'ended', fault: 'refused', code, message, advice, overridable: false };
    if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    process.stderr.write(`lifeboat: ${message} ${advice}\n`);
    return EXIT.refused;
  }
}

async function confirm({ code, message, advice, target }: ArchiveQuestion, json: boolean): Promise<boolean> {
  if (json || !canAsk()) return false;
  return confirmByWord({ event: 'question', code, message, advice }, target);
}

async function saveCommand({ values, names, view, ports }: Front): Promise<ExitCode> {
  const [archive, ...sources] = names;
  if (archive === undefined || sources.length === 0) {
    throw new UsageError(
      'an archive and a source are needed: lifeboat archive save ARCHIVE SOURCE...',
      'archive',
    );
  }
  const level = levelOf(values.level);
  const threads = threadsOf(values.threads);
  const splitBytes = splitOf(values.split);
  const label = labelOf(values.label);
  const password = await newPassword(values);
  return runArchive(view, async (signal) => {
    await refuseSources([archive], values.force);
    const result = await saveArchive(
      {
        archive,
        sources,
        agreed: agreedOf(values.agreed, 'archive'),
        level,
        threads,
        splitBytes,
        label,
        exclude: values.exclude ?? [],
        password,
        force: values.force ?? false,
      },
      ports,
      signal,
    );
    if (values.json) process.stdout.write(`${view.told(JSON.stringify({ event: 'saved', ...result }))}\n`);
    else for (const line of savedLines(result)) view.say(line);
    return result.troubles.length > 0 ? EXIT.losses : EXIT.saved;
  });
}

async function restoreCommand({ values, names, view, ports }: Front): Promise<ExitCode> {
  const [archive, ...targets] = names;
  if (archive === undefined || targets.length === 0) {
    throw new UsageError(
      'an archive and a target are needed: lifeboat archive restore ARCHIVE [ID=]TARGET...',
      'archive',
    );
  }
  const threads = threadsOf(values.threads);
  const password = await knownPassword(values, archive);
  return runArchive(view, async (signal) => {
    const devices = targets.map((target) => targetOf(target).device);
    await refuseSources(devices, values.force);
    const result = await restoreArchive(
      {
        archive,
        targets: targets.map(targetOf),
        agreed: agreedOf(values.agreed, 'archive'),
        threads,
        password,
        overwrite: (values.yes ?? false) || (values.force ?? false),
        force: values.force ?? false,
        check: values.check ?? false,
        compare: values.compare ?? true,
        withoutSide: values['without-side-file'] ?? false,
      },
      { ...ports, withUnlocked },
      signal,
    );
    if (values.json) process.stdout.write(`${view.told(JSON.stringify({ event: 'restored', ...result }))}\n`);
    else {
      for (const line of restoredLines(result)) view.say(line);
      if (!values.quiet) for (const line of await hintsOf(result)) view.say(line);
    }
    const isDifferent = result.restored.some(({ comparison }) => (comparison?.differences ?? 0) > 0);
    return isDifferent || result.troubles.length > 0 ? EXIT.losses : EXIT.saved;
  });
}

/** What a job was made to save is written to by nothing. Rejects with an `ArchiveError`. */
async function refuseSources(targets: readonly string[], force = false): Promise<void> {
  try {
    for (const target of targets) await refuseJobSource(await describePath(target), force);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new ArchiveError('refused', error.code, error.message, error.advice, error.overridable);
  }
}

/** Whether Windows will boot from the disks of the targets; what is the same for all of them is said once. */
async function hintsOf({ restored }: RestoreResult): Promise<string[]> {
  const hints = new Map<string, string[]>();
  for (const { device } of restored) {
    const lines = await bootHintLines(device, false);
    hints.set(lines.join('\n'), lines);
  }
  return [...hints.values()].flat();
}

async function compareCommand({ values, names, view, ports }: Front): Promise<ExitCode> {
  const [expected, volume, ...more] = names;
  if (expected === undefined || volume === undefined || more.length > 0) {
    throw new UsageError(
      'two names are needed: lifeboat archive compare ARCHIVE|SIDEFILE|VOLUME VOLUME',
      'archive',
    );
  }
  const fileSystem = fileSystemOf(values.fs);
  const password = await knownPassword(values, expected);
  return runArchive(view, async (signal) => {
    const comparison = await compareWith(
      { expected, volume, fileSystem, password, withoutContents: values.contents === false },
      ports,
      signal,
    );
    if (values.json) process.stdout.write(`${JSON.stringify({ event: 'compared', ...comparison })}\n`);
    else for (const line of comparisonLines(comparison)) view.say(line);
    return comparison.differences > 0 ? EXIT.losses : EXIT.saved;
  });
}

async function newPassword(values: Front['values']): Promise<string | undefined> {
  const file = values['password-file'];
  if (file !== undefined) return passwordFrom(file);
  if (!values.encrypt) return undefined;
  const password = await askPassword(true);
  if (password !== undefined) return password;
  throw new UsageError('--encrypt needs a password: run it on a terminal, or say --password-file', 'archive');
}

/** The password of an archive that is encrypted; undefined when it is not, or nobody can be asked. */
async function knownPassword(values: Front['values'], path: string): Promise<string | undefined> {
  const file = values['password-file'];
  if (file !== undefined) return passwordFrom(file);
  return (await isEncrypted(path)) ? askPassword(false) : undefined;
}

async function isEncrypted(path: string): Promise<boolean> {
  try {
    if (path.endsWith('.fsa')) return (await readArchiveHead(path)).encryption !== 'none';
    if (!path.endsWith(sidePath(''))) return false;
    const side = await SideFile.open(path);
    await side.close();
    return side.isEncrypted;
  } catch {
    // What is wrong with it is told by whoever needs it; here it is only asked whether a password is of use.
    return false;
  }
}

function helpPage(): ExitCode {
  process.stdout.write(helpFor('archive') ?? '');
  return EXIT.saved;
}
