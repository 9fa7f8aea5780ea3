import { createHash } from 'node:crypto';
import { compressFrame } from './zstd-codec.ts';

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

/** The digest of a whole image: made of the checksums of all that is in it. */
export function wholeDigest(header: Uint8Array, infoBody: Uint8Array, parts: Iterable<Uint8Array>): string {
  const hash = createHash('sha256').update(header).update(infoBody);
  for (const body of parts) hash.update(body);
  return hash.digest('hex');
}

/** The body of the frame that ends an image: the totals as JSON, and all parts once more, compressed. `readEnding` reads it. */
export async function encodeEnding(totals: ImageTotals, parts: readonly Uint8Array[]): Promise<Buffer> {
  const json = Buffer.from(JSON.stringify(totals));
  const index = Buffer.concat(parts.flatMap((body) => [numberBytes(body.length), body]));
  const packed = await compressFrame(index, INDEX_LEVEL);
  return Buffer.concat([numberBytes(json.length), json, numberBytes(index.length), packed]);
}

/** Reads the totals; undefined when they make no sense. */
export function decodeTotals(json: Uint8Array): ImageTotals | undefined {
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
