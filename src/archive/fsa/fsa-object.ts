import type { FsaHeader } from './fsa-item.ts';
import { OBJECT, OBJECT_TYPES, type ObjectType } from './keys.ts';

/** A file, folder or link in an archive. */
export interface FsaObject {
  readonly type: ObjectType;
  /** From the root of its file system, beginning with `/`; bytes, since names need not be UTF-8. */
  readonly pathBytes: Uint8Array;
  readonly sizeBytes: number;
  /** Seconds since 1970, as FSArchiver keeps times. */
  readonly modifiedSeconds: number | undefined;
  /** Where a link leads, or the path of the file that a hard link is another name of. */
  readonly target: string | undefined;
  /** Of the content; in the header for small files alone. */
  readonly md5: Uint8Array | undefined;
  /** For small files: how many share one block, and at which of its bytes this one begins. */
  readonly group: { readonly count: number; readonly offset: number } | undefined;
}

/** Reads the header of an object; a text says what is wrong with it. */
export function objectOf({ dico }: Pick<FsaHeader, 'dico'>): FsaObject | string {
  const pathBytes = dico.textBytes(OBJECT.path);
  const type = OBJECT_TYPES[dico.number(OBJECT.type) ?? 0];
  const sizeBytes = dico.number(OBJECT.size);
  if (pathBytes === undefined || pathBytes.length === 0) return 'an object without a path';
  if (type === undefined || type === 'unknown') return 'an object of an unknown type';
  if (sizeBytes === undefined) return 'an object without a size';
  const count = dico.number(OBJECT.groupCount);
  const offset = dico.number(OBJECT.groupOffset);
  if (type === 'small-file' && (count === undefined || count < 1 || offset === undefined)) {
    return 'a small file without its group';
  }
  const md5 = dico.bytes(OBJECT.md5);
  return {
    type,
    pathBytes,
    sizeBytes,
    modifiedSeconds: dico.number(OBJECT.modified),
    target: dico.text(type === 'hard-link' ? OBJECT.hardLinkTo : OBJECT.linkTarget),
    md5: md5?.length === 16 ? md5 : undefined,
    group:
      type === 'small-file' && count !== undefined && offset !== undefined ? { count, offset } : undefined,
  };
}

/** The path of an object as text; bytes that are no UTF-8 become replacement signs. */
export function pathText({ pathBytes }: Pick<FsaObject, 'pathBytes'>): string {
  return Buffer.from(pathBytes.buffer, pathBytes.byteOffset, pathBytes.length).toString('utf8');
}

/**
 * Whether an object with this path stays in its file system: FSArchiver joins paths as they are, so `..` would lead out
 * of the place where it restores.
 */
export function isSafePath(path: string): boolean {
  return path.startsWith('/') && !path.split('/').includes('..') && !path.includes('\0');
}
