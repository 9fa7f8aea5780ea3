import { RangeSet } from '../block/range-set.ts';
import { openVolume, type VolumeAccess } from '../jobs/volume-access.ts';
import type { TreeEntry } from '../ntfs/volume-tree.ts';
import { safeText } from '../text/safe.ts';
import { inDrives } from './drives.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { indexingProgress, withVolume } from './file-commands.ts';
import { helpFor } from './help.ts';
import { type LsArguments, parseLsArguments } from './ls-arguments.ts';
import { type ListedFile, listedJson, listedLines } from './ls-lines.ts';
import { Printer } from './printer.ts';

/** `lifeboat ls`: lists a folder or names a file of a volume, without mounting it. */
export async function lsCommand(words: readonly string[]): Promise<ExitCode> {
  const wanted = parseLsArguments(words);
  if (wanted.help) {
    process.stdout.write(helpFor('ls') ?? '');
    return EXIT.saved;
  }
  return withVolume(() =>
    inDrives({ ...wanted, on: undefined }, async ({ read }) => {
      const access = await openVolume(await read(wanted.source), wanted, indexingProgress());
      try {
        return await list(wanted, access);
      } finally {
        // The drive with it is put away.
        if (wanted.from !== undefined) await access.close();
      }
    }),
  );
}

async function list(wanted: LsArguments, access: VolumeAccess): Promise<ExitCode> {
  const entry = await access.tree.find(wanted.path);
  if ('missing' in entry) {
    const part = entry.damaged ? ' A part of its folder is lost, so it may have been there.' : '';
    process.stderr.write(`lifeboat: there is no ${safeText(entry.missing)} in this volume.${part}\n`);
    return EXIT.refused;
  }
  for (const note of access.notes) process.stderr.write(`lifeboat: note: ${safeText(note)}\n`);
  const listing = new Lister(access, wanted);
  if (entry.isDirectory) await listing.folder(entry, 0);
  else await listing.show(entry, entry.path);
  await listing.end();
  return listing.isDamaged ? EXIT.losses : EXIT.saved;
}

const MAX_DEPTH = 512;

/** Goes through folders and prints what is in them. */
class Lister {
  readonly #access: VolumeAccess;
  readonly #wanted: LsArguments;
  readonly #printer = new Printer(process.stdout);
  readonly #seen = new Set<number>();
  isDamaged = false;

  constructor(access: VolumeAccess, wanted: LsArguments) {
    this.#access = access;
    this.#wanted = wanted;
  }

  async folder(folder: TreeEntry, depth: number): Promise<void> {
    const { tree } = this.#access;
    this.#seen.add(folder.record);
    const { entries, damaged } = await tree.list(folder);
    if (damaged) {
      this.isDamaged = true;
      process.stderr.write(
        `lifeboat: a part of the folder ${safeText(folder.path || '/')} is lost; names may be missing\n`,
      );
    }
    for (const named of entries) {
      const entry = await tree.child(folder, named);
      if (entry.isSystem && !this.#wanted.all) continue;
      const isNewFolder = await this.show(entry, this.#wanted.recursive ? entry.path : entry.name);
      if (!this.#wanted.recursive || !isNewFolder) continue;
      if (depth < MAX_DEPTH && !this.#seen.has(entry.record)) await this.folder(entry, depth + 1);
    }
  }

  /** Prints one entry; true for a folder that has an inside. */
  async show(entry: TreeEntry, shownName: string): Promise<boolean> {
    const { tree, missing } = this.#access;
    const details = await tree.details(entry);
    const isLink = details?.reparse?.kind === 'link';
    const streams: ListedFile['streams'][number][] = [];
    for (const { name, content } of details?.streams ?? []) {
      // Without a map only lost records tell of missing content; for the rest all of it would have to be read.
      const known = await content.missingBytes(missing ?? RangeSet.EMPTY);
      const missingBytes = missing === undefined && known === 0 ? undefined : known;
      streams.push({ name, sizeBytes: content.sizeBytes, missingBytes });
    }
    const own = streams.find(({ name }) => name === '');
    const file: ListedFile = {
      path: entry.path,
      name: shownName,
      record: entry.record,
      type: isLink ? 'link' : entry.isDirectory ? 'folder' : 'file',
      sizeBytes: own?.sizeBytes ?? (details === undefined ? entry.told.dataBytes : 0),
      modifiedMs: details?.modifiedMs ?? entry.told.modifiedMs,
      createdMs: details?.createdMs,
      attributes: details?.attributes,
      reparse: details?.reparse,
      problem: entry.problem,
      missingBytes: sumOf(streams.map((stream) => stream.missingBytes)),
      streams: streams.filter(({ name }) => name !== ''),
    };
    if (file.problem !== undefined || (file.missingBytes ?? 0) > 0) this.isDamaged = true;
    const lines = this.#wanted.json ? [listedJson(file)] : listedLines(file, this.#wanted.long);
    for (const line of lines) await this.#printer.line(line);
    return entry.isDirectory && !isLink;
  }

  end(): Promise<void> {
    return this.#printer.end();
  }
}

/** Undefined when nothing is known of any part. */
function sumOf(parts: readonly (number | undefined)[]): number | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 && parts.length > 0 ? undefined : known.reduce((sum, part) => sum + part, 0);
}
