import { signed } from '../ntfs/little-endian.ts';
import type { ByteInput } from './byte-input.ts';
import { CloneError } from './clone-error.ts';
import { tailBytes } from './cluster-sink.ts';
import {
  decodeImageHeader,
  HEADER_BYTES,
  type ImageHeader,
  isOldHeader,
  OLD_HEADER_BYTES,
} from './image-header.ts';
import { COMMAND } from './image-writer.ts';

/** What an image holds is handed on in pieces of about this size. */
const PIECE_BYTES = 2 ** 20;
const PIECES = 4;

/** Takes what an image holds. */
export interface ImageTaker {
  /** Clusters that lie one behind the other; `bytes` are free again when the promise resolves. */
  take(lcn: number, bytes: Uint8Array): Promise<void>;
  /** Clusters so far, the stretch behind the last one among them. */
  onClusters(count: number): void;
  /** Whether clusters must come in ascending order, cluster 0 first. */
  readonly inOrder: boolean;
}

/** How an image ended. */
export interface ImageEnd {
  /** Clusters that it holds, those twice that it holds twice; without the stretch behind the last one. */
  readonly clusters: number;
  /** Whether the stretch behind the last cluster, with the backup boot sector, is in it. */
  readonly hasTail: boolean;
  /**
   * Whether the clusters came in ascending order. Otherwise it is an image of metadata or of a damaged volume, whose
   * header does not tell exactly how many clusters there are (measured).
   */
  readonly isOrdered: boolean;
}

/** Reads ntfsclone's special image format, of all versions, from a stream. */
export class ImageReader {
  readonly header: ImageHeader;
  readonly #cursor: Cursor;

  private constructor(header: ImageHeader, cursor: Cursor) {
    this.header = header;
    this.#cursor = cursor;
  }

  /** Reads the header. Rejects with a `CloneError` when it is none. */
  static async open(input: ByteInput): Promise<ImageReader> {
    const cursor = new Cursor(input);
    const start = new Uint8Array(HEADER_BYTES);
    await cursor.fill(start.subarray(0, OLD_HEADER_BYTES));
    if (!isOldHeader(start)) await cursor.fill(start.subarray(OLD_HEADER_BYTES));
    const header = decodeImageHeader(start);
    await cursor.skip(header.dataOffset - cursor.position);
    return new ImageReader(header, cursor);
  }

  /** Follows the commands to the end. Rejects with a `CloneError`; then the image is damaged or cut. */
  async replay(taker: ImageTaker, signal: AbortSignal): Promise<ImageEnd> {
    const { clusterBytes, clusterCount } = this.header;
    const cursor = this.#cursor;
    const pieces = new PieceBuilder(taker, clusterBytes);
    const tail = tailBytes(this.header);
    let position = 0;
    let clusters = 0;
    let isOrdered = true;
    while (position <= clusterCount) {
      const command = cursor.hasByte() ? cursor.byte() : await cursor.nextByte();
      if (command === undefined) {
        if (position !== clusterCount) throw cursor.short();
        await pieces.finish();
        return { clusters, hasTail: false, isOrdered };
      }
      if (command === COMMAND.NEXT) {
        const length = position < clusterCount ? clusterBytes : tail;
        const room = pieces.room(position, length) ?? (await pieces.nextRoom(position, length));
        if (!cursor.copy(room)) await cursor.fill(room);
        position++;
        clusters++;
        if (clusters % 256 === 0) {
          taker.onClusters(clusters);
          signal.throwIfAborted();
        }
        continue;
      }
      if (command !== COMMAND.GAP) throw cursor.damaged(`Invalid command code ${(command << 24) >> 24}`, 1);
      const gap = await cursor.number();
      if (gap === 0) throw cursor.damaged('Bad offset', 8);
      if (taker.inOrder && (clusters === 0 || (gap ?? -1) < 0)) {
        throw new CloneError(
          'refused',
          'Cannot restore a metadata image to stdout',
          'Its clusters do not come in order: restore it to a file.',
        );
      }
      if ((gap ?? -1) < 0) isOrdered = false;
      position += gap ?? Number.NaN;
      if (!(position >= 0 && position <= clusterCount))
        throw cursor.damaged('restore_image: corrupt image', 8);
    }
    await pieces.finish();
    taker.onClusters(clusters);
    return { clusters: clusters - 1, hasTail: true, isOrdered };
  }
}

/** The place in the stream. */
class Cursor {
  readonly #input: ByteInput;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Bytes before the chunk. */
  #before = 0;

  constructor(input: ByteInput) {
    this.#input = input;
  }

  get position(): number {
    return this.#before + this.#at;
  }

  hasByte(): boolean {
    return this.#at < this.#chunk.length;
  }

  byte(): number {
    return this.#chunk[this.#at++] as number;
  }

  /** `undefined` at the end. */
  async nextByte(): Promise<number | undefined> {
    return (await this.#refill()) ? this.byte() : undefined;
  }

  /** Copies what comes next, if all of it is at hand. */
  copy(into: Uint8Array): boolean {
    const end = this.#at + into.length;
    if (end > this.#chunk.length) return false;
    into.set(this.#chunk.subarray(this.#at, end));
    this.#at = end;
    return true;
  }

  /** Copies what comes next; rejects when the stream ends before. */
  async fill(into: Uint8Array): Promise<void> {
    let done = 0;
    while (done < into.length) {
      if (!this.hasByte() && !(await this.#refill())) throw this.short();
      const part = this.#chunk.subarray(this.#at, this.#at + into.length - done);
      into.set(part, done);
      done += part.length;
      this.#at += part.length;
    }
  }

  async skip(bytes: number): Promise<void> {
    let left = bytes;
    while (left > 0) {
      if (!this.hasByte() && !(await this.#refill())) throw this.short();
      const part = Math.min(left, this.#chunk.length - this.#at);
      this.#at += part;
      left -= part;
    }
  }

  /** A signed 64-bit number; `undefined` when it is too large for any volume. */
  async number(): Promise<number | undefined> {
    const bytes = new Uint8Array(8);
    await this.fill(bytes);
    return signed(bytes, 0, 8);
  }

  short(): CloneError {
    return new CloneError(
      'source',
      `Short image file: it ends at byte ${this.position}, inside the volume`,
      'It was not saved or copied to its end; what is restored from it is incomplete.',
    );
  }

  damaged(what: string, length: number): CloneError {
    const at = this.position - length;
    return new CloneError(
      'source',
      `${what} at input offset 0x${at.toString(16)}`,
      'The image is damaged; what is restored from it is incomplete.',
    );
  }

  async #refill(): Promise<boolean> {
    this.#before += this.#chunk.length;
    this.#at = 0;
    this.#chunk = await this.#input.next();
    return this.#chunk.length > 0;
  }
}

/** Puts clusters together that lie one behind the other, and hands them on while the next are gathered. */
class PieceBuilder {
  readonly #taker: ImageTaker;
  readonly #clusterBytes: number;
  readonly #free: Uint8Array[];
  #current: Uint8Array;
  #startLcn = 0;
  #filled = 0;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(taker: ImageTaker, clusterBytes: number) {
    this.#taker = taker;
    this.#clusterBytes = clusterBytes;
    const bytes = Math.max(PIECE_BYTES, clusterBytes);
    this.#free = Array.from({ length: PIECES - 1 }, () => new Uint8Array(bytes));
    this.#current = new Uint8Array(bytes);
  }

  /** Where the next cluster goes, if the piece at hand can take it. */
  room(lcn: number, length: number): Uint8Array | undefined {
    const end = this.#filled + length;
    const isNext = lcn === this.#startLcn + this.#filled / this.#clusterBytes;
    if (this.#filled === 0) this.#startLcn = lcn;
    else if (!isNext || end > this.#current.length) return undefined;
    const room = this.#current.subarray(this.#filled, end);
    this.#filled = end;
    return room;
  }

  /** The same after handing on the piece at hand. */
  async nextRoom(lcn: number, length: number): Promise<Uint8Array> {
    await this.#handOn();
    return this.room(lcn, length) as Uint8Array;
  }

  async finish(): Promise<void> {
    await this.#handOn();
    while (this.#free.length < PIECES - 1) await this.#oneFree();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #handOn(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#filled === 0) return;
    const piece = this.#current;
    const release = (): void => {
      this.#free.push(piece);
      this.#wake?.();
    };
    this.#taker.take(this.#startLcn, piece.subarray(0, this.#filled)).then(release, (error: unknown) => {
      this.#failure ??= error;
      release();
    });
    this.#filled = 0;
    while (this.#free.length === 0) await this.#oneFree();
    this.#current = this.#free.pop() as Uint8Array;
  }

  #oneFree(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
