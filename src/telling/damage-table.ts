import type { DamagedHolder } from '../rescue/damage.ts';
import { bytesText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';

/** A damaged file with its holes; without them where only the worst files in short are known. */
export type ListedFile = Pick<
  DamagedHolder,
  | 'partition'
  | 'path'
  | 'stream'
  | 'attribute'
  | 'sizeBytes'
  | 'lostBytes'
  | 'pieces'
  | 'pieceCount'
  | 'volumeStartBytes'
> & { readonly recordLost?: boolean };

/** `partition 2: Users/x/a.txt:stream`. */
export function holderName({
  partition,
  path,
  stream,
}: Pick<DamagedHolder, 'partition' | 'path' | 'stream'>): string {
  const volume = partition === undefined ? '' : `partition ${partition}: `;
  return volume + safeText(stream ? `${path}:${stream}` : path);
}

/** `4.0 KiB`, or that the whole file cannot be reached any more. */
export function lostText({
  lostBytes,
  recordLost = false,
}: {
  readonly lostBytes: number;
  readonly recordLost?: boolean;
}): string {
  return recordLost ? 'whole file' : bytesText(lostBytes);
}

/** The holes of a file, a line each; those that are not kept one by one are counted. */
export function holeLines({ pieces, pieceCount, volumeStartBytes = 0 }: ListedFile): string[] {
  const lines = pieces.map(({ fileOffset, volumeOffset, length, compressed }) => {
    const at = fileOffset === undefined ? 'somewhere in it' : `at byte ${fileOffset}`;
    const more = compressed ? ', and what was packed with it' : '';
    return `${bytesText(length)} ${at}${more} (byte ${volumeStartBytes + volumeOffset} of the source)`;
  });
  if (pieces.length === 0 && pieceCount > 0)
    return [`${plural(pieceCount, 'hole')}, whose places were not kept`];
  return pieceCount > pieces.length ? [...lines, `and ${pieceCount - pieces.length} more`] : lines;
}

/** The list of damaged files as a text of its own, with all their holes; `none` is said where there are none. */
export function damageTable(title: readonly string[], files: readonly ListedFile[], none: string): string {
  const rows = files.flatMap((file) => [
    `${lostText(file).padEnd(11)} ${bytesText(file.sizeBytes).padEnd(11)} ${holderName(file)}`,
    ...holeLines(file).map((hole) => `${' '.repeat(24)}${hole}`),
  ]);
  const heading = `${'LOST'.padEnd(11)} ${'SIZE'.padEnd(11)} FILE`;
  return `${[...title, '', ...(rows.length > 0 ? [heading, ...rows] : [none])].join('\n')}\n`;
}
