import { type FileHandle, open } from 'node:fs/promises';
import { seededRandom } from './random.ts';

const BLOCK_BYTES = 4096;
const HEADER_AT = 1024;
const HEADER_BYTES = 512;
const ATTRIBUTE_UNMOUNTED = 0x100;
const FIRST_USER_ID = 16;

interface Extent {
  readonly start: number;
  readonly count: number;
}

/**
 * Lays out an HFS+ volume over what `path` holds, in whole blocks (Apple's TN1150): both headers, an allocation file in
 * two extents, empty extents and catalog files, and `runs` stretches of blocks that files would have. No program of
 * Debian 12 makes one; partclone.hfsp, which reads it, is the judge of what is in use.
 */
export async function layOutHfsPlus(
  path: string,
  sizeBytes: number,
  seed: number,
  runs: number,
): Promise<void> {
  const total = Math.floor(sizeBytes / BLOCK_BYTES);
  const bitmapBlocks = Math.ceil(total / 8 / BLOCK_BYTES);
  const half = Math.ceil(bitmapBlocks / 2);
  // A block of something else lies between the two halves.
  const bitmapExtents = [
    { start: 1, count: half },
    { start: 2 + half, count: bitmapBlocks - half },
  ].filter(({ count }) => count > 0);
  const afterBitmap = 3 + bitmapBlocks;
  const trees = [
    { at: 192, extent: { start: afterBitmap, count: 1 }, keyBytes: 10 },
    { at: 272, extent: { start: afterBitmap + 1, count: 1 }, keyBytes: 516 },
  ];
  const random = seededRandom(seed);
  const files = Array.from({ length: runs }, () => {
    const count = 1 + random.integer(40);
    return { start: afterBitmap + 2 + random.integer(total - afterBitmap - 4 - count), count };
  });
  const used = [
    { start: 0, count: 1 },
    ...bitmapExtents,
    ...trees.map(({ extent }) => extent),
    ...files,
    // The block with the second header.
    { start: total - 1, count: 1 },
  ];
  const bitmap = new Uint8Array(bitmapBlocks * BLOCK_BYTES);
  for (const { start, count } of used) {
    for (let block = start; block < start + count; block++) {
      bitmap[block >> 3] = (bitmap[block >> 3] ?? 0) | (0x80 >> (block & 7));
    }
  }
  const inUse = bitmap.reduce((sum, byte) => sum + bitsOf(byte), 0);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('H+', 0, 'latin1');
  header.writeUInt16BE(4, 2);
  header.writeUInt32BE(ATTRIBUTE_UNMOUNTED, 4);
  header.write('10.0', 8, 'latin1');
  header.writeUInt32BE(BLOCK_BYTES, 40);
  header.writeUInt32BE(total, 44);
  header.writeUInt32BE(total - inUse, 48);
  header.writeUInt32BE(FIRST_USER_ID, 64);
  writeFork(header, 112, bitmapExtents);
  for (const { at, extent } of trees) writeFork(header, at, [extent]);

  const file = await open(path, 'r+');
  try {
    let written = 0;
    for (const { start, count } of bitmapExtents) {
      await file.write(bitmap, written, count * BLOCK_BYTES, start * BLOCK_BYTES);
      written += count * BLOCK_BYTES;
    }
    for (const { extent, keyBytes } of trees) await writeEmptyTree(file, extent.start, keyBytes);
    for (const at of [HEADER_AT, total * BLOCK_BYTES - HEADER_AT])
      await file.write(header, 0, HEADER_BYTES, at);
  } finally {
    await file.close();
  }
}

function writeFork(header: Buffer, at: number, extents: readonly Extent[]): void {
  const blocks = extents.reduce((sum, { count }) => sum + count, 0);
  header.writeBigUInt64BE(BigInt(blocks * BLOCK_BYTES), at);
  header.writeUInt32BE(BLOCK_BYTES, at + 8);
  header.writeUInt32BE(blocks, at + 12);
  for (const [i, { start, count }] of extents.entries()) {
    header.writeUInt32BE(start, at + 16 + i * 8);
    header.writeUInt32BE(count, at + 20 + i * 8);
  }
}

/** A B-tree of one header node without records. */
async function writeEmptyTree(file: FileHandle, block: number, keyBytes: number): Promise<void> {
  const node = Buffer.alloc(BLOCK_BYTES);
  node.writeInt8(1, 8);
  node.writeUInt16BE(3, 10);
  node.writeUInt16BE(BLOCK_BYTES, 14 + 18);
  node.writeUInt16BE(keyBytes, 14 + 20);
  node.writeUInt32BE(1, 14 + 22);
  for (const [i, offset] of [14, 120, 248, BLOCK_BYTES - 8].entries()) {
    node.writeUInt16BE(offset, BLOCK_BYTES - 2 * (i + 1));
  }
  await file.write(node, 0, BLOCK_BYTES, block * BLOCK_BYTES);
}

function bitsOf(byte: number): number {
  let count = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) count++;
  return count;
}
