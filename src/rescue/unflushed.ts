import type { ByteRange } from '../block/range.ts';
import type { BlockMap } from './block-map.ts';

/** A stretch of the target that was written: with data of the source, or with the fill. */
interface Written {
  readonly start: number;
  end: number;
  readonly isData: boolean;
}

/** Knows what was written to the target and is not on stable storage yet, should the target lose it. */
export class Unflushed {
  #before: Written[] = [];
  #since: Written[] = [];

  /** To be called when a stretch was written and the map says so. */
  note(start: number, end: number, isData: boolean): void {
    const last = this.#since.at(-1);
    if (last && last.end === start && last.isData === isData) last.end = end;
    else this.#since.push({ start, end, isData });
  }

  /** A flush begins, that makes stable what was written until now. */
  flushing(): void {
    this.#before = this.#before.concat(this.#since);
    this.#since = [];
  }

  /** The flush has succeeded. */
  flushed(): void {
    this.#before = [];
  }

  /**
   * The target has lost all of it: what the map called finished for it is untried again. Returns where the fill is
   * lost; the map still calls those sectors bad.
   */
  rollBack(map: BlockMap): ByteRange[] {
    const lost = this.#before.concat(this.#since);
    this.#before = [];
    this.#since = [];
    for (const { start, end, isData } of lost) {
      if (!isData) continue;
      for (const run of [...map.runs(start, end)]) if (run.status === '+') map.set(run.start, run.end, '?');
    }
    return lost.filter(({ isData }) => !isData);
  }
}
