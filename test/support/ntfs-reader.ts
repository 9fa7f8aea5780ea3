import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { RangeSet } from '../../src/block/range-set.ts';
import type { VolumeReader } from '../../src/ntfs/volume-reader.ts';

export interface FileReader extends VolumeReader {
  /** Everything that was asked for so far. */
  asked(): RangeSet;
  close(): void;
}

/** A volume in a file, from byte `start`; the whole sectors that touch `holes` cannot be read. */
export function fileReader(
  path: string,
  options: { start?: number; sizeBytes?: number; holes?: RangeSet; sectorBytes?: number } = {},
): FileReader {
  const { start = 0, holes = RangeSet.EMPTY, sectorBytes = 512 } = options;
  const fd = openSync(path, 'r');
  const sizeBytes = options.sizeBytes ?? fstatSync(fd).size - start;
  const requests: { start: number; end: number }[] = [];
  return {
    sizeBytes,
    asked: () => RangeSet.of(requests),
    close: () => closeSync(fd),
    async read(offset, length) {
      requests.push({ start: offset, end: offset + length });
      const bytes = new Uint8Array(length);
      checkRequest(offset, length, sizeBytes);
      readSync(fd, bytes, 0, length, start + offset);
      return withSectorHoles(bytes, offset, holes, sectorBytes);
    },
  };
}

/** A volume in memory. */
export function memoryReader(content: Uint8Array, holes: RangeSet = RangeSet.EMPTY): VolumeReader {
  return {
    sizeBytes: content.length,
    async read(offset, length) {
      checkRequest(offset, length, content.length);
      return withSectorHoles(content.slice(offset, offset + length), offset, holes, 512);
    },
  };
}

function checkRequest(offset: number, length: number, sizeBytes: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && length > 0;
  if (!whole || offset < 0 || offset + length > sizeBytes) {
    throw new RangeError(`a read of ${length} bytes at ${offset} leaves the volume of ${sizeBytes} bytes`);
  }
}

function withSectorHoles(bytes: Uint8Array, offset: number, holes: RangeSet, sectorBytes: number) {
  const cut: { start: number; end: number }[] = [];
  if (holes.touches(offset, offset + bytes.length)) {
    const sectors = RangeSet.of(
      [...holes.within(offset - sectorBytes, offset + bytes.length + sectorBytes)].map((hole) => ({
        start: Math.floor(hole.start / sectorBytes) * sectorBytes,
        end: Math.ceil(hole.end / sectorBytes) * sectorBytes,
      })),
    );
    for (const hole of sectors.within(offset, offset + bytes.length)) {
      bytes.fill(0, hole.start - offset, hole.end - offset);
      cut.push({ start: hole.start - offset, end: hole.end - offset });
    }
  }
  return { bytes, holes: cut };
}
