import { ATTRIBUTE } from './attribute.ts';
import { type AttributeData, readAttribute } from './attribute-data.ts';
import { fileAttribute, type OpenVolume } from './file-attributes.ts';
import { type FileName, parseFileName } from './file-name.ts';
import type { FileRecord } from './file-record.ts';
import { undoFixups } from './fixup.ts';
import { holesWithin, inHole } from './holes.ts';
import { u8, u16, u32 } from './little-endian.ts';
import { type Reference, readReference } from './reference.ts';
import { cutRuns, mappedClusters } from './run-list.ts';

/** One name in a directory. */
export interface DirectoryEntry {
  readonly file: Reference;
  readonly name: FileName;
}

/** The name of directory indexes. */
const DIRECTORY_INDEX = '$I30';
const FLAG_LAST = 2;
/** In an index header: flags, of which the first says that there are blocks beside the root. */
const HEADER_FLAGS = 12;
const FLAG_LARGE = 1;
const ENTRY_HEADER_BYTES = 16;
const BLOCK_HEADER_BYTES = 24;
const MAX_BLOCK_BYTES = 2 ** 21;
const CHUNK_BYTES = 2 ** 20;
/** The largest real directories have some ten million names: about 2 GiB. */
const MAX_INDEX_BYTES = 4 * 2 ** 30;
/** A directory of damaged sizes may claim the whole volume: it ends after so much readable that is no index. */
const MAX_STRANGE_BYTES = 2 ** 20;

/**
 * Every name in a directory, in no order. `onLost` is called when names may be missing.
 */
export async function* directoryEntries(
  volume: OpenVolume,
  directory: FileRecord,
  onLost: () => void = () => undefined,
): AsyncGenerator<DirectoryEntry> {
  for await (const { node, at, length } of indexEntries(volume, directory, DIRECTORY_INDEX, onLost)) {
    const key = node.subarray(
      at + ENTRY_HEADER_BYTES,
      at + Math.min(length, ENTRY_HEADER_BYTES + u16(node, at + 10)),
    );
    const name = parseFileName(key);
    if (name !== undefined) yield { file: readReference(node, at), name };
  }
}

/** An entry of an index: where it lies in its node. */
export interface IndexEntry {
  readonly node: Uint8Array;
  readonly at: number;
  readonly length: number;
}

/**
 * Every entry of an index, in no order. The blocks of the index are read one after the other instead of along the
 * tree: a lost block then hides no other, and no loop of damaged links can catch the reader. Blocks that the
 * index's bitmap says are unused are left out, since they hold names of long ago. `onLost` is called when entries may
 * be missing.
 */
export async function* indexEntries(
  volume: OpenVolume,
  owner: FileRecord,
  index: string,
  onLost: () => void = () => undefined,
): AsyncGenerator<IndexEntry> {
  const root = await fileAttribute(volume, owner, ATTRIBUTE.INDEX_ROOT, index);
  let blockBytes = volume.boot.indexRecordBytes;
  let isLarge = true;
  if (root !== undefined && 'value' in root && root.value.length >= 32) {
    const told = u32(root.value, 8);
    if (told >= 512 && told <= MAX_BLOCK_BYTES && Number.isInteger(Math.log2(told))) blockBytes = told;
    isLarge = (u8(root.value, 16 + HEADER_FLAGS) & FLAG_LARGE) !== 0;
    yield* entriesOf(root.value, 16, onLost);
  } else {
    onLost();
  }
  const blocks = await fileAttribute(volume, owner, ATTRIBUTE.INDEX_ALLOCATION, index);
  if (blocks === undefined || 'value' in blocks) {
    if (isLarge) onLost();
    return;
  }
  if (mappedClusters(blocks.runs) * volume.boot.clusterBytes < blocks.dataBytes || blocks.dataBytes === 0) {
    onLost();
  }
  const bitmap = await fileAttribute(volume, owner, ATTRIBUTE.BITMAP, index);
  const length = Math.min(blocks.dataBytes, MAX_INDEX_BYTES);
  let strange = 0;
  const clustersThere = Math.ceil(volume.reader.sizeBytes / volume.boot.clusterBytes);
  for (const run of cutRuns(blocks.runs, clustersThere)) {
    const start = run.vcn * volume.boot.clusterBytes;
    const end = Math.min(length, start + run.length * volume.boot.clusterBytes);
    if (run.outside) onLost();
    if (run.lcn === undefined) continue;
    // Blocks begin at multiples of their size; one that two runs share is read when the first of them is.
    const first = Math.ceil(start / blockBytes) * blockBytes;
    for (let at = first; at < end && strange < MAX_STRANGE_BYTES; at += chunkBytes(blockBytes)) {
      const count = Math.ceil(Math.min(end - at, chunkBytes(blockBytes)) / blockBytes);
      const chunk = await readAttribute(
        volume.reader,
        blocks,
        volume.boot.clusterBytes,
        at,
        count * blockBytes,
      );
      const used = await usedBlocks(volume, bitmap, at / blockBytes, count);
      for (let i = 0; i < count; i++) {
        if (!used(i)) continue;
        const [from, to] = [i * blockBytes, (i + 1) * blockBytes];
        const holes = holesWithin(chunk.holes, from, to);
        const block = chunk.bytes.subarray(from, to);
        if (inHole(holes, 0, blockBytes)) {
          onLost();
        } else if (openBlock(block)) {
          strange = 0;
          yield* entriesOf(block, BLOCK_HEADER_BYTES, onLost);
        } else {
          strange += blockBytes;
          onLost();
        }
      }
    }
  }
}

function chunkBytes(blockBytes: number): number {
  return Math.max(blockBytes, CHUNK_BYTES);
}

/** Whether block `first + i` is in use by the index's bitmap; where that cannot be read, it is. */
async function usedBlocks(
  volume: OpenVolume,
  bitmap: AttributeData | undefined,
  first: number,
  count: number,
): Promise<(i: number) => boolean> {
  if (bitmap === undefined) return () => true;
  const offset = Math.floor(first / 8);
  const length = Math.floor((first + count - 1) / 8) - offset + 1;
  const chunk = await readAttribute(volume.reader, bitmap, volume.boot.clusterBytes, offset, length);
  return (i) => {
    const bit = first + i - offset * 8;
    const byte = bit >> 3;
    return inHole(chunk.holes, byte, byte + 1) || (u8(chunk.bytes, byte) & (1 << (bit & 7))) !== 0;
  };
}

/** Undoes the fixups of an index block; false when it is none, or cannot be trusted. */
function openBlock(block: Uint8Array): boolean {
  if (u32(block, 0) !== 0x58444e49) return false;
  return undoFixups(block, [], block.length) === undefined;
}

/** The entries of a node; `header` is the offset of its index header, from which its offsets count. */
function* entriesOf(node: Uint8Array, header: number, onLost: () => void): Generator<IndexEntry> {
  const end = Math.min(node.length, header + u32(node, header + 4));
  let at = header + u32(node, header);
  while (at + ENTRY_HEADER_BYTES <= end) {
    const length = u16(node, at + 8);
    if (length < ENTRY_HEADER_BYTES || at + length > end) break;
    if ((u16(node, at + 12) & FLAG_LAST) !== 0) return;
    yield { node, at, length };
    at += length;
  }
  // Only the entry that says so is the last.
  onLost();
}
