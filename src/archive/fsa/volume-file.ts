import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

const BUFFER_BYTES = 2 ** 20;

/** One file of an archive, read from its beginning to its end with jumps forward. */
export class VolumeFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #handle: FileHandle;
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  #bufferStart = 0;
  #bufferEnd = 0;
  #position = 0;

  private constructor(path: string, sizeBytes: number, handle: FileHandle) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.#handle = handle;
  }

  /** Rejects with the error of the system when it cannot be opened. */
  static async open(path: string): Promise<VolumeFile> {
    const handle = await open(path, constants.O_RDONLY);
    const { size } = await handle.stat();
    return new VolumeFile(path, size, handle);
  }

  /** Byte of the file that is read next. */
  get position(): number {
    return this.#position;
  }

  get leftBytes(): number {
    return this.sizeBytes - this.#position;
  }

  /** Goes to any byte; what lies between is not read. */
  seek(position: number): void {
    this.#position = Math.min(position, this.sizeBytes);
  }

  /**
   * The next `length` bytes, a copy; fewer at the end of the file. Rejects with the system's error when they cannot be
   * read.
   */
  async take(length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, this.leftBytes);
    const bytes = new Uint8Array(wanted);
    let filled = 0;
    while (filled < wanted) {
      if (this.#position < this.#bufferStart || this.#position >= this.#bufferEnd) {
        if (!(await this.#fill())) break;
      }
      const from = this.#position - this.#bufferStart;
      const count = Math.min(wanted - filled, this.#bufferEnd - this.#position);
      bytes.set(this.#buffer.subarray(from, from + count), filled);
      filled += count;
      this.#position += count;
    }
    return filled === wanted ? bytes : bytes.subarray(0, filled);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** False at the end: the file has become shorter than it was. */
  async #fill(): Promise<boolean> {
    const { bytesRead } = await this.#handle.read(this.#buffer, 0, BUFFER_BYTES, this.#position);
    this.#bufferStart = this.#position;
    this.#bufferEnd = this.#position + bytesRead;
    return bytesRead > 0;
  }
}

/** The path of file `volume` of the archive `path`: `x.fsa`, `x.f01`, `x.f02` (measured). */
export function volumePath(path: string, volume: number): string {
  if (volume === 0) return path;
  return `${path.replace(/\.fsa$/, '')}.f${String(volume).padStart(2, '0')}`;
}

/** More files than this is no archive that anybody made. */
const MAX_VOLUMES = 100_000;

/** The files of an archive that are there, in order, up to the first that is missing. */
export async function volumePaths(path: string): Promise<string[]> {
  const found: string[] = [];
  for (let volume = 0; volume < MAX_VOLUMES; volume++) {
    const next = volumePath(path, volume);
    try {
      if (!(await stat(next)).isFile()) break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') break;
      throw error;
    }
    found.push(next);
  }
  return found;
}
