import { open } from 'node:fs/promises';
import { describePath } from '../block/device-facts.ts';
import type { MapfileError } from '../rescue/mapfile.ts';

/** Whether something is text shows in so much of its beginning. */
const HEAD_BYTES = 4096;

/** What no text holds: control characters but blanks, and what UTF-8 makes of bytes that are none. */
const NO_TEXT = /[^\P{Cc}\t\n\v\f\r]|\ufffd/u;

/**
 * The text of a map. Of a file that is no text only the beginning is read, which is no map either: it may be the image
 * of a disk. Rejects as the system does.
 */
export async function readMapText(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.read(head, 0, HEAD_BYTES, null);
  const start = head.subarray(0, bytesRead);
  const rest = start.includes(0) ? [] : [await file.readFile()];
  return Buffer.concat([start, ...rest]).toString('utf8');
}

/** Why a file is no map that can be used, as a clause, and without bytes of a file that is no text. */
export const whyNoMap = ({ found, message }: MapfileError): string =>
  NO_TEXT.test(found) ? 'it is no text, as maps are' : message;

/** A question for who may have named the copy instead of the map beside it; undefined where there is none. */
export async function didYouMean(path: string): Promise<string | undefined> {
  const beside = `${path}.map`;
  return (await describePath(beside)).kind === 'file' ? `Did you mean ${beside}?` : undefined;
}
