import { markBadSectors } from '../block/bad-sector.ts';
import type { Source } from '../block/ports.ts';
import type { ByteRange } from '../block/range.ts';
import { CloneError } from './clone-error.ts';
import { SignOfLife } from './sign-of-life.ts';

export interface ReadOptions {
  /** Go on after sectors that cannot be read. */
  readonly rescue: boolean;
  /** Sector size of the volume: the smallest piece that gets a marker of its own. */
  readonly sectorBytes: number;
}

/** A read that fails is tried again in pieces of this size, and those that fail sector by sector. */
const PIECE_BYTES = 2 ** 16;

/** Reads stretches of a volume, and marks what cannot be read as ntfsclone does. */
export class ClusterReader {
  readonly #source: Source;
  readonly #options: ReadOptions;
  readonly #life: SignOfLife;

  constructor(source: Source, options: ReadOptions) {
    this.#source = source;
    this.#life = new SignOfLife(source);
    this.#options = options;
  }

  /** Memory for a `read` of up to `bytes` bytes. */
  allocate(bytes: number): Uint8Array {
    return this.#source.allocate(bytes + 2 * this.#source.sectorBytes);
  }

  /**
   * Reads the stretches `wanted` (ascending, in bytes of the volume) into `memory`, with what lies between them in the
   * same read, unless that fails. Rejects with a `CloneError`.
   */
  async read(wanted: readonly ByteRange[], memory: Uint8Array): Promise<ReadResult> {
    const first = wanted[0] as ByteRange;
    const last = wanted[wanted.length - 1] as ByteRange;
    const { sectorBytes, sizeBytes } = this.#source;
    const from = Math.floor(first.start / sectorBytes) * sectorBytes;
    const to = Math.min(sizeBytes, Math.ceil(last.end / sectorBytes) * sectorBytes);
    const lost: ByteRange[] = [];
    const result: ReadResult = {
      lost,
      bytesOf: ({ start, end }) => memory.subarray(start - from, end - from),
    };
    if (to <= from) return result;
    if (await this.#readSpan(from, to, memory)) return result;
    for (const range of wanted) {
      const start = Math.floor(range.start / sectorBytes) * sectorBytes;
      const end = Math.min(to, Math.ceil(range.end / sectorBytes) * sectorBytes);
      // Memory of its own: the place of a stretch in `memory` may not be aligned as direct reads need it.
      const own = wanted.length > 1 ? this.#source.allocate(end - start) : memory;
      if (!(wanted.length > 1 && (await this.#readSpan(start, end, own))))
        await this.#narrow(start, end, own, range, lost);
      if (own !== memory) memory.set(own, start - from);
    }
    for (const range of lost) {
      const unit = Math.min(this.#options.sectorBytes, this.#unit);
      markBadSectors(result.bytesOf(range), unit);
    }
    return result;
  }

  /** The unit in which the medium fails. */
  get #unit(): number {
    return this.#source.physicalSectorBytes;
  }

  /** Reads a span of whole sectors in one request. False when a sector in it cannot be read. */
  async #readSpan(start: number, end: number, memory: Uint8Array): Promise<boolean> {
    const outcome = await this.#source.read(start, end - start, memory);
    switch (outcome.kind) {
      case 'done':
        if (start % this.#unit === 0) this.#life.good(start);
        return true;
      case 'bad':
        return false;
      case 'gone':
        throw new CloneError(
          'gone',
          'The source does not answer as a device any more',
          'Check cable and power.',
          outcome.errno,
        );
      case 'broken':
        throw new CloneError(
          'source',
          `Reading the source failed: ${outcome.message}`,
          'Check the source.',
          outcome.errno,
        );
    }
  }

  /** Reads piece by piece what failed as a whole; what is lost of `wanted` is added to `lost`. */
  async #narrow(
    start: number,
    end: number,
    memory: Uint8Array,
    wanted: ByteRange,
    lost: ByteRange[],
  ): Promise<void> {
    const refuse = (at: number): void => {
      if (this.#options.rescue) return;
      throw new CloneError(
        'unreadable',
        `The disk is faulty: bytes from ${at} on cannot be read.`,
        '--rescue goes on and marks what is lost; better for a dying disk: lifeboat rescue.',
        'EIO',
      );
    };
    const unit = this.#unit;
    const scratch = this.#source.allocate(PIECE_BYTES);
    const copy = async (from: number, to: number): Promise<boolean> => {
      if (!(await this.#readSpan(from, to, scratch))) return false;
      memory.set(scratch.subarray(0, to - from), from - start);
      return true;
    };
    for (let piece = start; piece < end; piece = nextMultiple(piece, PIECE_BYTES)) {
      const pieceEnd = Math.min(end, nextMultiple(piece, PIECE_BYTES));
      if (await copy(piece, pieceEnd)) continue;
      for (let at = piece; at < pieceEnd; at = nextMultiple(at, unit)) {
        const unitEnd = Math.min(pieceEnd, nextMultiple(at, unit));
        // A piece that is a single unit has just been tried.
        const isWhole = at === piece && unitEnd === pieceEnd;
        if (!isWhole && (await copy(at, unitEnd))) continue;
        refuse(at);
        // Before a sector is called lost: what was readable must still be so.
        await this.#life.ask();
        const range = { start: Math.max(at, wanted.start), end: Math.min(unitEnd, wanted.end) };
        if (range.start < range.end) lost.push(range);
      }
    }
  }
}

/** What a read has brought. */
export interface ReadResult {
  /** The bytes of one of the stretches that were asked for. */
  bytesOf(range: ByteRange): Uint8Array;
  /** What could not be read, ascending; its bytes are markers. */
  readonly lost: readonly ByteRange[];
}

const nextMultiple = (position: number, unit: number): number => (Math.floor(position / unit) + 1) * unit;
