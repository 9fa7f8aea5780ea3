import { rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ArchiveError, stoppedByUser } from '../archive-error.ts';
import type { ArchivePorts } from '../events.ts';
import { readArchiveHead } from '../fsa/archive-head.ts';
import { FsaError } from '../fsa/fsa-error.ts';
import { volumePath, volumePaths } from '../fsa/volume-file.ts';
import { escapePattern } from '../fsarchiver/exclude-pattern.ts';
import { fileTrouble } from '../fsarchiver/messages.ts';
import { type FsarchiverEnd, runFsarchiver } from '../fsarchiver/run-fsarchiver.ts';
import { PhaseProgress } from '../progress.ts';
import { noRoom, type SaveRequest } from './save-request.ts';
import { type SaveSource, type ShownSource, showSource } from './source.ts';
import type { Survey } from './survey.ts';

/** What FSArchiver said of files that it could not read to their end. */
export interface FsarchiverPass {
  /** Paths by file system, as FSArchiver names them, of files that are in the archive with zeros at their end. */
  readonly cutFiles: ReadonlyMap<number, ReadonlySet<string>>;
}

/** Folders whose records cannot be read make FSArchiver begin anew; more than so many are too much damage. */
const MOST_PASSES = 20;
const MIB = 2 ** 20;

/**
 * Runs FSArchiver until it comes through. A record that cannot be read ends it: then it runs again without the folder in
 * which the record is; what is in that folder goes into the side file. Rejects with an `ArchiveError`.
 */
export async function passes(
  archive: string,
  request: SaveRequest,
  sources: readonly SaveSource[],
  surveys: readonly Survey[],
  ports: ArchivePorts,
  signal: AbortSignal,
): Promise<FsarchiverPass> {
  const shown: ShownSource[] = [];
  const avoided = new Set<string>();
  const systemFiles = surveys.flatMap((survey) => survey.systemFiles);
  try {
    for (const source of sources) shown.push(await showSource(source));
    for (let pass = 1; ; pass++) {
      const excluded = [
        ...request.exclude,
        ...[...systemFiles, ...avoided].map((path) => escapePattern(`/${path}`)),
      ];
      const run = new SaveRun(archive, request, sources, shown, excluded, ports, signal);
      const end = await run.go();
      if (end.wasStopped) throw stoppedByUser('no archive was made.');
      if (run.isThrough) return { cutFiles: run.cutFiles };
      await removeVolumes(archive);
      const folder = pass < MOST_PASSES ? run.unreadableFolder : undefined;
      if (folder === undefined || avoided.has(folder))
        throw failure(end, archive, run.unreadableFolder === '');
      avoided.add(folder);
      const message = `A record in the folder ${folder} cannot be read, which FSArchiver does not survive; the folder goes into the side file.`;
      ports.emit({ event: 'note', code: 'folder-avoided', message });
    }
  } finally {
    for (const { loop } of shown) await loop?.close();
  }
}

/** One run of FSArchiver. */
class SaveRun {
  readonly #archive: string;
  readonly #request: SaveRequest;
  readonly #sources: readonly SaveSource[];
  readonly #shown: readonly ShownSource[];
  readonly #excluded: readonly string[];
  readonly #ports: ArchivePorts;
  readonly #signal: AbortSignal;
  readonly cutFiles = new Map<number, Set<string>>();
  #finished = 0;
  #current = 0;
  /** The folder, in its volume, in which a record could not be read; empty for the root. */
  unreadableFolder: string | undefined;

  constructor(
    archive: string,
    request: SaveRequest,
    sources: readonly SaveSource[],
    shown: readonly ShownSource[],
    excluded: readonly string[],
    ports: ArchivePorts,
    signal: AbortSignal,
  ) {
    this.#archive = archive;
    this.#request = request;
    this.#sources = sources;
    this.#shown = shown;
    this.#excluded = excluded;
    this.#ports = ports;
    this.#signal = signal;
  }

  /** Whether every file system came to its end. */
  get isThrough(): boolean {
    return this.#finished === this.#sources.length;
  }

  async go(): Promise<FsarchiverEnd> {
    const { level, threads, splitBytes, label, password, force } = this.#request;
    const progress = new PhaseProgress(this.#ports, 'saving');
    let percent = 0;
    let read = 0;
    let totalCost: number | undefined;
    let isSaving = false;
    let readBefore = 0;
    const measure = async (): Promise<void> => {
      // The beginning of the archive tells how much work it is, as soon as it is written.
      totalCost ??= await costOf(this.#archive);
      const archiveBytes = await sizeOf(this.#archive);
      const byBytes = totalCost && isSaving ? (read - readBefore) / totalCost : 0;
      progress.update({
        share: isSaving ? Math.min(0.999, Math.max(percent / 100, byBytes)) : undefined,
        bytes: Math.max(0, read - readBefore),
        archiveBytes,
      });
    };
    return runFsarchiver({
      args: [
        ...['-v', '-x', '-Z', String(level), '-j', String(threads)],
        ...(splitBytes === undefined ? [] : ['-s', String(Math.max(1, Math.floor(splitBytes / MIB)))]),
        ...(label === undefined ? [] : ['-L', label]),
        ...(password === undefined ? [] : ['-c', '-']),
        ...(force ? ['-A'] : []),
        ...this.#excluded.flatMap((pattern) => ['-e', pattern]),
        ...['savefs', resolve(this.#archive), ...this.#shown.map(({ device }) => device)],
      ],
      binds: this.#shown.flatMap(({ bind }) => (bind === undefined ? [] : [bind])),
      ...(password !== undefined && { password: { text: password, times: 2 as const } }),
      signal: this.#signal,
      onBytesRead: (bytes) => {
        read = bytes;
        void measure();
      },
      onMessage: (message) => {
        switch (message.kind) {
          case 'phase':
            if (message.phase !== 'archiving') break;
            if (!isSaving) readBefore = read;
            isSaving = true;
            break;
          case 'object':
            this.#current = message.fileSystem;
            percent = Math.max(percent, (message.percent ?? 0) - 1);
            progress.update({ path: message.path.slice(1) });
            break;
          case 'statistics':
            this.#finished++;
            break;
          case 'error':
            this.#trouble(message.text);
            break;
          default:
            break;
        }
      },
    });
  }

  #trouble(text: string): void {
    const trouble = fileTrouble(text);
    if (trouble?.trouble === 'cut') {
      const paths = this.cutFiles.get(this.#current) ?? new Set();
      this.cutFiles.set(this.#current, paths.add(trouble.path));
    }
    if (trouble?.trouble === 'record') {
      // Behind the place of the mount, whose name ends with the number of the file system.
      const inside = /^\/tmp\/fsa\/[0-9a-f-]+-\d\d(\/[\s\S]*)$/.exec(trouble.path)?.[1];
      if (inside !== undefined) this.unreadableFolder = inside.slice(1, Math.max(1, inside.lastIndexOf('/')));
    }
  }
}

async function costOf(archive: string): Promise<number | undefined> {
  try {
    const { fileSystems } = await readArchiveHead(archive);
    return fileSystems.reduce((sum, { cost }) => sum + (cost ?? 0), 0);
  } catch (error) {
    // Not written so far yet.
    if (error instanceof FsaError || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
    throw error;
  }
}

async function sizeOf(archive: string): Promise<number> {
  let bytes = 0;
  for (const path of await volumePaths(archive)) {
    try {
      bytes += (await stat(path)).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return bytes;
}

async function removeVolumes(archive: string): Promise<void> {
  for (let volume = (await volumePaths(archive)).length - 1; volume >= 0; volume--) {
    await rm(volumePath(archive, volume), { force: true });
  }
}

/** What FSArchiver says when it cannot write its archive. */
const FULL = /no space left|Space on device is/i;

/** And when a source cannot be mounted: of a kind it knows, or of any. */
const UNMOUNTABLE = /^(?:can't detect and mount filesystem|cannot mount partition)/;

function failure(end: FsarchiverEnd, archive: string, isRoot: boolean): ArchiveError {
  const last = end.complaints.findLast((text) => !text.startsWith('removed ')) ?? '';
  if (end.complaints.some((text) => FULL.test(text))) return noRoom(archive);
  if (isRoot) {
    return new ArchiveError(
      'failed',
      'source-damaged',
      'A record in the root folder of the source cannot be read, which FSArchiver does not survive.',
      'Rescue the disk first (lifeboat rescue), and save the copy.',
    );
  }
  const unmountable = end.complaints.find((text) => UNMOUNTABLE.test(text));
  if (unmountable !== undefined) {
    return new ArchiveError(
      'failed',
      'source-unclean',
      `A source cannot be mounted read-only: ${unmountable.replace(/, cannot continue\.$/, '')}`,
      'If it was not closed in good order, its journal waits to be replayed: mount and unmount it once, or check it (fsck).',
    );
  }
  const how = end.signal === undefined ? `exit code ${end.exitCode}` : `signal ${end.signal}`;
  return new ArchiveError(
    'failed',
    'fsarchiver-failed',
    `FSArchiver did not come through (${how})${last === '' ? '' : `: ${last}`}`,
    'No archive was made. If the source is failing, rescue it first (lifeboat rescue) and save the copy.',
  );
}
