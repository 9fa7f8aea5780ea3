import { createHash, webcrypto } from 'node:crypto';
import { u8 } from '../../ntfs/little-endian.ts';
import { tailBytes } from '../cluster-sink.ts';
import { COMMAND, gapCommand } from '../image-writer.ts';
import type { CompressedImage } from './compressed-image.ts';
import { type DataFrame, readFrame } from './frame-list.ts';

/** What a look at a frame has shown. */
export interface CheckedFrame {
  readonly frame: DataFrame;
  /** A clause; undefined for a sound one. */
  readonly problem: string | undefined;
  /** SHA-256 of its content; undefined when that cannot be had. */
  readonly digest: Uint8Array | undefined;
}

/** Compares a frame with its checksums, and its commands with its index. */
export async function checkFrame(image: CompressedImage, frame: DataFrame): Promise<CheckedFrame> {
  const content = await readFrame(image, frame);
  switch (content.state) {
    case 'cut':
      return { frame, problem: 'the file ends before it', digest: undefined };
    case 'unreadable':
      return { frame, problem: 'it cannot be read', digest: undefined };
    case 'damaged':
      return { frame, problem: 'its checksum is wrong', digest: undefined };
  }
  const bytes = content.bytes as Uint8Array<ArrayBuffer>;
  const digest = new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes));
  const problem = hasCommands(image, frame, bytes) ? undefined : 'its content and its index differ';
  return { frame, problem, digest };
}

/** Whether the commands of a frame are those that its index says. */
function hasCommands({ header }: CompressedImage, frame: DataFrame, bytes: Uint8Array): boolean {
  const { clusterBytes, clusterCount } = header;
  let at = 0;
  let position = frame.position;
  for (const { lcn, length } of frame.runs) {
    if (lcn !== position) {
      const gap = gapCommand(lcn - position);
      if (Buffer.compare(gap, bytes.subarray(at, at + gap.length)) !== 0) return false;
      at += gap.length;
    }
    for (let cluster = lcn; cluster < lcn + length; cluster++) {
      if (at >= bytes.length || u8(bytes, at) !== COMMAND.NEXT) return false;
      at += 1 + (cluster < clusterCount ? clusterBytes : tailBytes(header));
    }
    position = lcn + length;
  }
  return at === bytes.length;
}

/** The digest of a part, made of those of its frames as they come. */
export class PartDigests {
  #hash = createHash('sha256');
  #isKnown = true;

  begin(): void {
    this.#hash = createHash('sha256');
    this.#isKnown = true;
  }

  /** A frame that is damaged has none; then nothing can be said of its part. */
  add(digest: Uint8Array | undefined): void {
    if (digest === undefined) this.#isKnown = false;
    else this.#hash.update(digest);
  }

  /** Whether the part is another one than that with this digest, as far as can be said. */
  differ(digest: Uint8Array): boolean {
    return Buffer.compare(this.#hash.digest(), digest) !== 0 && this.#isKnown;
  }
}
