import { RangeSet, RangeSetBuilder } from '../../src/block/range-set.ts';
import type { LayoutRecord } from './fuzz-layout.ts';
import type { SeededRandom } from './random.ts';

const SECTOR = 512;

/** The volume of one case: a healthy one with blows, which can be taken back. */
export class DamagedVolume {
  readonly bytes: Uint8Array;
  readonly #undo: { at: number; before: Uint8Array }[] = [];
  readonly #log: string[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** What was done, in words. */
  get story(): string {
    return this.#log.join('; ');
  }

  say(what: string): void {
    this.#log.push(what);
  }

  /** Writes over the volume; what would lie behind its end is dropped. */
  write(at: number, data: Uint8Array): void {
    const length = Math.max(0, Math.min(data.length, this.bytes.length - at));
    this.#undo.push({ at, before: this.bytes.slice(at, at + length) });
    this.bytes.set(data.subarray(0, length), at);
  }

  /** Writes into a record, wherever its pieces lie. The ends of its 512-byte stretches hold the update sequence. */
  writeRecord(record: LayoutRecord, offset: number, data: Uint8Array): void {
    let passed = 0;
    for (const { start, end } of record.places) {
      const from = Math.max(offset, passed);
      const to = Math.min(offset + data.length, passed + end - start);
      if (from < to) this.write(start + from - passed, data.subarray(from - offset, to - offset));
      passed += end - start;
    }
  }

  readRecord(record: LayoutRecord): Buffer {
    return Buffer.concat(record.places.map(({ start, end }) => this.bytes.subarray(start, end)));
  }

  /** The sectors whose bytes are not what they were. */
  changed(): RangeSet {
    const first = new Map<number, Uint8Array>();
    for (const { at, before } of this.#undo) {
      for (let i = 0; i < before.length; i++) {
        const sector = Math.floor((at + i) / SECTOR);
        // The first writer of a byte knows what was there; a sector counts when any of its bytes differs in the end.
        if (!first.has(sector)) first.set(sector, this.#original(sector));
      }
    }
    const builder = new RangeSetBuilder();
    for (const [sector, original] of first) {
      const now = this.bytes.subarray(sector * SECTOR, sector * SECTOR + original.length);
      if (Buffer.compare(original, now) !== 0) builder.add(sector * SECTOR, (sector + 1) * SECTOR);
    }
    return builder.build();
  }

  /** Makes the volume healthy again. */
  restore(): void {
    for (const { at, before } of this.#undo.toReversed()) this.bytes.set(before, at);
    this.#undo.length = 0;
  }

  #original(sector: number): Uint8Array {
    const [start, end] = [sector * SECTOR, (sector + 1) * SECTOR];
    const content = this.bytes.slice(start, end);
    for (const { at, before } of this.#undo.toReversed()) {
      const [from, to] = [Math.max(at, start), Math.min(at + before.length, end)];
      if (from < to) content.set(before.subarray(from - at, to - at), from - start);
    }
    return content;
  }
}

/** Unreadable places: strays anywhere, and some in what the structures call theirs. */
export function unreadable(random: SeededRandom, sizeBytes: number, worthy: readonly number[]): RangeSet {
  const sectors = Math.ceil(sizeBytes / SECTOR);
  const ranges: { start: number; end: number }[] = [];
  const add = (sector: number, count: number): void => {
    const end = Math.min(sectors, sector + count);
    if (sector < end) ranges.push({ start: sector * SECTOR, end: end * SECTOR });
  };
  for (let n = random.integer(4); n > 0; n--) add(random.integer(sectors), 1 + random.integer(8));
  for (let n = random.integer(6); n > 0; n--) {
    add(Math.floor((worthy[random.integer(worthy.length)] ?? 0) / SECTOR), 1 + random.integer(3));
  }
  if (random.integer(12) === 0) add(random.integer(sectors), random.integer(2000));
  return RangeSet.of(ranges);
}
