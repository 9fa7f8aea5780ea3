import type { ByteRange } from '../../block/range.ts';
import { holesWithin } from '../../ntfs/holes.ts';
import type { Run } from '../../ntfs/run-list.ts';
import type { ClusterBitmap } from '../cluster-bitmap.ts';
import type { ClusterSink } from '../cluster-sink.ts';
import type { ClusterSupply } from './cluster-supply.ts';

/** What is read at once. */
const CHUNK_BYTES = 2 ** 20;

/** How the bytes of an attribute are changed on their way. */
export interface Treatment {
  /** Bytes that are treated together, counted from the start of the attribute: a record, an index block. */
  readonly blockBytes: number;
  /**
   * Changes a block in place. `offset`: its first byte within the attribute. `trust`: whether it can be what it should
   * be.
   */
  change(bytes: Uint8Array, offset: number, trust: BlockTrust): void;
}

/**
 * `cut`: a part of a block could not be read, or has no clusters. `shared`: a cluster of it belongs to another file as
 * well, so that the bytes may be anybody's contents.
 */
export type BlockTrust = 'own' | 'shared' | 'cut';

export interface StretchCopy {
  readonly supply: ClusterSupply;
  readonly sink: ClusterSink;
  readonly clusterBytes: number;
  readonly shared: ClusterBitmap | undefined;
  readonly signal: AbortSignal;
}

/**
 * Copies the clusters of `runs` (ascending by VCN; sparse ones are left out) through `treatment`. Blocks may be larger
 * than clusters and lie in several runs.
 */
export async function copyBlocks(
  runs: readonly Run[],
  treatment: Treatment,
  copy: StretchCopy,
): Promise<void> {
  const { clusterBytes } = copy;
  const unit = Math.max(treatment.blockBytes, clusterBytes);
  const chunkClusters = (Math.max(1, Math.floor(CHUNK_BYTES / unit)) * unit) / clusterBytes;
  let pending: Piece[] = [];
  let end = 0;
  for (const piece of pieces(runs, chunkClusters)) {
    const sameChunk = Math.floor(piece.vcn / chunkClusters) === Math.floor((end - 1) / chunkClusters);
    if (pending.length > 0 && (piece.vcn !== end || !sameChunk)) {
      await copyPieces(pending, treatment, copy);
      pending = [];
    }
    pending.push(piece);
    end = piece.vcn + piece.length;
  }
  if (pending.length > 0) await copyPieces(pending, treatment, copy);
}

interface Piece {
  readonly vcn: number;
  readonly lcn: number;
  readonly length: number;
}

/** The runs, cut at the borders of chunks. */
function* pieces(runs: readonly Run[], chunkClusters: number): IterableIterator<Piece> {
  for (const { vcn, lcn, length } of runs) {
    if (lcn === undefined) continue;
    for (let done = 0; done < length; ) {
      const at = vcn + done;
      const taken = Math.min(length - done, chunkClusters - (at % chunkClusters));
      yield { vcn: at, lcn: lcn + done, length: taken };
      done += taken;
    }
  }
}

/** Copies pieces that lie one behind the other within the attribute. */
async function copyPieces(parts: readonly Piece[], treatment: Treatment, copy: StretchCopy): Promise<void> {
  const { supply, sink, clusterBytes, signal } = copy;
  signal.throwIfAborted();
  const first = (parts[0] as Piece).vcn;
  const last = parts.at(-1) as Piece;
  const start = first * clusterBytes;
  const chunk = new Uint8Array((last.vcn + last.length - first) * clusterBytes);
  const lost: ByteRange[] = [];
  for (const { vcn, lcn, length } of parts) {
    const at = (vcn - first) * clusterBytes;
    const found = await supply.read(lcn, length);
    chunk.set(found.bytes, at);
    for (const range of found.lost) lost.push({ start: at + range.start, end: at + range.end });
  }
  const { blockBytes } = treatment;
  for (let offset = start - (start % blockBytes); offset < start + chunk.length; offset += blockBytes) {
    const from = Math.max(offset, start) - start;
    const to = Math.min(offset + blockBytes - start, chunk.length);
    const isShared = () =>
      hasShared(parts, (start + from) / clusterBytes, (start + to) / clusterBytes, copy.shared);
    changeBlock(chunk.subarray(from, to), from + start, holesWithin(lost, from, to), treatment, isShared);
  }
  for (const { vcn, lcn, length } of parts) {
    const at = (vcn - first) * clusterBytes;
    await sink.used(lcn, chunk.subarray(at, at + length * clusterBytes));
  }
}

/** The markers of lost sectors stay, whatever is cleared around them: a reader must see that something is missing. */
function changeBlock(
  bytes: Uint8Array,
  offset: number,
  lost: readonly ByteRange[],
  treatment: Treatment,
  isShared: () => boolean,
): void {
  const markers = lost.map((range) => ({ range, marker: bytes.slice(range.start, range.end) }));
  const isCut = lost.length > 0 || bytes.length < treatment.blockBytes;
  treatment.change(bytes, offset, isCut ? 'cut' : isShared() ? 'shared' : 'own');
  for (const { range, marker } of markers) bytes.set(marker, range.start);
}

/** Whether a cluster between two places of the attribute, in clusters from its start, is shared. */
function hasShared(
  parts: readonly Piece[],
  from: number,
  to: number,
  shared: ClusterBitmap | undefined,
): boolean {
  if (shared === undefined) return false;
  return parts.some(({ vcn, lcn, length }) => {
    const end = Math.min(vcn + length, Math.ceil(to));
    for (let at = Math.max(vcn, Math.floor(from)); at < end; at++)
      if (shared.has(lcn + at - vcn)) return true;
    return false;
  });
}
