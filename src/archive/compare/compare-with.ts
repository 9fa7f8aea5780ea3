import { open, stat } from 'node:fs/promises';
import { errnoName } from '../../block/errno.ts';
import { ArchiveError } from '../archive-error.ts';
import type { ArchivePorts } from '../events.ts';
import { MAGIC } from '../fsa/keys.ts';
import { type OpenNtfsVolume, openNtfsVolume } from '../open-volume.ts';
import { PhaseProgress } from '../progress.ts';
import { passwordNeeded, wrongPassword } from '../restore/check-password.ts';
import { SIDE_MAGIC, SideFileError } from '../side/side-form.ts';
import { sidePath } from '../side/side-path.ts';
import { SideFile } from '../side/side-reader.ts';
import { type Comparison, compare, type Expected } from './compare.ts';
import { compareVolumeFacts, describeWholeVolume, type VolumeDescription } from './compare-volumes.ts';
import { expectedBySide, expectedByVolume, sideVolumes } from './expected.ts';

export interface CompareRequest {
  /** An archive (its side file is used), a side file, or a volume. */
  readonly expected: string;
  /** A device or an image with an NTFS volume. */
  readonly volume: string;
  /** Number of the file system in the archive; undefined where there is one. */
  readonly fileSystem: number | undefined;
  readonly password: string | undefined;
  /** Compare all but the contents. */
  readonly withoutContents: boolean;
}

/** Compares a volume with an archive, a side file or another volume. Rejects with an `ArchiveError`. */
export async function compareWith(
  request: CompareRequest,
  ports: ArchivePorts,
  signal: AbortSignal,
): Promise<Comparison> {
  const kind = await kindOf(request.expected);
  const volume = await openNtfsVolume(request.volume);
  try {
    if (kind !== 'other') {
      const path = kind === 'archive' ? sidePath(request.expected) : request.expected;
      return await compareWithSide(path, volume, request, ports, signal);
    }
    const other = await openNtfsVolume(request.expected);
    try {
      const description = await describeWholeVolume(other);
      return await run(expectedByVolume(other, signal), description, 0, volume, request, ports, signal);
    } finally {
      await other.close();
    }
  } catch (error) {
    if (!(error instanceof SideFileError)) throw error;
    throw new ArchiveError('failed', 'side-file-damaged', error.message, 'See: lifeboat archive verify');
  } finally {
    await volume.close();
  }
}

async function compareWithSide(
  path: string,
  volume: OpenNtfsVolume,
  request: CompareRequest,
  ports: ArchivePorts,
  signal: AbortSignal,
): Promise<Comparison> {
  const side = await openSide(path);
  try {
    if (side.isEncrypted) {
      if (request.password === undefined) throw passwordNeeded(path);
      if (!(await side.unlock(request.password))) throw wrongPassword(path);
    }
    const volumes = await sideVolumes(side);
    const [only] = volumes.keys();
    const fileSystem = request.fileSystem ?? only;
    const description = fileSystem === undefined ? undefined : volumes.get(fileSystem);
    if (fileSystem === undefined || description === undefined) {
      const message = `${path} tells of the file systems ${[...volumes.keys()].join(', ')}, not of ${request.fileSystem}.`;
      throw new ArchiveError('refused', 'which-file-system', message, 'Say which one with --fs.');
    }
    if (request.fileSystem === undefined && volumes.size > 1) {
      const message = `${path} tells of ${volumes.size} file systems.`;
      throw new ArchiveError('refused', 'which-file-system', message, 'Say which one with --fs.');
    }
    const expected = expectedBySide(side, fileSystem, signal);
    return await run(expected, description, fileSystem, volume, request, ports, signal);
  } finally {
    await side.close();
  }
}

async function openSide(path: string): Promise<SideFile> {
  try {
    return await SideFile.open(path);
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined || error instanceof SideFileError) throw error;
    const message =
      errno === 'ENOENT'
        ? `There is no side file ${path}, and nothing else tells what the volume should be.`
        : `The side file ${path} cannot be read (${errno}).`;
    throw new ArchiveError(
      'refused',
      errno,
      message,
      'Compare with the source itself: lifeboat archive compare SOURCE VOLUME',
    );
  }
}

async function run(
  expected: Expected,
  description: VolumeDescription,
  fileSystem: number,
  volume: OpenNtfsVolume,
  { withoutContents }: CompareRequest,
  ports: ArchivePorts,
  signal: AbortSignal,
): Promise<Comparison> {
  const progress = new PhaseProgress(ports, 'comparing', volume.path);
  const differences = await compareVolumeFacts(description, volume);
  for (const difference of differences) ports.emit({ event: 'difference', fileSystem, ...difference });
  const comparison = await compare(
    expected,
    volume.inventory,
    {
      signal,
      contents: !withoutContents,
      onProgress: (_objects, bytes, path) => progress.update({ bytes, path }),
    },
    (difference) => ports.emit({ event: 'difference', fileSystem, ...difference }),
  );
  return { ...comparison, differences: comparison.differences + differences.length };
}

/** What a path is, by its first bytes. */
async function kindOf(path: string): Promise<'archive' | 'side' | 'other'> {
  try {
    if (!(await stat(path)).isFile()) return 'other';
    const file = await open(path, 'r');
    try {
      const head = Buffer.alloc(SIDE_MAGIC.length);
      await file.read(head, 0, head.length, 0);
      const text = head.toString('latin1');
      if (text === SIDE_MAGIC) return 'side';
      return text.startsWith(MAGIC.volumeHead) ? 'archive' : 'other';
    } finally {
      await file.close();
    }
  } catch (error) {
    // Whatever it is, opening it as a volume says what is wrong with it.
    if (errnoName(error) === undefined) throw error;
    return 'other';
  }
}
