import type { CompressedImage } from './compressed-image.ts';
import { wholeDigest } from './ending.ts';
import { findOwnFrame, readOwnFrame } from './find-own-frame.ts';
import { OWN_FRAME_BYTES } from './own-frame.ts';
import { CHECKSUM_OF_NOTHING, checksumOf, SeekTableWriter } from './seek-table.ts';
import type { DamageSink } from './verify-compressed.ts';

/** Looks at the two frames before the data. */
export async function checkStart(image: CompressedImage, found: DamageSink): Promise<void> {
  const { headerFrame, headerBytes, infoBody, dataStart, totals } = image;
  if (headerFrame === undefined) {
    found(0, dataStart, 'the start of the image is damaged; what it held stands at the end as well');
    return;
  }
  if (totals === undefined) return;
  const isSame =
    totals.header === Buffer.from(headerBytes).toString('base64') &&
    totals.info === Buffer.from(infoBody).toString('base64');
  if (!isSame) found(0, dataStart, 'the start of the image is that of another');
}

/** Looks at the index of each part where it stands. */
export async function checkParts({ file, parts }: CompressedImage, found: DamageSink): Promise<void> {
  for (const part of parts) {
    const frame = await readOwnFrame(file, 'PART', part.start, Math.min(part.end, file.sizeBytes));
    const isSame = frame?.end === part.end && Buffer.compare(frame.body, part.body) === 0;
    if (!isSame) found(part.start, part.end, 'the index of a part is damaged; the one at the end has it too');
  }
}

/** Looks at the last frames, and whether they are what all the others lead to. */
export async function checkEnd(image: CompressedImage, found: DamageSink): Promise<void> {
  const { file, parts, totals, headerBytes, infoBody } = image;
  const start = parts.at(-1)?.end ?? image.dataStart;
  const { sizeBytes } = file;
  if (totals === undefined) {
    found(
      Math.min(start, sizeBytes),
      sizeBytes,
      'the end is missing: the save was interrupted, or the file is cut',
    );
    return;
  }
  const digest = wholeDigest(
    headerBytes,
    infoBody,
    parts.map(({ body }) => body),
  );
  if (digest !== totals.digest) found(start, sizeBytes, 'the checksum of the whole is wrong');
  const done = await findOwnFrame(file, 'DONE', start, sizeBytes);
  if (done === undefined) {
    found(start, sizeBytes, 'the index of all parts is not where it should be');
    return;
  }
  const due = seekTable(image, done.end - done.start);
  if (due === undefined) return;
  // Anything may follow on the end of an image.
  const isLong = due.length === sizeBytes - done.end;
  const table = isLong ? (await file.read(done.end, due.length)).bytes : undefined;
  if (table === undefined || Buffer.compare(table, due) !== 0)
    found(done.end, sizeBytes, 'the seek table is damaged');
}

/** The seek table that belongs to an image; undefined when its start is damaged. */
function seekTable(image: CompressedImage, doneBytes: number): Buffer | undefined {
  const { headerFrame, headerBytes, infoBody, parts } = image;
  if (headerFrame === undefined) return undefined;
  const table = new SeekTableWriter();
  const own = (packedBytes: number): void =>
    table.add({ packedBytes, plainBytes: 0, checksum: CHECKSUM_OF_NOTHING });
  table.add({
    packedBytes: headerFrame.length,
    plainBytes: headerBytes.length,
    checksum: checksumOf(headerFrame),
  });
  own(OWN_FRAME_BYTES + infoBody.length);
  for (const part of parts) {
    for (const frame of part.frames) table.add(frame);
    own(OWN_FRAME_BYTES + part.body.length);
  }
  own(doneBytes);
  return table.encode();
}
