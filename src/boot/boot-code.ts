import { u16 } from '../ntfs/little-endian.ts';
import type { LoaderKind } from './boot-system.ts';

/** Sectors 0 to 15 of an NTFS volume: boot sector and boot code. */
export const BOOT_FILE_BYTES = 8192;
/** In the first sector the code lies around the fields that describe the volume. */
export const CODE_PARTS: readonly (readonly [from: number, to: number])[] = [
  [0x00, 0x03],
  [0x54, 0x1fe],
];
/** All behind the first 512 bytes is code. */
export const CODE_REST = 0x200;

/** What the code of a volume starts: a loader, nothing (`stub`, as Linux makes it, and `none`), or it is not known. */
export type CodeKind = LoaderKind | 'stub' | 'none' | 'unknown';

/** The boot code of an NTFS volume. */
export interface BootCode {
  /** Where it is from, for people. */
  readonly from: string;
  readonly kind: CodeKind;
  /** `BOOT_FILE_BYTES` long. */
  readonly bytes: Uint8Array;
  /** Bytes of a sector of the volume: the code counts in them. */
  readonly sectorBytes: number;
}

/** Windows keeps the loader's name at the start of the second sector, in UTF-16 behind its length. */
const NAME_WITHIN = 64;
const STUB = 'This is not a bootable disk';

/** What the boot code is, by the loader's name in it. */
export function codeKind(bytes: Uint8Array): CodeKind {
  for (const [kind, name] of [
    ['bootmgr', 'BOOTMGR'],
    ['ntldr', 'NTLDR'],
  ] as const) {
    if (hasUtf16(bytes, CODE_REST, CODE_REST + NAME_WITHIN, name)) return kind;
  }
  const parts = CODE_PARTS.map(([from, to]) => bytes.subarray(from, to));
  if (parts.some((part) => hasAscii(part, STUB))) return 'stub';
  return parts[1]?.every((byte) => byte === 0) ? 'none' : 'unknown';
}

function hasUtf16(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  for (let at = from; at + 2 * text.length <= to; at++) {
    if ([...text].every((sign, i) => u16(bytes, at + 2 * i) === sign.charCodeAt(0))) return true;
  }
  return false;
}

/** Whether the bytes hold the ASCII text. */
export function hasAscii(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text, 0, 'latin1');
}
