import type { Source } from '../block/ports.ts';
import type { ByteRange } from '../block/range.ts';
import { mergeHoles } from './holes.ts';
import type { VolumeReader } from './volume-reader.ts';

/** A device that stopped being one while it was read, or refuses what is asked of it. */
export class SourceFailure extends Error {
  readonly kind: 'gone' | 'broken';

  constructor(kind: 'gone' | 'broken', message: string) {
    super(message);
    this.name = 'SourceFailure';
    this.kind = kind;
  }
}

/** Requests are not larger than this: a failing one costs little then. */
const REQUEST_BYTES = 2 ** 18;
/** So many failing reads are spent on narrowing one request; pieces that fail after that count as unreadable whole. */
const MAX_FAILURES = 96;
/** So many bad units are remembered, so that none is asked for twice. */
const MAX_REMEMBERED = 200_000;

/**
 * A volume on a device or in an image. A read that fails is halved until the bad units of the medium are found, which
 * come back as holes. Rejects with a `SourceFailure` when the device itself is gone.
 */
export function sourceReader(source: Source): VolumeReader {
  const unit = source.physicalSectorBytes;
  const bad = new Set<number>();
  /** Memory for direct reads is dear, so it is used again. */
  const spare: Uint8Array[] = [];

  const readInto = async (
    start: number,
    end: number,
    into: Uint8Array,
    holes: ByteRange[],
    budget: { left: number },
  ): Promise<void> => {
    const units = Math.ceil((end - start) / unit);
    const knownBad = countBad(bad, start / unit, units);
    if (knownBad === units || (knownBad > 0 && budget.left <= 0)) {
      holes.push({ start, end });
      return;
    }
    const halves = async (): Promise<void> => {
      const middle = start + Math.ceil(units / 2) * unit;
      await readInto(start, middle, into.subarray(0, middle - start), holes, budget);
      await readInto(middle, end, into.subarray(middle - start), holes, budget);
    };
    if (knownBad > 0) return halves();
    const memory = spare.pop() ?? source.allocate(REQUEST_BYTES);
    const outcome = await source.read(start, end - start, memory);
    if (outcome.kind === 'done') into.set(memory.subarray(0, end - start));
    spare.push(memory);
    switch (outcome.kind) {
      case 'done':
        return;
      case 'gone':
        throw new SourceFailure(
          'gone',
          `The source does not answer as a device any more (${outcome.errno}).`,
        );
      case 'broken':
        throw new SourceFailure('broken', outcome.message);
      case 'bad':
        break;
    }
    budget.left--;
    if (units > 1 && budget.left > 0) return halves();
    if (units === 1 && bad.size < MAX_REMEMBERED) bad.add(start / unit);
    holes.push({ start, end });
  };

  return {
    sizeBytes: source.sizeBytes,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > source.sizeBytes) {
        throw new RangeError(`${offset}+${length} leaves the volume of ${source.sizeBytes} bytes`);
      }
      const from = Math.floor(offset / unit) * unit;
      const to = Math.min(source.sizeBytes, Math.ceil((offset + length) / unit) * unit);
      const bytes = new Uint8Array(to - from);
      const holes: ByteRange[] = [];
      for (let at = from; at < to; at += REQUEST_BYTES) {
        const end = Math.min(to, at + REQUEST_BYTES);
        await readInto(at, end, bytes.subarray(at - from, end - from), holes, { left: MAX_FAILURES });
      }
      const cut = holes.map(({ start, end }) => ({
        start: Math.max(start, offset) - offset,
        end: Math.min(end, offset + length) - offset,
      }));
      return {
        bytes: bytes.subarray(offset - from, offset - from + length),
        holes: mergeHoles(cut.filter(({ start, end }) => start < end)),
      };
    },
  };
}

function countBad(bad: ReadonlySet<number>, first: number, units: number): number {
  if (bad.size === 0) return 0;
  let count = 0;
  for (let i = 0; i < units; i++) if (bad.has(first + i)) count++;
  return count;
}
