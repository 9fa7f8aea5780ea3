import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdDecompress } from 'node:zlib';
import { u32 } from '../../ntfs/little-endian.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import type { CloneError } from '../clone-error.ts';
import { decodePart, type PartLimits, partId, senselessIndex } from './decode-part.ts';
import { decodeTotals, type ImageTotals } from './ending.ts';
import { type FramePlace, LARGEST_PART_BYTES, piecesOf, readOwnFrame } from './find-own-frame.ts';
import { OWN_FRAME_BYTES } from './own-frame.ts';
import type { Part } from './part.ts';
import { LARGEST_WINDOW_LOG } from './zstd-codec.ts';

/** The totals hold the header and what the image says of itself as base64: 87 382 bytes each at most. */
const MOST_JSON_BYTES = 2 ** 18;
/**
 * An index of so many bytes, and so many times what it is compressed, is believed. One that is longer has every second
 * cluster in use, or it was made to fill the memory: then each part has to stand in the file as well, where it says it
 * does, or counts against these bytes.
 */
const BELIEVED_BYTES = 2 ** 20;
const BELIEVED_TIMES = 4;
const PIECE_BYTES = 2 ** 18;
const LENGTH_BYTES = 4;

/** How an image ends. */
export interface Ending {
  readonly totals: ImageTotals;
  readonly parts: readonly Part[];
}

/** Who knows what belongs to the image with these totals; undefined when they make no sense. */
export type LimitsOf = (totals: ImageTotals) => { id: Uint8Array; limits: PartLimits } | undefined;

/**
 * Reads the frame that ends an image, whose checksum is right, piece by piece: its index may say that it is very much
 * longer than the file. Undefined when it is damaged, or that of another image. Rejects with a `CloneError` for an index
 * that the file cannot have, as soon as that shows.
 */
export async function readEnding(
  file: VolumeReader,
  { start, bodyStart, bodyEnd }: FramePlace,
  limitsOf: LimitsOf,
): Promise<Ending | undefined> {
  const jsonBytes = await numberAt(file, bodyStart, bodyEnd);
  if (jsonBytes === undefined || jsonBytes > MOST_JSON_BYTES) return undefined;
  const jsonEnd = bodyStart + LENGTH_BYTES + jsonBytes;
  const indexBytes = await numberAt(file, jsonEnd, bodyEnd);
  if (indexBytes === undefined) return undefined;
  const json = await file.read(bodyStart + LENGTH_BYTES, jsonBytes);
  const totals = json.holes.length > 0 ? undefined : decodeTotals(json.bytes);
  const known = totals && limitsOf(totals);
  if (totals === undefined || known === undefined) return undefined;
  const packedStart = jsonEnd + LENGTH_BYTES;
  // All of it stands in the file before, too.
  if (indexBytes > start) throw senselessIndex(`at byte ${start}`, `at most ${start} bytes`, `${indexBytes}`);
  const believed = BELIEVED_BYTES + BELIEVED_TIMES * (bodyEnd - packedStart);
  const index = new IndexReader(file, start, known, indexBytes > believed ? believed : undefined);
  const isWhole = await expand(file, packedStart, bodyEnd, indexBytes, (piece) => index.take(piece));
  return isWhole && index.isAtEnd && index.parts.length === totals.parts
    ? { totals, parts: index.parts }
    : undefined;
}

async function numberAt(file: VolumeReader, at: number, end: number): Promise<number | undefined> {
  if (at + LENGTH_BYTES > end) return undefined;
  const { bytes, holes } = await file.read(at, LENGTH_BYTES);
  return holes.length > 0 ? undefined : u32(bytes, 0);
}

/** Expands a frame of Zstandard; false when it is damaged, or has not `plainBytes`. */
async function expand(
  file: VolumeReader,
  start: number,
  end: number,
  plainBytes: number,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<boolean> {
  const packed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const { bytes } of piecesOf(file, start, end)) yield bytes;
  };
  const expander = createZstdDecompress({
    chunkSize: PIECE_BYTES,
    params: { [constants.ZSTD_d_windowLogMax]: LARGEST_WINDOW_LOG },
  });
  let expanded = 0;
  try {
    await pipeline(Readable.from(packed(), { objectMode: false }), expander, async (pieces) => {
      for await (const piece of pieces as AsyncIterable<Uint8Array>) {
        expanded += piece.length;
        if (expanded > plainBytes) return;
        await take(piece);
      }
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    // What Zstandard says is about the bytes, all but that it has no memory.
    if (!/^Z(STD)?_/.test(code) || code === 'ZSTD_error_memory_allocation') throw error;
    return false;
  }
  return expanded === plainBytes;
}

/** Takes the index of all parts, piece by piece: the bodies of the parts, each after its length. */
class IndexReader {
  readonly parts: Part[] = [];
  readonly #file: VolumeReader;
  readonly #place: number;
  readonly #id: Uint8Array;
  readonly #limits: PartLimits;
  /** Bytes of parts that are believed without a look at the file; undefined when all are. */
  #believed: number | undefined;
  #pieces: Uint8Array[] = [];
  #gathered = 0;
  /** Bytes of the next part with its length; undefined while that is not known. */
  #needed: number | undefined;

  constructor(
    file: VolumeReader,
    place: number,
    { id, limits }: { id: Uint8Array; limits: PartLimits },
    believed: number | undefined,
  ) {
    this.#file = file;
    this.#place = place;
    this.#id = id;
    this.#limits = limits;
    this.#believed = believed;
  }

  /** Whether no part is cut. */
  get isAtEnd(): boolean {
    return this.#gathered === 0;
  }

  async take(piece: Uint8Array): Promise<void> {
    this.#pieces.push(piece);
    this.#gathered += piece.length;
    while (this.#gathered >= (this.#needed ?? LENGTH_BYTES)) {
      const bytes = this.#pieces.length === 1 ? (this.#pieces[0] as Uint8Array) : Buffer.concat(this.#pieces);
      this.#pieces = [bytes];
      this.#needed ??= LENGTH_BYTES + u32(bytes, 0);
      if (this.#needed > LARGEST_PART_BYTES)
        throw this.#senseless(`at most ${LARGEST_PART_BYTES} bytes`, `${this.#needed}`);
      if (this.#gathered < this.#needed) break;
      // A copy, small where the part is: the piece itself is not kept.
      await this.#put(Buffer.from(bytes.subarray(LENGTH_BYTES, this.#needed)));
      this.#pieces = [bytes.subarray(this.#needed)];
      this.#gathered -= this.#needed;
      this.#needed = undefined;
    }
  }

  async #put(body: Buffer): Promise<void> {
    const number = this.parts.length;
    if (Buffer.compare(partId(body), this.#id) !== 0)
      throw this.#senseless('a part of this image', 'one of another');
    const part = decodePart(body, this.#limits, `at byte ${this.#place}`);
    if (part.number !== number) throw this.#senseless(`part ${number}`, `part ${part.number}`);
    const before = this.parts.at(-1);
    const due = before && before.fileStart + before.packedBytes + OWN_FRAME_BYTES + before.body.length;
    if (due !== undefined && part.fileStart !== due)
      throw this.#senseless(`a start at byte ${due}`, `byte ${part.fileStart}`);
    await this.#prove(part);
    this.parts.push(part);
  }

  /** Throws when nothing in the file speaks for a part, and too many of that kind were before it. */
  async #prove({ fileStart, packedBytes, body }: Part): Promise<void> {
    if (this.#believed === undefined) return;
    const start = fileStart + packedBytes;
    const frame = await readOwnFrame(this.#file, 'PART', start, this.#place);
    if (frame !== undefined && Buffer.compare(frame.body, body) === 0) return;
    this.#believed -= body.length;
    if (this.#believed < 0) throw this.#senseless(`the part itself at byte ${start}`, 'something else');
  }

  #senseless(expected: string, found: string): CloneError {
    return senselessIndex(`at byte ${this.#place} (part ${this.parts.length})`, expected, found);
  }
}
