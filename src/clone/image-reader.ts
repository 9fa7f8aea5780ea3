import { signed } from '../ntfs/little-endian.ts';
import { ByteCursor } from './byte-cursor.ts';
import type { ByteStream } from './byte-input.ts';
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

/** Bytes before the first command that are kept; any larger number was damaged. */
const MOST_HEADER_BYTES = 2 ** 16;

/** What an image holds is handed on in pieces of about this size. */
const PIECE_BYTES = 2 ** 20;
const PIECES = 4;
/** It is told how far it is, and looked whether to stop, at each so manieth cluster, and once a piece. */
const MOST_UNTOLD = 256;

/** Takes what an image holds. */
export interface ImageTaker {
  /**
   * `clusters` that lie one behind the other; none where the image only steps to another place. `bytes` are free again
   * when the promise resolves.
   */
  take(lcn: number, bytes: Uint8Array, clusters: number): Promise<void>;
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

/**
 * Clusters that the header counts and the image has not. Of one without order the header does not tell exactly how many
 * there are (measured).
 */
export function missingClusters(
  { usedClusters }: ImageHeader,
  { clusters, isOrdered }: Pick<ImageEnd, 'clusters' | 'isOrdered'>,
): number {
  return isOrdered ? Math.max(0, usedClusters - clusters) : 0;
}

/** Reads ntfsclone's special image format, of all versions, from a stream. */
export class ImageReader {
  readonly header: ImageHeader;
  /** All bytes before the first command, at most the first 64 KiB of them. */
  readonly headerBytes: Uint8Array;
  readonly #cursor: ByteCursor;

  private constructor(header: ImageHeader, headerBytes: Uint8Array, cursor: ByteCursor) {
    this.header = header;
    this.headerBytes = headerBytes;
    this.#cursor = cursor;
  }

  /** Reads the header. Rejects with a `CloneError` when it is none. */
  static async open(input: ByteStream): Promise<ImageReader> {
    const cursor = new ByteCursor(input, short);
    const start = new Uint8Array(HEADER_BYTES);
    await cursor.fill(start.subarray(0, OLD_HEADER_BYTES));
    if (!isOldHeader(start)) await cursor.fill(start.subarray(OLD_HEADER_BYTES));
    const header = decodeImageHeader(start);
    const fields = start.subarray(0, cursor.position);
    const padding = new Uint8Array(Math.min(MOST_HEADER_BYTES, header.dataOffset) - cursor.position);
    await cursor.fill(padding);
    await cursor.skip(header.dataOffset - cursor.position);
    return new ImageReader(header, Buffer.concat([fields, padding]), cursor);
  }

  /** Follows the commands to the end. Rejects with a `CloneError`; then the image is damaged or cut. */
  async replay(taker: ImageTaker, signal: AbortSignal): Promise<ImageEnd> {
    const { clusterBytes, clusterCount } = this.header;
    const cursor = this.#cursor;
    const pieces = new PieceBuilder(taker, clusterBytes);
    const tail = tailBytes(this.header);
    const often = Math.max(1, Math.min(MOST_UNTOLD, Math.floor(PIECE_BYTES / clusterBytes)));
    let position = 0;
    let clusters = 0;
    let isOrdered = true;
    /** Whether the last command went on, and no cluster has come since. */
    let isStep = false;
    while (position <= clusterCount) {
      const command = cursor.hasByte() ? cursor.byte() : await cursor.nextByte();
      if (command === undefined) {
        if (position !== clusterCount) throw short(cursor.position);
        if (isStep) await pieces.step(position);
        await pieces.finish();
        return { clusters, hasTail: false, isOrdered };
      }
      if (command === COMMAND.NEXT) {
        const length = position < clusterCount ? clusterBytes : tail;
        const room = pieces.room(position, length) ?? (await pieces.nextRoom(position, length));
        if (!cursor.copy(room)) await cursor.fill(room);
        position++;
        clusters++;
        isStep = false;
        if (clusters % often === 0) {
          taker.onClusters(clusters);
          signal.throwIfAborted();
        }
        continue;
      }
      if (command !== COMMAND.GAP)
        throw damaged(`Invalid command code ${(command << 24) >> 24}`, cursor.position - 1);
      const gap = await number(cursor);
      if (gap === 0) throw damaged('Bad offset', cursor.position - 8);
      if (taker.inOrder && (clusters === 0 || (gap ?? -1) < 0)) {
        throw new CloneError(
          'refused',
          'Cannot restore a metadata image to stdout',
          'Its clusters do not come in order: restore it to a file.',
        );
      }
      if ((gap ?? -1) < 0) isOrdered = false;
      if (isStep) await pieces.step(position);
      isStep = true;
      position += gap ?? Number.NaN;
      if (!(position >= 0 && position <= clusterCount))
        throw damaged('restore_image: corrupt image', cursor.position - 8);
    }
    await pieces.finish();
    taker.onClusters(clusters);
    return { clusters: clusters - 1, hasTail: true, isOrdered };
  }
}

/** A signed 64-bit number; `undefined` when it is too large for any volume. */
async function number(cursor: ByteCursor): Promise<number | undefined> {
  const bytes = new Uint8Array(8);
  await cursor.fill(bytes);
  return signed(bytes, 0, 8);
}

function short(position: number): CloneError {
  return new CloneError(
    'source',
    `Short image file: it ends at byte ${position}, inside the volume`,
    'It was not saved or copied to its end; what is restored from it is incomplete.',
  );
}

function damaged(what: string, at: number): CloneError {
  return new CloneError(
    'source',
    `${what} at input offset 0x${at.toString(16)}`,
    'The image is damaged; what is restored from it is incomplete.',
  );
}

/** Puts clusters together that lie one behind the other, and hands them on while the next are gathered. */
class PieceBuilder {
  readonly #taker: ImageTaker;
  readonly #free: Uint8Array[];
  #current: Uint8Array;
  #startLcn = 0;
  #filled = 0;
  #clusters = 0;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(taker: ImageTaker, clusterBytes: number) {
    this.#taker = taker;
    const bytes = Math.max(PIECE_BYTES, clusterBytes);
    this.#free = Array.from({ length: PIECES - 1 }, () => new Uint8Array(bytes));
    this.#current = new Uint8Array(bytes);
  }

  /** Where the next cluster goes, if the piece at hand can take it. */
  room(lcn: number, length: number): Uint8Array | undefined {
    const end = this.#filled + length;
    const isNext = lcn === this.#startLcn + this.#clusters;
    if (this.#clusters === 0) this.#startLcn = lcn;
    else if (!isNext || end > this.#current.length) return undefined;
    const room = this.#current.subarray(this.#filled, end);
    this.#filled = end;
    this.#clusters++;
    return room;
  }

  /** The same after handing on the piece at hand. */
  async nextRoom(lcn: number, length: number): Promise<Uint8Array> {
    await this.#handOn();
    return this.room(lcn, length) as Uint8Array;
  }

  /** Notes that the image goes to a place without a cluster. */
  async step(lcn: number): Promise<void> {
    await this.#handOn();
    await this.#taker.take(lcn, new Uint8Array(0), 0);
  }

  async finish(): Promise<void> {
    await this.#handOn();
    while (this.#free.length < PIECES - 1) await this.#oneFree();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #handOn(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#clusters === 0) return;
    const piece = this.#current;
    const release = (): void => {
      this.#free.push(piece);
      this.#wake?.();
    };
    this.#taker
      .take(this.#startLcn, piece.subarray(0, this.#filled), this.#clusters)
      .then(release, (error: unknown) => {
        this.#failure ??= error;
        release();
      });
    this.#filled = 0;
    this.#clusters = 0;
    while (this.#free.length === 0) await this.#oneFree();
    this.#current = this.#free.pop() as Uint8Array;
  }

  #oneFree(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
