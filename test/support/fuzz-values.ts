import type { SeededRandom } from './random.ts';

/** Numbers that programs stumble over: ends of the signed and unsigned words, and of the exact doubles. */
const EDGES: readonly bigint[] = [
  0n,
  1n,
  2n,
  7n,
  8n,
  0x17n,
  0x18n,
  0x7fn,
  0x80n,
  0xffn,
  0x100n,
  511n,
  512n,
  1024n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  2n ** 40n,
  2n ** 43n - 1n,
  2n ** 52n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 62n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 2n,
  2n ** 64n - 1n,
];

/** A number that does not belong where it is put: an edge, a size of this volume, something near the old one, or any. */
export function absurd(random: SeededRandom, old: bigint, own: readonly number[]): bigint {
  switch (random.integer(5)) {
    case 0:
      return old + BigInt(random.integer(33) - 16);
    case 1:
      return BigInt(own[random.integer(own.length)] ?? 0) + BigInt(random.integer(5) - 2);
    case 2:
      return BigInt(random.integer(2 ** 32)) << BigInt(random.integer(32));
    default:
      return EDGES[random.integer(EDGES.length)] ?? 0n;
  }
}

/** `size` bytes of a number, the lowest first; what does not fit is cut. */
export function wordOf(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt.asUintN(64, value);
  for (let i = 0; i < size; i++) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** A run as mapping pairs have it; without `change` it is sparse. */
export interface RawRun {
  readonly length: bigint;
  readonly change?: bigint;
}

/** Mapping pairs with an end mark, cut to `room` bytes: runs that do not fit are left out. */
export function mappingPairs(runs: readonly RawRun[], room: number): Uint8Array {
  const bytes: number[] = [];
  for (const { length, change } of runs) {
    const [lengthSize, changeSize] = [signedSize(length), change === undefined ? 0 : signedSize(change)];
    const pair = [
      (changeSize << 4) | lengthSize,
      ...wordOf(length, lengthSize),
      ...(change === undefined ? [] : wordOf(change, changeSize)),
    ];
    if (bytes.length + pair.length + 1 > room) break;
    bytes.push(...pair);
  }
  return Uint8Array.from([...bytes, 0]).subarray(0, room);
}

/** The fewest bytes that hold a signed number. */
function signedSize(value: bigint): number {
  for (let size = 1; size < 8; size++) if (BigInt.asIntN(size * 8, value) === value) return size;
  return 8;
}
