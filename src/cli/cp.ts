import { lstat, mkdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { execa } from 'execa';
import { describePath } from '../block/device-facts.ts';
import { errnoName } from '../block/errno.ts';
import { checkFolder } from '../block/folder-guard.ts';
import { CopyOut, CopyStopped, DestinationFailure } from '../jobs/copy-out.ts';
import { refuseJobSource } from '../jobs/job-sources.ts';
import { Refusal } from '../jobs/refusal.ts';
import { openVolume, type VolumeAccess } from '../jobs/volume-access.ts';
import type { TreeEntry } from '../ntfs/volume-tree.ts';
import { safeText } from '../text/safe.ts';
import { CopyReport } from './copy-report.ts';
import { type CpArguments, parseCpArguments } from './cp-arguments.ts';
import { inDrives } from './drives.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { indexingProgress, withVolume } from './file-commands.ts';
import { helpFor } from './help.ts';

/** `lifeboat cp`: copies files and folders out of a volume, without mounting it. */
export async function cpCommand(words: readonly string[]): Promise<ExitCode> {
  const wanted = parseCpArguments(words);
  if (wanted.help) {
    process.stdout.write(helpFor('cp') ?? '');
    return EXIT.saved;
  }
  return withVolume(() =>
    inDrives(wanted, async ({ read, written, told }) => {
      const source = await read(wanted.source);
      const placed = { ...wanted, source, destination: await written(wanted.destination) };
      const place = await placeFor(placed);
      await refuseSourceDisk(source, place.folder);
      const access = await openVolume(source, wanted, indexingProgress());
      try {
        const entries = await wantedEntries(access, wanted);
        await makePlace(place, entries);
        return await copyAll(access, placed, place, entries, told);
      } finally {
        // The drive with it is put away.
        if (wanted.from !== undefined) await access.close();
      }
    }),
  );
}

/** Where the copies go. */
interface Place {
  readonly folder: string;
  /** The name of the one copy, when the destination does not exist yet and is to become it. */
  readonly as: string | undefined;
  readonly isThere: boolean;
}

async function placeFor({ destination, paths, force }: CpArguments): Promise<Place> {
  const kind = await kindOf(destination);
  if (kind === 'folder') return { folder: destination, as: undefined, isThere: true };
  if (kind === 'missing' && (paths.length > 1 || destination.endsWith('/'))) {
    return { folder: destination, as: undefined, isThere: false };
  }
  const place = { folder: dirname(destination), as: basename(destination), isThere: true };
  if (kind === 'other' && (paths.length > 1 || !force)) {
    throw new Refusal(
      'destination-exists',
      `The destination ${destination} exists already and is no folder.`,
      'Name a folder, or say --force to replace a file by one copy.',
    );
  }
  if ((await kindOf(place.folder)) !== 'folder') {
    throw new Refusal('no-folder', `There is no folder ${place.folder}.`, 'Make it first.');
  }
  return place;
}

async function kindOf(path: string): Promise<'missing' | 'folder' | 'other'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    const errno = errnoName(error);
    if (errno === 'ENOENT') return 'missing';
    if (errno === undefined) throw error;
    throw new Refusal('destination', `The destination ${path} cannot be used (${errno}).`, 'Name another.');
  }
}

async function refuseSourceDisk(source: string, folder: string): Promise<void> {
  const facts = await describePath(folder);
  const refusal = await checkFolder(await describePath(source), facts);
  if (refusal !== undefined) throw new Refusal(refusal.code, refusal.message, refusal.advice);
  await refuseJobSource(facts);
}

/** Finds all that is asked for before anything is copied. */
async function wantedEntries({ tree }: VolumeAccess, wanted: CpArguments): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for (const path of wanted.paths) {
    const entry = await tree.find(path);
    if ('missing' in entry) {
      const part = entry.damaged ? 'A part of its folder is lost, so it may have been there.' : '';
      throw new Refusal(
        'not-found',
        `There is no ${safeText(entry.missing)} in this volume.`,
        part || `Look with: lifeboat ls ${wanted.source}`,
      );
    }
    if (entry.isDirectory && !wanted.recursive) {
      throw new Refusal(
        'is-folder',
        `${safeText(path)} is a folder.`,
        'Say -r to copy it with all that is in it.',
      );
    }
    entries.push(entry);
  }
  return entries;
}

async function makePlace(place: Place, entries: readonly TreeEntry[]): Promise<void> {
  const isContents = place.as !== undefined && entries[0]?.path === '';
  const folder = isContents ? `${place.folder}/${place.as}` : place.folder;
  if (place.isThere && !isContents) return;
  try {
    await mkdir(folder);
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    throw new Refusal('destination', `The folder ${folder} cannot be made (${errno}).`, 'Name another.');
  }
}

async function copyAll(
  access: VolumeAccess,
  wanted: CpArguments,
  place: Place,
  entries: readonly TreeEntry[],
  told: (text: string) => string,
): Promise<ExitCode> {
  const report = new CopyReport(wanted.json, told);
  for (const note of access.notes) report.volumeNote(note);
  let isStopped = false;
  const stop = (): void => {
    // The first stops in good order; a disk that hangs is left behind by the second.
    if (isStopped) process.exit(EXIT.stopped);
    isStopped = true;
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const copy = new CopyOut(access.tree, {
    fill: wanted.fill,
    sectorBytes: access.tree.volume.boot.sectorBytes,
    streams: wanted.streams,
    force: wanted.force,
    protectedFiles: await identities([wanted.source, wanted.map ?? `${wanted.source}.map`]),
    report: (event) => report.take(event),
    isStopped: () => isStopped,
  });
  let ended: ExitCode | undefined;
  try {
    for (const entry of entries) {
      if (entry.path !== '') await copy.into(place.folder, entry, place.as);
      else await copy.contents(place.as === undefined ? place.folder : `${place.folder}/${place.as}`, entry);
    }
  } catch (error) {
    if (error instanceof CopyStopped) {
      report.ended('Stopped by you; what was copied until then is whole.');
      ended = EXIT.stopped;
    } else if (error instanceof DestinationFailure) {
      report.ended(error.message);
      ended = EXIT.failed;
    } else throw error;
  }
  if (!(await settle(place.folder))) {
    report.ended('The destination failed while the copies were put on stable storage: do not trust them.');
    ended = EXIT.failed;
  }
  const exitCode = ended ?? report.exitCode;
  report.summary(exitCode);
  return exitCode;
}

/** `dev:ino` of those of the files that are there, and of what links lead to. */
async function identities(paths: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const path of paths) {
    for (const look of [stat, lstat]) {
      try {
        const { dev, ino } = await look(path, { bigint: true });
        found.add(`${dev}:${ino}`);
      } catch (error) {
        if (errnoName(error) === undefined) throw error;
      }
    }
  }
  return found;
}

/** Waits until everything is on stable storage; errors of late writes come up here. */
async function settle(folder: string): Promise<boolean> {
  const { exitCode } = await execa('sync', ['-f', folder], { reject: false, stdio: 'ignore' });
  return exitCode === 0;
}
