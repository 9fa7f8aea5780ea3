import { DONE } from '../../src/block/outcome.ts';
import type { Target } from '../../src/block/ports.ts';

const SECTOR = 512;
const MARKER = Buffer.concat([Buffer.from('BadSectoR\0'), Buffer.alloc(SECTOR - 10, '?')]);

/** Gives what a healthy disk would hold at a place. */
export type TruthReader = (offset: number, into: Uint8Array) => void;

/** What stands in a sector of the target. */
export const STATE = { empty: 0, saved: 1, marked: 2, wrong: 3 } as const;

/**
 * A target that keeps no bytes: it holds all that is written against what it has to be, and remembers for each
 * sector whether that was the truth, the marker, or neither.
 */
export class CheckedTarget implements Target {
  readonly states: Uint8Array;
  readonly #truth: TruthReader;

  constructor(sizeBytes: number, truth: TruthReader) {
    this.states = new Uint8Array(Math.ceil(sizeBytes / SECTOR));
    this.#truth = truth;
  }

  async write(offset: number, data: Uint8Array) {
    const due = Buffer.alloc(data.length);
    this.#truth(offset, due);
    const first = offset / SECTOR;
    if (due.equals(data)) {
      this.states.fill(STATE.saved, first, first + data.length / SECTOR);
      return DONE;
    }
    for (let at = 0; at < data.length; at += SECTOR) {
      const sector = data.subarray(at, at + SECTOR);
      if (due.subarray(at, at + SECTOR).equals(sector)) this.states[first + at / SECTOR] = STATE.saved;
      else this.states[first + at / SECTOR] = MARKER.equals(sector) ? STATE.marked : STATE.wrong;
    }
    return DONE;
  }

  async read(offset: number, length: number, into: Uint8Array) {
    this.#truth(offset, into.subarray(0, length));
    for (let at = 0; at < length; at += SECTOR) {
      const state = this.states[(offset + at) / SECTOR];
      if (state === STATE.marked) into.set(MARKER, at);
      else if (state !== STATE.saved) into.fill(0, at, at + SECTOR);
    }
    return DONE;
  }

  readBack(offset: number, length: number, into: Uint8Array) {
    return this.read(offset, length, into);
  }

  async flush() {
    return DONE;
  }
}
