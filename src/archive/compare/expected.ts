import type { DescribedObject, DescribedStream } from '../inventory/described.ts';
import { readStream, streamView } from '../inventory/stream-view.ts';
import type { OpenNtfsVolume } from '../open-volume.ts';
import { SideFileError, type SideVolume } from '../side/side-form.ts';
import type { SideFile } from '../side/side-reader.ts';
import type { Expected } from './compare.ts';
import type { ExpectedLines } from './pair-walk.ts';

/** What a side file expects of the volume of one file system. The sums of all contents are in it. */
export function expectedBySide(side: SideFile, fileSystem: number, signal?: AbortSignal): Expected {
  return {
    lines: sideLines(side, fileSystem, signal),
    sumOf: async (_object, stream) => stream.sum,
  };
}

/** The lines of one file system. */
export async function* sideLines(side: SideFile, fileSystem: number, signal?: AbortSignal): ExpectedLines {
  let isIn = false;
  for await (const part of side.parts({ signal })) {
    if (part.kind === 'volume') isIn = part.volume.fileSystem === fileSystem;
    else if (part.kind === 'line' && isIn) yield part.line;
  }
}

/** The volumes that a side file tells of, by file system. Rejects with a `SideFileError`. */
export async function sideVolumes(side: SideFile): Promise<Map<number, SideVolume>> {
  const volumes = new Map<number, SideVolume>();
  for await (const part of side.parts()) {
    if (part.kind !== 'volume') continue;
    if (volumes.has(part.volume.fileSystem)) {
      const message = `The side file ${side.path} tells twice of file system ${part.volume.fileSystem}.`;
      throw new SideFileError(message, 0, 'each once', 'twice');
    }
    volumes.set(part.volume.fileSystem, part.volume);
  }
  return volumes;
}

/** What one volume expects of another one. Contents are read when they are asked for. */
export function expectedByVolume(volume: OpenNtfsVolume, signal?: AbortSignal): Expected {
  const objects = new Map<number, Awaited<ReturnType<typeof volume.inventory.describe>>>();
  const lines = async function* (): ExpectedLines {
    for await (const line of volume.inventory.lines({ signal })) {
      if (line.kind === 'object') {
        objects.clear();
        objects.set(line.found.described.id, line.found);
        yield line.found.described;
      } else if (line.kind === 'name') {
        yield line.name;
      }
    }
  };
  return {
    lines: lines(),
    sumOf: async (object: DescribedObject, stream: DescribedStream) => {
      const found = objects.get(object.id)?.object.streams.find(({ name }) => name === stream.name);
      if (found === undefined) return undefined;
      const { sum, lost } = await readStream(streamView(volume.inventory.tree.volume, found), signal);
      return lost.length > 0 ? undefined : sum;
    },
  };
}
