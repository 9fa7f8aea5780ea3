import { constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { syncFolder, withFile, writeAll } from '../../block/durable-file.ts';
import { errnoName } from '../../block/errno.ts';
import type { Piece } from '../../boot/fix.ts';
import { count, date, FieldError, list, object, parseJson, string } from '../../text/json-fields.ts';
import { VERSION } from '../../text/version.ts';
import type { JobEnd } from '../job-identity.ts';
import { endOf } from '../job-record.ts';
import { Refusal } from '../refusal.ts';

/** One fix that was made, or at least begun. */
export interface UndoFix {
  /** Such as `N2:1`. */
  readonly fix: string;
  readonly does: string;
  /** ISO 8601. */
  readonly at: string;
  readonly pieces: readonly Piece[];
  /** Number of the entry that was added to the firmware. */
  readonly firmwareEntry?: string;
}

/** What an undo file holds. */
export interface UndoLog {
  readonly disk: JobEnd;
  /** In the order in which they were made. */
  readonly fixes: readonly UndoFix[];
  /** ISO 8601; undefined until all was put back. */
  readonly undone: string | undefined;
}

const FORMAT = 1;
/** Larger pieces, such as a log of NTFS, are mostly the same bytes over and over. */
const PACKED_BYTES = 4096;

/**
 * The file from which fixes can be undone: one line of JSON after the other, each on stable storage before the bytes
 * that it tells of are written. docs/boot.md has the form.
 */
export class UndoFile {
  readonly path: string;
  #exists: boolean;

  constructor(path: string, exists: boolean) {
    this.path = path;
    this.#exists = exists;
  }

  /** Makes the file, or goes on with one that is about the same disk. Throws a `Refusal` when it cannot. */
  async begin(disk: JobEnd): Promise<void> {
    if (this.#exists) return;
    await this.#append(
      { 'lifeboat-undo': FORMAT, version: VERSION, created: new Date().toISOString(), disk },
      true,
    );
    this.#exists = true;
  }

  /** Notes what is about to be written. */
  async note({ fix, does, pieces }: Pick<UndoFix, 'fix' | 'does' | 'pieces'>): Promise<void> {
    await this.#append({ fix, does, at: new Date().toISOString(), pieces: pieces.map(packed) });
  }

  /** Notes an entry that was added to the firmware. */
  async noteEntry(fix: string, does: string, firmwareEntry: string): Promise<void> {
    await this.#append({ fix, does, at: new Date().toISOString(), pieces: [], firmwareEntry });
  }

  async noteUndone(): Promise<void> {
    await this.#append({ undone: new Date().toISOString() });
  }

  async #append(line: unknown, isNew = false): Promise<void> {
    const flags =
      constants.O_WRONLY | constants.O_APPEND | (isNew ? constants.O_CREAT | constants.O_EXCL : 0);
    try {
      await withFile(this.path, flags, async (file) => {
        await writeAll(file, Buffer.from(`${JSON.stringify(line)}\n`), (await file.stat()).size);
        await file.sync();
      });
      if (isNew) await syncFolder(dirname(this.path));
    } catch (error) {
      const errno = errnoName(error);
      if (errno === undefined) throw error;
      throw new Refusal(
        'bad-undo-file',
        `The undo file ${this.path} cannot be written (${errno}), so nothing was changed.`,
        'Name another place with --undo-file.',
      );
    }
  }
}

interface PackedPiece {
  readonly start: number;
  readonly bytes: number;
  readonly what: string;
  readonly packing: 'base64' | 'deflate-raw+base64';
  readonly before: string;
  readonly after: string;
}

function packed({ start, before, after, what }: Piece): PackedPiece {
  const isLarge = before.length > PACKED_BYTES;
  const pack = (bytes: Uint8Array): string =>
    (isLarge
      ? deflateRawSync(bytes)
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    ).toString('base64');
  const packing = isLarge ? 'deflate-raw+base64' : 'base64';
  return { start, bytes: before.length, what, packing, before: pack(before), after: pack(after) };
}

/** Reads an undo file. Throws a `Refusal` for everything that is not one. */
export async function readUndoFile(path: string): Promise<UndoLog> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    throw new Refusal(
      'bad-undo-file',
      `${path} cannot be read (${errno}).`,
      'Check the name of the undo file.',
    );
  }
  try {
    return parseUndo(text);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new Refusal(
      'bad-undo-file',
      `${path} is no undo file: ${error.message}.`,
      'Check the name of the undo file.',
    );
  }
}

function parseUndo(text: string): UndoLog {
  const lines = text.split('\n');
  // A crash may have cut the last line; what it tells of was not written then.
  const whole = lines.slice(0, -1);
  const head = object(parseJson(whole[0] ?? ''), 'its first line');
  if (head['lifeboat-undo'] !== FORMAT) throw new FieldError('its first line is not that of one');
  const fixes: UndoFix[] = [];
  let undone: string | undefined;
  for (const [index, line] of whole.slice(1).entries()) {
    const name = `line ${index + 2}`;
    const fields = object(parseJson(line), name);
    if (fields.undone !== undefined) undone = date(fields.undone, `${name}: undone`);
    else {
      undone = undefined;
      fixes.push({
        fix: string(fields.fix, `${name}: fix`),
        does: string(fields.does, `${name}: does`),
        at: date(fields.at, `${name}: at`),
        pieces: list(fields.pieces, `${name}: pieces`).map((piece) => unpacked(piece, name)),
        ...(fields.firmwareEntry !== undefined && {
          firmwareEntry: string(fields.firmwareEntry, `${name}: firmwareEntry`),
        }),
      });
    }
  }
  return { disk: endOf(head.disk, 'disk'), fixes, undone };
}

const MOST_PIECE_BYTES = 2 ** 28;

function unpacked(value: unknown, name: string): Piece {
  const fields = object(value, `${name}: a piece`);
  const bytes = count(fields.bytes, `${name}: bytes`);
  if (bytes > MOST_PIECE_BYTES) throw new FieldError(`${name}: a piece of ${bytes} bytes`);
  const unpack = (key: 'before' | 'after'): Uint8Array => {
    const raw = Buffer.from(string(fields[key], `${name}: ${key}`), 'base64');
    const found = fields.packing === 'base64' ? raw : inflated(raw, bytes, name);
    if (found.length !== bytes)
      throw new FieldError(`${name}: ${key} has ${found.length} bytes, not ${bytes}`);
    return Uint8Array.from(found);
  };
  return {
    start: count(fields.start, `${name}: start`),
    what: string(fields.what, `${name}: what`),
    before: unpack('before'),
    after: unpack('after'),
  };
}

function inflated(raw: Buffer, bytes: number, name: string): Buffer {
  try {
    return inflateRawSync(raw, { maxOutputLength: Math.max(1, bytes) });
  } catch (error) {
    throw new FieldError(`${name}: its bytes cannot be unpacked (${(error as Error).message})`);
  }
}
