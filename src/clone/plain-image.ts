import { type RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { inHole } from '../ntfs/holes.ts';
import { signed, u8 } from '../ntfs/little-endian.ts';
import type { Chunk, VolumeReader } from '../ntfs/volume-reader.ts';
import { CloneError } from './clone-error.ts';
import { ClusterIndex } from './cluster-index.ts';
import { tailBytes } from './cluster-sink.ts';
import {
  decodeImageHeader,
  HEADER_BYTES,
  hasImageMagic,
  type ImageHeader,
  OLD_HEADER_BYTES,
} from './image-header.ts';
import { type ClusterSource, dataOf } from './image-volume.ts';
import { COMMAND, GAP_BYTES } from './image-writer.ts';

const CHUNK_BYTES = 2 ** 20;

/** What was found in a special image that is a file. */
export interface PlainImage {
  readonly header: ImageHeader;
  readonly index: ClusterIndex;
  /** Clusters in it, those twice that are in it twice; without the stretch behind the last one. */
  readonly clusters: number;
  readonly hasTail: boolean;
  /** Bytes of the file that cannot be read. */
  readonly unreadable: RangeSet;
  /** Why nothing behind a place could be understood; undefined when the image goes on to its end. */
  readonly failure: CloneError | undefined;
  /** The cluster at which the image stood then, or at its end. */
  readonly position: number;
}

/** The header of a special image; undefined when the file does not begin like one. Throws a `CloneError` for a damaged one. */
export async function readPlainHeader(file: VolumeReader): Promise<ImageHeader | undefined> {
  if (file.sizeBytes < OLD_HEADER_BYTES) return undefined;
  const { bytes, holes } = await file.read(0, Math.min(HEADER_BYTES, file.sizeBytes));
  if (holes.length > 0) return undefined;
  return hasImageMagic(bytes) ? decodeImageHeader(bytes) : undefined;
}

/** Goes through the commands of a special image in a file and notes where each cluster lies. Rejects only for `signal`. */
export async function indexPlainImage(
  file: VolumeReader,
  header: ImageHeader,
  onClusters: (count: number) => void,
  signal: AbortSignal | undefined,
): Promise<PlainImage> {
  const walk = new PlainWalk(file, header);
  for (let chunk = 0; !walk.isOver; chunk++) {
    signal?.throwIfAborted();
    await walk.step();
    if (chunk % 8 === 0) onClusters(walk.clusters);
  }
  onClusters(walk.clusters);
  return walk.result();
}

/** Gives the clusters of a special image in a file. */
export function plainClusters(
  file: VolumeReader,
  { header, index }: Pick<PlainImage, 'header' | 'index'>,
): ClusterSource {
  const stride = 1 + header.clusterBytes;
  return {
    index,
    async clusters(_frame, offset, count) {
      const { bytes, holes } = await file.read(offset, Math.min(count * stride, file.sizeBytes - offset));
      const data = dataOf(bytes, header.clusterBytes);
      if (data === undefined) return undefined;
      // Each command is a byte that the data has not.
      const dataAt = (at: number): number => at - Math.ceil(at / stride);
      return {
        bytes: data,
        holes: holes.map(({ start, end }) => ({ start: dataAt(start), end: dataAt(end) })),
      };
    },
  };
}

/** A walk over the commands of a special image in a file. */
export class PlainWalk {
  readonly #file: VolumeReader;
  readonly #header: ImageHeader;
  /** Clusters that the walk has passed. */
  readonly index: ClusterIndex;
  readonly #tail: number;
  readonly #unreadable = new RangeSetBuilder();
  #at: number;
  #position = 0;
  /** The run at hand. */
  #run = { lcn: 0, length: 0, offset: 0 };
  #failure: CloneError | undefined;
  isOver = false;
  clusters = 0;

  constructor(file: VolumeReader, header: ImageHeader) {
    this.#file = file;
    this.#header = header;
    this.index = new ClusterIndex(header);
    this.#tail = tailBytes(header);
    this.#at = header.dataOffset;
  }

  /** The byte of the image that the walk has reached, at which a command begins. */
  get offset(): number {
    return this.#at;
  }

  /** The cluster at which the image stands there. */
  get position(): number {
    return this.#position;
  }

  /** Walks until clusters below `lcn` are passed; false when the image is over, damaged or out of order before. */
  async upTo(lcn: number): Promise<boolean> {
    while (this.#position < lcn && !this.isOver) await this.step();
    this.#endRun();
    return !this.isOver && this.index.isAscending;
  }

  /** Follows the commands in the next piece of the file. */
  async step(): Promise<void> {
    const start = this.#at;
    const length = Math.max(0, Math.min(CHUNK_BYTES, this.#file.sizeBytes - start));
    const chunk = await this.#file.read(start, length);
    this.#noteHoles(start, chunk);
    const passed = this.#follow(start, chunk);
    if (this.isOver) return;
    this.#at = start + passed;
    // The data of the last cluster goes on behind the piece: it must be readable, too.
    if (passed > length)
      this.#noteHoles(start + length, await this.#file.read(start + length, passed - length));
    if (this.#position > this.#header.clusterCount) this.#end();
    else if (this.#at >= this.#file.sizeBytes || passed === 0) this.#atEndOfFile();
  }

  result(): PlainImage {
    const hasTail = this.#position > this.#header.clusterCount;
    const isSense = this.index.finish();
    return {
      header: this.#header,
      index: this.index,
      clusters: this.clusters - (hasTail ? 1 : 0),
      hasTail,
      unreadable: this.#unreadable.build(),
      failure: this.#failure ?? (isSense ? undefined : nonsense()),
      position: this.#position,
    };
  }

  /** Follows the commands that begin in a piece; returns the bytes that they have with their data. */
  #follow(start: number, { bytes, holes }: Chunk): number {
    const { clusterBytes, clusterCount } = this.#header;
    let at = 0;
    while (at < bytes.length && this.#position <= clusterCount) {
      if (inHole(holes, at, at + 1)) return this.#fail('it cannot be read', start + at);
      const command = u8(bytes, at);
      if (command === COMMAND.NEXT) {
        const size = this.#position < clusterCount ? clusterBytes : this.#tail;
        if (start + at + 1 + size > this.#file.sizeBytes)
          return this.#fail('it ends inside a cluster', start + at);
        this.#next(start + at);
        at += 1 + size;
        continue;
      }
      if (command !== COMMAND.GAP)
        return this.#fail(`invalid command code ${(command << 24) >> 24}`, start + at);
      // The rest of the command is in the next piece.
      if (at + GAP_BYTES > bytes.length) return at;
      const gap = signed(bytes, at + 1, 8);
      const to = this.#position + (gap ?? Number.NaN);
      if (gap === 0 || !(to >= 0 && to <= clusterCount) || inHole(holes, at, at + GAP_BYTES))
        return this.#fail('a gap that makes no sense', start + at);
      this.#endRun();
      this.#position = to;
      at += GAP_BYTES;
    }
    return at;
  }

  #next(offset: number): void {
    if (this.#run.length === 0) this.#run = { lcn: this.#position, length: 0, offset };
    this.#run.length++;
    this.#position++;
    this.clusters++;
  }

  #endRun(): void {
    this.index.add(this.#run.lcn, this.#run.length, 0, this.#run.offset);
    this.#run = { lcn: 0, length: 0, offset: 0 };
  }

  #end(): void {
    this.#endRun();
    this.isOver = true;
  }

  #fail(why: string, at: number): number {
    this.#failure = new CloneError(
      'source',
      `The image is damaged at byte ${at}: ${why}`,
      'What is behind it cannot be found.',
    );
    this.#end();
    return 0;
  }

  #atEndOfFile(): void {
    // An image from before 2011 has no boot sector behind the last cluster.
    if (this.#position === this.#header.clusterCount && this.#at >= this.#file.sizeBytes) this.#end();
    else this.#fail('it ends inside the volume', this.#at);
  }

  #noteHoles(start: number, { holes }: Chunk): void {
    for (const hole of holes) this.#unreadable.add(start + hole.start, start + hole.end);
  }
}

function nonsense(): CloneError {
  return new CloneError('source', 'The image holds the same clusters over and over', 'It makes no sense.');
}
