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
}

/** Compares a frame with its checksums, and its commands with its index. */
export async function checkFrame(image: CompressedImage, frame: DataFrame): Promise<CheckedFrame> {
  const content = await readFrame(image, frame);
  switch (content.state) {
    case 'cut':
      return { frame, problem: 'the file ends before it' };
    case 'unreadable':
      return { frame, problem: 'it cannot be read' };
    case 'damaged':
      return { frame, problem: 'its checksum is wrong' };
  }
  const problem = hasCommands(image, frame, content.bytes) ? undefined : 'its content and its index differ';
  return { frame, problem };
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
