import { readClamped } from '../../ntfs/holes.ts';
import type { ArchivePorts, TroubleEvent } from '../events.ts';
import type { VolumeObject } from '../inventory/describe-volume.ts';
import { type DescribedObject, type DescribedStream, isReparse } from '../inventory/described.ts';
import { readStream, streamView } from '../inventory/stream-view.ts';
import { nameBytes } from '../inventory/wtf8.ts';
import type { OpenNtfsVolume } from '../open-volume.ts';
import type { PhaseProgress } from '../progress.ts';
import type { SideWriter } from '../side/side-writer.ts';
import type { ArchiveIndex, IndexedObject } from './archive-index.ts';
import type { WhyLeftOut } from './left-out.ts';

/** A volume whose side of an archive is written. */
export interface SideSource {
  readonly volume: OpenNtfsVolume;
  readonly fileSystem: number;
  readonly partitionStartBytes: number | undefined;
  readonly index: ArchiveIndex;
  readonly whyLeftOut: (path: string) => WhyLeftOut | undefined;
  /** Paths, beginning with `/`, of files that are in the archive with zeros in the place of what could not be read. */
  readonly cutFiles: ReadonlySet<string>;
}

const EMPTY_SUM = 'd41d8cd98f00b204e9800998ecf8427e';
const BOOT_BYTES = 8192;

/**
 * Writes what the side file keeps of one volume: the volume itself, every object with all that is compared of it, and the
 * contents that are not in the archive, or not as they should be. Contents are read through damage; what cannot be read
 * of them is zero and named. Gives the files that were hit.
 */
export async function writeSide(
  source: SideSource,
  writer: SideWriter,
  progress: PhaseProgress,
  ports: ArchivePorts,
  signal: AbortSignal | undefined,
): Promise<TroubleEvent[]> {
  const { volume, fileSystem } = source;
  const troubles: TroubleEvent[] = [];
  const tell = (trouble: Omit<TroubleEvent, 'event' | 'fileSystem'>): void => {
    const event: TroubleEvent = { event: 'trouble', fileSystem, ...trouble };
    troubles.push(event);
    ports.emit(event);
  };
  await writer.volume(await sideVolume(source));
  const descriptors = new Set<string>();
  for await (const line of volume.inventory.lines({ signal, whyLeftOut: source.whyLeftOut })) {
    switch (line.kind) {
      case 'name':
        await writer.object(line.name);
        break;
      case 'left-out':
        await writer.object(line);
        break;
      case 'lost':
        tell({ path: line.path, trouble: 'lost', message: line.problem });
        break;
      case 'damaged-folder': {
        const message = 'a part of the folder is lost: names in it may be missing';
        tell({ path: line.path, trouble: 'folder', message });
        break;
      }
      case 'object': {
        const { described, descriptor } = line.found;
        progress.update({ path: described.path });
        if (descriptor !== undefined && described.security !== undefined) {
          if (!descriptors.has(described.security)) {
            descriptors.add(described.security);
            const text = Buffer.from(descriptor).toString('base64');
            await writer.security({ sum: described.security, descriptor: text });
          }
        }
        const streams: DescribedStream[] = [];
        for (const stream of described.streams) {
          const written = await writeStream(source, writer, line.found, stream, progress, signal);
          const lost = written.lost?.reduce((sum, [start, end]) => sum + end - start, 0) ?? 0;
          if (lost > 0) {
            tell({
              path: described.path,
              ...(stream.name !== '' && { stream: stream.name }),
              trouble: 'damaged',
              lostBytes: lost,
              message: `${lost} of its ${stream.sizeBytes} bytes cannot be read`,
            });
          }
          streams.push(written);
        }
        if (described.problem !== undefined) {
          tell({ path: described.path, trouble: 'damaged', message: described.problem });
        }
        await writer.object({ ...described, streams });
        break;
      }
    }
  }
  return troubles;
}

/** Writes a stream that the archive does not have as it is; of others only the sum is noted. */
async function writeStream(
  source: SideSource,
  writer: SideWriter,
  found: VolumeObject,
  stream: DescribedStream,
  progress: PhaseProgress,
  signal: AbortSignal | undefined,
): Promise<DescribedStream> {
  const there = found.object.streams.find(({ name }) => name === stream.name);
  const archived = stream.name === '' ? source.index.get(found.described.path) : undefined;
  if (isKept(found.described, stream, archived, source.cutFiles)) {
    const sum = archived?.sum ?? (stream.sizeBytes === 0 ? EMPTY_SUM : undefined);
    return sum === undefined ? stream : { ...stream, sum };
  }
  if (there === undefined) return stream;
  const content = writer.beginContent();
  const { sum, lost } = await readStream(
    streamView(source.volume.inventory.tree.volume, there),
    signal,
    (offset, bytes) => writer.data(content, offset, bytes),
    () => progress.update({ bytes: writer.position }),
  );
  return {
    ...stream,
    sum,
    content,
    ...(lost.length > 0 && {
      lost: lost.map(({ start, end }): [number, number] => [start, Math.min(end, stream.sizeBytes)]),
    }),
  };
}

/** Whether FSArchiver has kept the content of this stream as it is. */
function isKept(
  object: DescribedObject,
  stream: DescribedStream,
  archived: IndexedObject | undefined,
  cutFiles: ReadonlySet<string>,
): boolean {
  if (stream.name !== '' || isReparse(object) || archived === undefined) return false;
  // As FSArchiver's words for it were heard: bytes that are no UTF-8 were replaced.
  if (cutFiles.has(nameBytes(`/${object.path}`).toString('utf8'))) return false;
  // ntfs-3g shows links of Interix, which are files on the volume, as links.
  return archived.state === 'whole' && (archived.isFile || object.kind === 'folder');
}

async function sideVolume({ volume, fileSystem, partitionStartBytes }: SideSource) {
  const { boot } = volume.inventory.tree.volume;
  const { bytes, holes } = await readClamped(volume.reader, 0, BOOT_BYTES);
  return {
    fileSystem,
    source: volume.path,
    label: volume.facts.label ?? '',
    version: volume.facts.version ?? '3.1',
    serial: boot.serial,
    sectorBytes: boot.sectorBytes,
    clusterBytes: boot.clusterBytes,
    volumeBytes: boot.volumeBytes,
    ...(holes.length === 0 && { boot: Buffer.from(bytes).toString('base64') }),
    ...(partitionStartBytes !== undefined && { partitionStartBytes }),
  };
}
