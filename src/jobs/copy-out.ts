import { type FileHandle, rm, utimes } from 'node:fs/promises';
import { errnoName } from '../block/errno.ts';
import type { FileDetails, FileStream } from '../ntfs/file-details.ts';
import type { TreeEntry, VolumeTree } from '../ntfs/volume-tree.ts';
import { type Fill, fillBytes } from '../rescue/fill.ts';
import type { CopyEvent, CopyProblem, MissingPiece } from './copy-events.ts';
import { createFile, makeFolder, NameTaken, OutputFolder, type Replacing } from './output-folder.ts';
import { outputName } from './output-name.ts';

/** How files are copied out of a volume. */
export interface CopyOptions extends Replacing {
  readonly fill: Exclude<Fill, 'keep'>;
  /** Sectors of the volume: each lost one gets a marker of its own. */
  readonly sectorBytes: number;
  /** Write alternate streams beside their files, as `name%stream`. */
  readonly streams: boolean;
  readonly report: (event: CopyEvent) => void;
  /** Asked between pieces; what was begun is removed then. */
  readonly isStopped: () => boolean;
}

/** The destination cannot take any more: nothing else can be copied. */
export class DestinationFailure extends Error {}

/** The copy was stopped. */
export class CopyStopped extends Error {}

/** Content is copied in pieces of this size. */
const PIECE_BYTES = 2 ** 20;
const MAX_DEPTH = 512;
/** Missing pieces of one file that are named. */
const MAX_PIECES = 1000;
/** The stream in which Windows keeps what it compressed itself. */
const WOF_STREAM = 'WofCompressedData';

/** Errors of one file or name; every other error of the destination ends the copy. */
const OF_ONE_FILE: ReadonlySet<string> = new Set([
  'ENAMETOOLONG',
  'EINVAL',
  'EFBIG',
  'EACCES',
  'EPERM',
  'EILSEQ',
  'ENOTDIR',
  'EISDIR',
  'ELOOP',
  'ETXTBSY',
]);

/**
 * Copies files and folders out of a volume, which is only read. Names come from the disk and are trusted in nothing:
 * each becomes one harmless name inside the folder that it is copied to; links are never made nor followed.
 */
export class CopyOut {
  readonly #tree: VolumeTree;
  readonly #options: CopyOptions;
  #copied = new Set<number>();

  constructor(tree: VolumeTree, options: CopyOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  /** Copies an entry into a folder; `as` is its name there, its own when left out. */
  async into(folder: string, entry: TreeEntry, as?: string): Promise<void> {
    this.#copied = new Set();
    await this.#entry(entry, new OutputFolder(folder), as, 0);
  }

  /** Copies what is in a folder of the volume into a folder that exists. */
  async contents(folder: string, entry: TreeEntry): Promise<void> {
    this.#copied = new Set([entry.record]);
    await this.#children(entry, new OutputFolder(folder), 0);
  }

  async #entry(entry: TreeEntry, folder: OutputFolder, as: string | undefined, depth: number): Promise<void> {
    if (this.#options.isStopped()) throw new CopyStopped();
    const details = await this.#tree.details(entry);
    const name = as ?? outputName(entry.name);
    if (details?.reparse?.kind === 'link' || details?.reparse?.kind === 'special') {
      const target = details.reparse.target === undefined ? '' : ` to ${details.reparse.target}`;
      this.#note(
        entry,
        `a ${details.reparse.kind === 'link' ? 'link' : 'special file'}${target}, not copied`,
      );
      return;
    }
    if (as === undefined && name !== entry.name) this.#note(entry, `copied under the name ${name}`);
    if (entry.isDirectory) await this.#folder(entry, details, folder, name, depth);
    else await this.#file(entry, details, folder, name);
  }

  async #folder(
    entry: TreeEntry,
    details: FileDetails | undefined,
    parent: OutputFolder,
    wanted: string,
    depth: number,
  ): Promise<void> {
    if (this.#copied.has(entry.record) || depth >= MAX_DEPTH) {
      this.#problem(entry, '', 'lost', 'the folder is in a loop of damaged folders');
      return;
    }
    this.#copied.add(entry.record);
    if (entry.problem !== undefined) {
      this.#note(entry, `${entry.problem}; what can be found of the folder is copied`);
    }
    const path = await this.#guarded(entry, '', () => makeFolder(parent, wanted));
    if (path === undefined) return;
    await this.#children(entry, new OutputFolder(path), depth + 1);
    await this.#namedStreams(entry, details, parent, wanted);
    await this.#guarded(entry, '', () =>
      setTimes(entry, details, (accessed, modified) => utimes(path, accessed, modified)),
    );
  }

  async #children(entry: TreeEntry, folder: OutputFolder, depth: number): Promise<void> {
    const { entries, damaged } = await this.#tree.list(entry);
    if (damaged) {
      this.#problem(entry, '', 'folder-damaged', 'a part of the folder is lost: files may be missing');
    }
    for (const named of entries) {
      const child = await this.#tree.child(entry, named);
      if (!child.isSystem) await this.#entry(child, folder, undefined, depth);
    }
  }

  async #file(
    entry: TreeEntry,
    details: FileDetails | undefined,
    folder: OutputFolder,
    name: string,
  ): Promise<void> {
    if (details === undefined) {
      this.#problem(entry, '', 'lost', `${entry.problem ?? 'record lost'}: its content cannot be found`);
      return;
    }
    const own = details.streams.find((stream) => stream.name === '');
    const { reparse } = details;
    if (reparse?.kind === 'wof') {
      const stored = details.streams.find((stream) => stream.name === WOF_STREAM);
      this.#problem(entry, '', 'lost', 'compressed by Windows (WOF): copied as it is stored, not expanded');
      if (stored !== undefined)
        await this.#stream(entry, details, stored, folder, outputName(name, `%${WOF_STREAM}`));
    } else {
      if (reparse !== undefined) {
        const tag = `0x${reparse.tag.toString(16)}`;
        this.#note(
          entry,
          `kept by another program (reparse tag ${tag}): what is stored of it is copied as it is`,
        );
      }
      await this.#stream(entry, details, own, folder, name);
    }
    await this.#namedStreams(entry, details, folder, name);
  }

  async #namedStreams(
    entry: TreeEntry,
    details: FileDetails | undefined,
    folder: OutputFolder,
    name: string,
  ): Promise<void> {
    for (const stream of details?.streams ?? []) {
      if (stream.name === '' || (stream.name === WOF_STREAM && details?.reparse?.kind === 'wof')) continue;
      if (this.#options.streams) {
        await this.#stream(entry, details, stream, folder, outputName(name, `%${stream.name}`));
      } else {
        this.#options.report({ event: 'stream-skipped', path: entry.path, stream: stream.name });
      }
    }
  }

  /** Copies one stream; a file without content of its own becomes an empty file. */
  async #stream(
    entry: TreeEntry,
    details: FileDetails | undefined,
    stream: FileStream | undefined,
    folder: OutputFolder,
    name: string,
  ): Promise<void> {
    const streamName = stream?.name ?? '';
    if (stream?.encrypted) {
      this.#problem(
        entry,
        streamName,
        'refused',
        'encrypted by Windows (EFS): only its owner on that Windows can read it',
      );
      return;
    }
    await this.#guarded(entry, streamName, async () => {
      const { file, path } = await createFile(folder, name, this.#options);
      let done = false;
      try {
        const missing = await this.#content(file, stream);
        await setTimes(entry, details, (accessed, modified) => file.utimes(accessed, modified));
        done = true;
        const sizeBytes = stream?.content.sizeBytes ?? 0;
        const { path: source } = entry;
        const isUnsure = stream?.sizeKnown === false || entry.problem !== undefined;
        this.#options.report({
          event: 'file',
          path: source,
          stream: streamName,
          destination: path,
          sizeBytes,
          ...missing,
          isUnsure,
        });
      } finally {
        await file.close();
        // A file is there whole, or with its missing parts named, or not at all.
        if (!done) await rm(path, { force: true });
      }
    });
  }

  async #content(
    file: FileHandle,
    stream: FileStream | undefined,
  ): Promise<{ missingBytes: number; pieces: readonly MissingPiece[]; pieceCount: number }> {
    const pieces: MissingPiece[] = [];
    let pieceCount = 0;
    let missingBytes = 0;
    let lastEnd = -1;
    const miss = (start: number, end: number): void => {
      missingBytes += end - start;
      const last = pieces.at(-1);
      if (start === lastEnd && last !== undefined && pieceCount === pieces.length) {
        pieces[pieces.length - 1] = { offset: last.offset, length: end - last.offset };
      } else if (start !== lastEnd) {
        pieceCount++;
        if (pieces.length < MAX_PIECES) pieces.push({ offset: start, length: end - start });
      }
      lastEnd = end;
    };
    const { fill, sectorBytes } = this.#options;
    const content = stream?.content;
    const sizeBytes = content?.sizeBytes ?? 0;
    if (content === undefined || sizeBytes === 0) return { missingBytes, pieces, pieceCount };
    for (let at = content.nextStored(0); at < sizeBytes; ) {
      if (this.#options.isStopped()) throw new CopyStopped();
      const length = Math.min(PIECE_BYTES, sizeBytes - at);
      const { bytes, holes } = await content.read(at, length);
      for (const { start, end } of holes) {
        bytes.set(fillBytes(fill, end - start, sectorBytes), start);
        miss(at + start, at + end);
      }
      if (!isZeros(bytes)) await writeAll(file, bytes, at);
      at = content.nextStored(at + length);
    }
    await file.truncate(sizeBytes);
    return { missingBytes, pieces, pieceCount };
  }

  /** Does something with the destination; what fails is told, and ends the copy when the destination is at its end. */
  async #guarded<T>(entry: TreeEntry, stream: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NameTaken) {
        this.#problem(entry, stream, 'exists', `${error.path} exists already`);
        return undefined;
      }
      const errno = errnoName(error);
      if (errno === undefined) throw error;
      if (!OF_ONE_FILE.has(errno)) {
        throw new DestinationFailure(
          `Writing ${entry.path} to the destination failed: ${(error as Error).message}.`,
        );
      }
      this.#problem(entry, stream, 'failed', `the destination does not take it (${errno})`);
      return undefined;
    }
  }

  #problem(entry: TreeEntry, stream: string, problem: CopyProblem, message: string): void {
    this.#options.report({ event: 'problem', path: entry.path, stream, problem, message });
  }

  #note(entry: TreeEntry, message: string): void {
    this.#options.report({ event: 'note', path: entry.path, message });
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const part = await file.write(bytes, written, bytes.length - written, position + written);
    written += part.bytesWritten;
  }
}

const ZEROS = new Uint8Array(PIECE_BYTES);

const isZeros = (bytes: Uint8Array): boolean => Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0;

/** Times from a disk may be absurd: those that the destination cannot keep are left out. */
const LATEST_MS = Date.UTC(2200, 0, 1);

async function setTimes(
  entry: TreeEntry,
  details: FileDetails | undefined,
  set: (accessed: number, modified: number) => Promise<void>,
): Promise<void> {
  const modified = details?.modifiedMs ?? entry.told.modifiedMs;
  if (modified === undefined || modified > LATEST_MS) return;
  const accessed = details?.accessedMs ?? modified;
  await set(Math.min(accessed, LATEST_MS) / 1000, modified / 1000);
}
