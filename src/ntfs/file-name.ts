import { u8, u32, u64, utf16 } from './little-endian.ts';
import { type Reference, readReference } from './reference.ts';
import { windowsTime } from './windows-time.ts';

/** A $FILE_NAME value: one name of a file in one directory. */
export interface FileName {
  readonly parent: Reference;
  readonly name: string;
  /** True for the short 8.3 alias of a long name. */
  readonly isDosAlias: boolean;
  /** True for an 8.3 name, be it an alias or the only name. */
  readonly isDosName: boolean;
  /** True for a name to which an 8.3 alias may belong. */
  readonly isWindowsName: boolean;
  readonly isDirectory: boolean;
  /** Size and allocated size in bytes as noted here: up to date in directory indexes, often stale in records. */
  readonly dataBytes: number;
  readonly allocatedBytes: number;
  /** When the content last changed, as noted here; see `windowsTime`. */
  readonly modifiedMs: number | undefined;
}

const FIXED_BYTES = 66;
const NAMESPACE_WIN32 = 1;
const NAMESPACE_DOS = 2;
const NAMESPACE_WIN32_AND_DOS = 3;
const FLAG_DIRECTORY = 0x10000000;

/** Reads a $FILE_NAME value (specification); `undefined` when it is too short or has no name. */
export function parseFileName(value: Uint8Array): FileName | undefined {
  const units = u8(value, 64);
  if (units === 0 || value.length < FIXED_BYTES + 2 * units) return undefined;
  return {
    parent: readReference(value, 0),
    modifiedMs: windowsTime(value, 16),
    allocatedBytes: u64(value, 40) ?? 0,
    dataBytes: u64(value, 48) ?? 0,
    isWindowsName: u8(value, 65) === NAMESPACE_WIN32,
    isDirectory: (u32(value, 56) & FLAG_DIRECTORY) !== 0,
    isDosAlias: u8(value, 65) === NAMESPACE_DOS,
    isDosName: u8(value, 65) === NAMESPACE_DOS || u8(value, 65) === NAMESPACE_WIN32_AND_DOS,
    name: utf16(value, FIXED_BYTES, units),
  };
}
