import { u16, u32 } from './little-endian.ts';

/** A file reference: the number of an $MFT record and how often that record has been used anew. */
export interface Reference {
  readonly record: number;
  readonly sequence: number;
}

/** Reads the 8 bytes of a file reference: 48 bits of record number, 16 bits of sequence number. */
export function readReference(bytes: Uint8Array, offset: number): Reference {
  return {
    record: u16(bytes, offset + 4) * 2 ** 32 + u32(bytes, offset),
    sequence: u16(bytes, offset + 6),
  };
}
