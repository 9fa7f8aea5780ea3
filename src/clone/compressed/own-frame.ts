import { crc32 } from 'node:zlib';
import { u32 } from '../../ntfs/little-endian.ts';
import { SKIPPABLE_HEADER_BYTES } from './zstd-frame.ts';

/** One of the sixteen numbers of frames that every program for Zstandard passes over. */
export const OWN_MAGIC = 0x184d2a5b;
const MARK = Buffer.from('LIFEBOAT', 'latin1');
const VERSION = 1;

/** What our own frames hold: who the image is of, the index of a part, the index of all parts. */
export type OwnKind = 'INFO' | 'PART' | 'DONE';

const KIND_AT = SKIPPABLE_HEADER_BYTES + MARK.length;
const VERSION_AT = KIND_AT + 4;
const BODY_AT = VERSION_AT + 4;
export const CRC_BYTES = 4;

/** Bytes of a frame before its body. */
export const OWN_HEAD_BYTES = BODY_AT;
/** Bytes of a frame around its body. */
export const OWN_FRAME_BYTES = BODY_AT + CRC_BYTES;

/** By what a frame of ours can be searched for: it stands `SKIPPABLE_HEADER_BYTES` behind its start. */
export const markOf = (kind: OwnKind): Buffer => Buffer.concat([MARK, Buffer.from(kind, 'latin1')]);

/**
 * A frame of ours, whole: magic number and length, `LIFEBOAT`, its kind, version 1, the body, and a CRC-32 of all that is
 * before.
 */
export function encodeOwnFrame(kind: OwnKind, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(OWN_FRAME_BYTES + body.length);
  bytes.writeUInt32LE(OWN_MAGIC, 0);
  bytes.writeUInt32LE(bytes.length - SKIPPABLE_HEADER_BYTES, 4);
  markOf(kind).copy(bytes, SKIPPABLE_HEADER_BYTES);
  bytes.writeUInt32LE(VERSION, VERSION_AT);
  bytes.set(body, BODY_AT);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -CRC_BYTES)), bytes.length - CRC_BYTES);
  return bytes;
}

/** Whether these bytes begin a frame of ours in a form that this program does not know. */
export function isNewerFrame(bytes: Uint8Array): boolean {
  return MARK.equals(bytes.subarray(SKIPPABLE_HEADER_BYTES, KIND_AT)) && u32(bytes, VERSION_AT) > VERSION;
}

/** Whether bytes begin like a frame of this kind, in the form that this program knows. */
export function isOwnHead(kind: OwnKind, bytes: Uint8Array): boolean {
  if (u32(bytes, 0) !== OWN_MAGIC || u32(bytes, VERSION_AT) !== VERSION) return false;
  return markOf(kind).equals(bytes.subarray(SKIPPABLE_HEADER_BYTES, VERSION_AT));
}

/** The body of a frame of this kind that fills `bytes`; undefined when it is none, or damaged. */
export function decodeOwnFrame(kind: OwnKind, bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < OWN_FRAME_BYTES || !isOwnHead(kind, bytes)) return undefined;
  if (u32(bytes, 4) !== bytes.length - SKIPPABLE_HEADER_BYTES) return undefined;
  const end = bytes.length - CRC_BYTES;
  if (crc32(bytes.subarray(0, end)) !== u32(bytes, end)) return undefined;
  return bytes.subarray(BODY_AT, end);
}
