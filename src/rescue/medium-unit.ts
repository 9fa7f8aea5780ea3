import type { ByteRange } from '../block/range.ts';
import type { BlockMap } from './block-map.ts';
import { unitStart } from './blocks.ts';

/** The physical sector that disks hide behind logical ones of 512 bytes. */
const HIDDEN_BYTES = 4096;
/** Ends of damage that must lie on borders of hidden sectors, and none elsewhere, before they are believed in. */
const CONVINCING_ENDS = 4;

/**
 * The unit in which the medium fails. Disks that tell 4096-byte physical sectors (or whose owner does) fail in
 * those; many others hide them behind logical ones of 512 bytes. That shows: damage then begins and ends at
 * multiples of 4096 only, which by chance happens to one end of eight. Once enough ends have shown it, a failing
 * piece stands for its whole hidden sector. One hidden sector of which some pieces are readable and others not
 * proves the contrary, for good.
 */
export class MediumUnit {
  /** The smallest request: the unit that the source tells. */
  readonly pieceBytes: number;
  readonly #map: BlockMap;
  readonly #ends = new Set<number>();
  #refuted: boolean;

  /** `mayHide` says whether larger units than the `toldBytes` of the source are to be thought of. */
  constructor(map: BlockMap, toldBytes: number, mayHide: boolean) {
    this.#map = map;
    this.pieceBytes = toldBytes;
    this.#refuted = !mayHide || toldBytes >= HIDDEN_BYTES;
  }

  /** Whether hidden sectors are believed in: found by trying, not told. */
  get isGuessed(): boolean {
    return !this.#refuted && this.#ends.size >= CONVINCING_ENDS;
  }

  /** Whether it is known by now whether there are hidden sectors: nothing more is to be learnt from a bad piece. */
  get isSettled(): boolean {
    return this.#refuted || this.isGuessed;
  }

  /** The unit in which the medium fails, as far as is known now. */
  get bytes(): number {
    return this.isGuessed ? HIDDEN_BYTES : this.pieceBytes;
  }

  /** The hidden sector around a position, whether believed in or not; a piece where there can be none. */
  groupAt(position: number): ByteRange {
    const size = this.#refuted ? this.pieceBytes : HIDDEN_BYTES;
    const start = unitStart(position, size);
    return { start, end: Math.min(this.#map.sizeBytes, start + size) };
  }

  /** An area cut at the borders of hidden sectors. */
  groupsIn({ start, end }: ByteRange): ByteRange[] {
    const pieces: ByteRange[] = [];
    for (let at = start; at < end; at = this.groupAt(at).end) {
      pieces.push({ start: at, end: Math.min(end, this.groupAt(at).end) });
    }
    return pieces;
  }

  /**
   * What to read first of a stretch when it is read from its start: one unit. Of a guessed one its first piece
   * alone, and then the rest: if one fails and the other does not, the guess was wrong.
   */
  first({ start, end }: ByteRange): ByteRange {
    const group = this.groupAt(start);
    const isRest = this.isGuessed && start > group.start && this.#map.statusAt(start - 1) === '+';
    return {
      start,
      end: Math.min(end, isRest ? group.end : unitStart(start, this.pieceBytes) + this.pieceBytes),
    };
  }

  /** As `first`, from the end of the stretch. */
  last({ start, end }: ByteRange): ByteRange {
    const group = this.groupAt(end - 1);
    const isRest = this.isGuessed && end < group.end && this.#map.statusAt(end) === '+';
    return { start: Math.max(start, isRest ? group.start : unitStart(end - 1, this.pieceBytes)), end };
  }

  /** Whether a request is so small that its failure tells which sector is bad. */
  isPiece({ start, end }: ByteRange): boolean {
    return (
      end - start <= this.pieceBytes &&
      unitStart(start, this.pieceBytes) === unitStart(end - 1, this.pieceBytes)
    );
  }

  /** Whether a bad piece should be held against the other end of its hidden sector at once. */
  isWorthComparing(bad: ByteRange): boolean {
    if (this.#refuted || this.isGuessed) return false;
    return bad.start === this.groupAt(bad.start).start;
  }

  /** Learns from the outcome of a request. Readable bytes are `+` in the map by then; failed ones need no mark yet. */
  observe(request: ByteRange, readable: boolean): void {
    if (this.#refuted) return;
    if (readable) {
      this.#meet(request.start, request.start - 1);
      this.#meet(request.end, request.end);
      if (this.#holds(this.groupAt(request.start), '-') || this.#holds(this.groupAt(request.end - 1), '-')) {
        this.#refuted = true;
      }
    } else if (this.isPiece(request)) {
      const group = this.groupAt(request.start);
      if (this.#holds(group, '+')) this.#refuted = true;
      else if (request.start === group.start) this.#note(request.start, request.start - 1, '+');
    } else if (this.isGuessed) {
      const group = this.groupAt(request.start);
      // The rest of a hidden sector whose first or last piece was readable.
      if (request.start >= group.start && request.end <= group.end && this.#holds(group, '+'))
        this.#refuted = true;
    }
  }

  /** A readable request has an end; a bad neighbour makes it an end of damage. */
  #meet(end: number, neighbour: number): void {
    this.#note(end, neighbour, '-');
  }

  #note(end: number, neighbour: number, status: '+' | '-'): void {
    if (neighbour < 0 || neighbour >= this.#map.sizeBytes || end % HIDDEN_BYTES !== 0) return;
    if (this.#map.statusAt(neighbour) === status) this.#ends.add(end);
  }

  #holds({ start, end }: ByteRange, status: '+' | '-'): boolean {
    return this.#map.findForward(start, end, status) !== undefined;
  }
}
