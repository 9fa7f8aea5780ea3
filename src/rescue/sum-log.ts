/**
 * Checksums of what was read from a source, in the order in which it was saved: the file that a later look at the
 * target is compared with. It only ever grows at its end, in batches that carry a checksum of their own, so that a
 * crash costs the last ones and nothing else.
 */

/** A checksum is of so many bytes at most, and never reaches over a multiple of it. */
export const SUM_UNIT_BYTES = 256 << 10;

/** CRC-32 as in zlib: at two gigabytes a second the only sum that a rescue does not feel. */
export type Checksum = (bytes: Uint8Array) => number;

/** A stretch that was saved, with the sums of its units. */
export interface SavedSums {
  readonly start: number;
  readonly length: number;
  readonly sums: readonly number[];
}

const MAGIC = 'LBSUMS 1';
const HEADER_BYTES = 24;
const BATCH_MAGIC = 0x4d55534c;
const BATCH_HEADER_BYTES = 12;
const RECORD_BYTES = 12;

/** The ends of the units of a stretch: multiples of the unit, then its own end. */
function* unitEnds(start: number, end: number): Iterable<number> {
  for (let at = start; at < end; ) {
    at = Math.min(end, (Math.floor(at / SUM_UNIT_BYTES) + 1) * SUM_UNIT_BYTES);
    yield at;
  }
}

/** Takes the sums of a stretch that begins at byte `start` of the source. */
export function sumsOf(start: number, data: Uint8Array, checksum: Checksum): SavedSums {
  const sums: number[] = [];
  let at = start;
  for (const end of unitEnds(start, start + data.length)) {
    sums.push(checksum(data.subarray(at - start, end - start)));
    at = end;
  }
  return { start, length: data.length, sums };
}

/** The beginning of a file of sums of a source of that size. */
export function sumHeader(sizeBytes: number, checksum: Checksum): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  bytes.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(bytes.buffer);
  view.setFloat64(8, sizeBytes, true);
  view.setUint32(16, SUM_UNIT_BYTES, true);
  view.setUint32(20, checksum(bytes.subarray(0, 20)), true);
  return bytes;
}

/** A batch of sums as it is appended to the file. */
export function sumBatch(saved: readonly SavedSums[], checksum: Checksum): Uint8Array {
  const payloadBytes = saved.reduce((sum, { sums }) => sum + RECORD_BYTES + 4 * sums.length, 0);
  const bytes = new Uint8Array(BATCH_HEADER_BYTES + payloadBytes);
  const view = new DataView(bytes.buffer);
  let at = BATCH_HEADER_BYTES;
  for (const { start, length, sums } of saved) {
    view.setFloat64(at, start, true);
    view.setUint32(at + 8, length, true);
    for (const [i, sum] of sums.entries()) view.setUint32(at + RECORD_BYTES + 4 * i, sum, true);
    at += RECORD_BYTES + 4 * sums.length;
  }
  view.setUint32(0, BATCH_MAGIC, true);
  view.setUint32(4, payloadBytes, true);
  view.setUint32(8, checksum(bytes.subarray(BATCH_HEADER_BYTES)), true);
  return bytes;
}

/** Units whose sums are known, in the order in which they were saved. Flat, since a large disk has millions. */
export class SummedUnits {
  #starts = new Float64Array(1024);
  #lengths = new Uint32Array(1024);
  #sums = new Uint32Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  startOf(index: number): number {
    return this.#starts[index] as number;
  }

  endOf(index: number): number {
    return this.startOf(index) + (this.#lengths[index] as number);
  }

  sumOf(index: number): number {
    return this.#sums[index] as number;
  }

  add(start: number, end: number, sum: number): void {
    if (this.#count === this.#starts.length) this.#grow();
    this.#starts[this.#count] = start;
    this.#lengths[this.#count] = end - start;
    this.#sums[this.#count++] = sum;
  }

  #grow(): void {
    const { length } = this.#starts;
    const [starts, lengths, sums] = [this.#starts, this.#lengths, this.#sums];
    this.#starts = new Float64Array(length * 2);
    this.#lengths = new Uint32Array(length * 2);
    this.#sums = new Uint32Array(length * 2);
    this.#starts.set(starts);
    this.#lengths.set(lengths);
    this.#sums.set(sums);
  }
}

/** What a file of sums holds. */
export interface SumLog {
  /** A later one that overlaps an earlier one counts. */
  readonly units: SummedUnits;
  /** Where the last whole batch ends: what follows is the rest of a crash, and to be cut off. */
  readonly goodBytes: number;
}

/**
 * Reads a file of sums of a source of `sizeBytes` bytes; undefined when it is none, or that of a source of another
 * size. It ends at the first batch that is not whole.
 */
export function parseSumLog(bytes: Uint8Array, sizeBytes: number, checksum: Checksum): SumLog | undefined {
  const header = sumHeader(sizeBytes, checksum);
  if (bytes.length < HEADER_BYTES || header.some((byte, i) => byte !== bytes[i])) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units = new SummedUnits();
  let at = HEADER_BYTES;
  while (at + BATCH_HEADER_BYTES <= bytes.length && view.getUint32(at, true) === BATCH_MAGIC) {
    const from = at + BATCH_HEADER_BYTES;
    const to = from + view.getUint32(at + 4, true);
    if (to > bytes.length || checksum(bytes.subarray(from, to)) !== view.getUint32(at + 8, true)) break;
    if (!readBatch(view, from, to, sizeBytes, units)) break;
    at = to;
  }
  return { units, goodBytes: at };
}

/** Adds the units of one batch; false when it is not what was written. */
function readBatch(view: DataView, from: number, to: number, sizeBytes: number, units: SummedUnits): boolean {
  for (let at = from; at < to; ) {
    if (at + RECORD_BYTES > to) return false;
    const start = view.getFloat64(at, true);
    const end = start + view.getUint32(at + 8, true);
    at += RECORD_BYTES;
    if (!Number.isSafeInteger(start) || start < 0 || end <= start || end > sizeBytes) return false;
    let unitStart = start;
    for (const unitEnd of unitEnds(start, end)) {
      if (at + 4 > to) return false;
      units.add(unitStart, unitEnd, view.getUint32(at, true));
      unitStart = unitEnd;
      at += 4;
    }
  }
  return true;
}
