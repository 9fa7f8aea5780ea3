import { createHash } from 'node:crypto';
import { u32 } from '../../ntfs/little-endian.ts';
import { decodePart, type Part } from './part.ts';
import { compressFrame, expandFrame } from './zstd-codec.ts';

/** What a compressed image has come to, told in its last frame but one. */
export interface ImageTotals {
  readonly parts: number;
  readonly frames: number;
  /** Bytes of the special image, its header among them. */
  readonly plainBytes: number;
  /** Clusters in it, those twice that are in it twice, and the stretch behind the last one. */
  readonly clusters: number;
  /** SHA-256 of the header, of what the image says of itself, and of the bodies of all parts with their checksums. */
  readonly digest: string;
  /** The bytes before the first command once more, and what the image says of itself, both as base64. */
  readonly header: string;
  readonly info: string;
}

const INDEX_LEVEL = 3;
/** The index of the largest image that could be saved; a damaged number must not fill the memory. */
const LARGEST_INDEX_BYTES = 2 ** 30;

/** The digest of a whole image: made of the checksums of all that is in it. */
export function wholeDigest(header: Uint8Array, infoBody: Uint8Array, parts: Iterable<Uint8Array>): string {
  const hash = createHash('sha256').update(header).update(infoBody);
  for (const body of parts) hash.update(body);
  return hash.digest('hex');
}

/** The body of the frame that ends an image: the totals as JSON, and all parts once more, compressed. */
export async function encodeEnding(totals: ImageTotals, parts: readonly Uint8Array[]): Promise<Buffer> {
  const json = Buffer.from(JSON.stringify(totals));
  const index = Buffer.concat(parts.flatMap((body) => [numberBytes(body.length), body]));
  const packed = await compressFrame(index, INDEX_LEVEL);
  return Buffer.concat([numberBytes(json.length), json, numberBytes(index.length), packed]);
}

/** Reads such a body; undefined when it makes no sense. */
export async function decodeEnding(
  body: Uint8Array,
): Promise<{ totals: ImageTotals; parts: Part[] } | undefined> {
  const jsonBytes = u32(body, 0);
  const indexAt = 4 + jsonBytes;
  if (indexAt + 4 > body.length) return undefined;
  const totals = decodeTotals(body.subarray(4, indexAt));
  const indexBytes = u32(body, indexAt);
  if (totals === undefined || indexBytes > LARGEST_INDEX_BYTES) return undefined;
  const index = await expandFrame(body.subarray(indexAt + 4), indexBytes);
  if (index === undefined) return undefined;
  const parts: Part[] = [];
  for (let at = 0; at < index.length; ) {
    const length = u32(index, at);
    const part = decodePart(index.subarray(at + 4, at + 4 + length));
    if (part === undefined || at + 4 + length > index.length) return undefined;
    parts.push(part);
    at += 4 + length;
  }
  return parts.length === totals.parts ? { totals, parts } : undefined;
}

function decodeTotals(json: Uint8Array): ImageTotals | undefined {
  try {
    const totals = JSON.parse(Buffer.from(json).toString('utf8')) as Partial<ImageTotals>;
    const { parts, frames, plainBytes, clusters, digest, header, info } = totals;
    const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
    if (!isCount(parts) || !isCount(frames) || !isCount(plainBytes) || !isCount(clusters)) return undefined;
    if (typeof digest !== 'string' || typeof header !== 'string' || typeof info !== 'string')
      return undefined;
    return { parts, frames, plainBytes, clusters, digest, header, info };
  } catch {
    // No JSON: damaged.
    return undefined;
  }
}

function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
