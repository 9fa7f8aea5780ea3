import { crc32 } from 'node:zlib';
import type { ByteRange } from '../../block/range.ts';
import type { ClusterRun } from '../cluster-bitmap.ts';
import type { CommandSink } from '../command-sink.ts';
import { encodeEnding, wholeDigest } from './ending.ts';
import { FrameBuilder, type PlainFrame } from './frame-builder.ts';
import { encodeInfo, type ImageInfo, imageId } from './info.ts';
import { encodeOwnFrame, OWN_FRAME_BYTES } from './own-frame.ts';
import type { PackedOutput } from './packed-output.ts';
import { clustersOf, encodePart, type Part, type PartFrame } from './part.ts';
import { CHECKSUM_OF_NOTHING, checksumOf, SeekTableWriter } from './seek-table.ts';
import { workersFor } from './workers.ts';
import { compressFrame } from './zstd-codec.ts';

/** What a compressed image is made of. */
export interface ImageShape {
  readonly info: ImageInfo;
  readonly clusterBytes: number;
}

/** What is there of an image that is gone on with. */
export interface BegunImage {
  /** The frame with the bytes before the first command, and those bytes. */
  readonly headerFrame: Uint8Array;
  readonly header: Uint8Array;
  /** The body of the frame that says what the image is. */
  readonly infoBody: Uint8Array;
  /** All parts that are safe, from the first on. */
  readonly parts: readonly Part[];
}

/**
 * Writes a special image as frames of Zstandard, whose contents, one behind the other, are the special image; between
 * them, in frames that every program passes over, indexes and checksums, and at the end the seek table of the seekable
 * format. Frames are compressed several at a time; the bytes are the same whatever the machine. docs/images.md has the
 * format.
 */
export function compressedWriter(output: PackedOutput, shape: ImageShape, begun?: BegunImage): CommandSink {
  const writer = new CompressedWriter(output, shape, begun);
  const { info, clusterBytes } = shape;
  const builder = new FrameBuilder(
    clusterBytes,
    info.frameBytes,
    () => writer.allocate(),
    (frame, memory) => writer.submit(frame, memory),
  );
  return {
    header: (bytes) => writer.header(bytes),
    run: (...command) => builder.run(...command),
    async finish() {
      await builder.flush();
      await writer.finish();
    },
    leave: () => writer.leave(),
  };
}

class CompressedWriter {
  readonly #output: PackedOutput;
  readonly #shape: ImageShape;
  readonly #infoBody: Uint8Array;
  readonly #table = new SeekTableWriter();
  /** Bodies of the parts, for the index at the end. */
  readonly #parts: Uint8Array[] = [];
  readonly #free: Buffer[] = [];
  #header: Uint8Array = new Uint8Array(0);
  #id: Uint8Array = new Uint8Array(0);
  #allocated = 0;
  #wake: (() => void) | undefined;
  #written: Promise<void> = Promise.resolve();
  #failure: unknown;
  #fileBytes = 0;
  #plainBytes = 0;
  #clusters = 0;
  #frameCount = 0;
  #position = 0;
  #previousStart = 0;
  #current: OpenPart;

  constructor(output: PackedOutput, shape: ImageShape, begun: BegunImage | undefined) {
    this.#output = output;
    this.#shape = shape;
    this.#infoBody = begun?.infoBody ?? encodeInfo(shape.info);
    if (begun !== undefined) this.#goOn(begun);
    this.#current = this.#openPart();
  }

  async header(bytes: Uint8Array): Promise<void> {
    this.#header = bytes.slice();
    this.#id = imageId(bytes, this.#infoBody);
    const packed = await compressFrame(bytes, this.#shape.info.level);
    this.#noteFrame(packed.length, bytes.length, checksumOf(packed));
    await this.#output.frame(packed);
    await this.#own('INFO', this.#infoBody);
    // From now on the file tells what it is, whatever happens.
    await this.#output.sealed();
    this.#current = this.#openPart();
  }

  /** Memory for a frame; waits for a free one when all are being compressed. */
  async allocate(): Promise<Buffer> {
    const { clusterBytes, info } = this.#shape;
    const memoryBytes = FrameBuilder.memoryBytes(clusterBytes, info.frameBytes);
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const free = this.#free.pop();
      if (free !== undefined) return free;
      // One more is filled meanwhile.
      if (this.#allocated <= workersFor(memoryBytes)) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#allocated++;
    return Buffer.allocUnsafeSlow(memoryBytes);
  }

  /** Compresses a frame beside others; what was handed over is written in its order. */
  async submit(frame: PlainFrame, memory: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const { runs, lost } = frame;
    const plainBytes = frame.bytes.length;
    const work = compressFrame(frame.bytes, this.#shape.info.level).finally(() => {
      this.#free.push(memory);
      this.#wake?.();
    });
    // What fails is met in its turn.
    work.catch(() => undefined);
    this.#written = this.#written.then(async () => {
      if (this.#failure !== undefined) return;
      try {
        await this.#take(await work, plainBytes, runs, lost);
      } catch (error) {
        this.#failure ??= error;
        this.#wake?.();
      }
    });
  }

  /** The parts that are full are safe when it resolves. */
  async leave(): Promise<void> {
    await this.#written;
    if (this.#failure === undefined) await this.#output.sealed();
  }

  async finish(): Promise<void> {
    await this.#written;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#current.frames.length > 0) await this.#closePart();
    const totals = {
      parts: this.#parts.length,
      frames: this.#frameCount,
      plainBytes: this.#plainBytes,
      clusters: this.#clusters,
      digest: wholeDigest(this.#header, this.#infoBody, this.#parts),
      header: Buffer.from(this.#header).toString('base64'),
      info: Buffer.from(this.#infoBody).toString('base64'),
    };
    await this.#output.sealed();
    await this.#own('DONE', await encodeEnding(totals, this.#parts));
    await this.#output.frame(this.#table.encode());
    await this.#output.finish();
  }

  async #take(
    packed: Buffer,
    plainBytes: number,
    runs: readonly ClusterRun[],
    lost: readonly ByteRange[],
  ): Promise<void> {
    const part = this.#current;
    const checksum = checksumOf(packed);
    part.frames.push({ packedBytes: packed.length, plainBytes, crc: crc32(packed), checksum, runs });
    part.lost.push(...lost);
    this.#noteFrame(packed.length, plainBytes, checksum);
    this.#frameCount++;
    await this.#output.frame(packed);
    if (part.frames.length === this.#shape.info.partFrames) await this.#closePart();
  }

  async #closePart(): Promise<void> {
    const { number, fileStart, plainStart, position, clustersBefore, frames, lost } = this.#current;
    const id = this.#id;
    const previousStart = this.#previousStart;
    const body = encodePart({
      number,
      id,
      fileStart,
      previousStart,
      plainStart,
      position,
      clustersBefore,
      frames,
      lost,
    });
    this.#previousStart = this.#fileBytes;
    await this.#own('PART', body);
    this.#keep(body, frames);
    this.#current = this.#openPart();
  }

  #keep(body: Uint8Array, frames: readonly PartFrame[]): void {
    this.#parts.push(body);
    for (const frame of frames) this.#clusters += clustersOf(frame);
    const last = frames.at(-1)?.runs.at(-1);
    if (last !== undefined) this.#position = last.lcn + last.length;
  }

  async #own(kind: 'INFO' | 'PART' | 'DONE', body: Uint8Array): Promise<void> {
    const bytes = encodeOwnFrame(kind, body);
    this.#noteFrame(bytes.length, 0, CHECKSUM_OF_NOTHING);
    if (kind === 'PART') await this.#output.seal(bytes);
    else await this.#output.frame(bytes);
  }

  #noteFrame(packedBytes: number, plainBytes: number, checksum: number): void {
    this.#table.add({ packedBytes, plainBytes, checksum });
    this.#fileBytes += packedBytes;
    this.#plainBytes += plainBytes;
  }

  #openPart(): OpenPart {
    return {
      number: this.#parts.length,
      fileStart: this.#fileBytes,
      plainStart: this.#plainBytes,
      position: this.#position,
      clustersBefore: this.#clusters,
      frames: [],
      lost: [],
    };
  }

  /** Takes over what is there, as if it had been written just now. */
  #goOn({ headerFrame, header, infoBody, parts }: BegunImage): void {
    this.#header = header;
    this.#id = imageId(header, infoBody);
    this.#noteFrame(headerFrame.length, header.length, checksumOf(headerFrame));
    this.#noteFrame(OWN_FRAME_BYTES + infoBody.length, 0, CHECKSUM_OF_NOTHING);
    for (const { body, frames, clusters, endPosition } of parts) {
      for (const { packedBytes, plainBytes, checksum } of frames) {
        this.#noteFrame(packedBytes, plainBytes, checksum);
        this.#frameCount++;
      }
      this.#previousStart = this.#fileBytes;
      this.#noteFrame(OWN_FRAME_BYTES + body.length, 0, CHECKSUM_OF_NOTHING);
      this.#parts.push(body);
      this.#clusters += clusters;
      this.#position = endPosition;
    }
  }
}

/** A part that is being filled. */
interface OpenPart {
  readonly number: number;
  readonly fileStart: number;
  readonly plainStart: number;
  readonly position: number;
  readonly clustersBefore: number;
  readonly frames: PartFrame[];
  readonly lost: ByteRange[];
}
