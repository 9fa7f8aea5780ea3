/** A random generator that gives the same numbers for the same seed, so that every failure can be repeated. */
export interface SeededRandom {
  /** A whole number from 0 up to, not including, `below`; 0 when `below` is 0. */
  integer(below: number): number;
  /** A number from 0 up to, not including, 1. */
  fraction(): number;
  /** Fills `bytes` with noise and returns it. */
  fill(bytes: Uint8Array): Uint8Array;
}

/** Mulberry32: small, fast, and good enough to scatter faults. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    integer: (below) => Math.floor((next() / 2 ** 32) * below),
    fraction: () => next() / 2 ** 32,
    fill(bytes) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = next() & 0xff;
      return bytes;
    },
  };
}
