import { hasAscii } from './boot-code.ts';

/** Code in front of signature and table. */
export const MBR_CODE_BYTES = 440;

/** Whose code an MBR holds. */
export type MbrCodeKind = 'none' | 'active' | 'grub' | 'lilo' | 'encryption' | 'unknown';

/**
 * Texts in the code of those that are known. `active`: starts the active partition and needs nothing else, as the code
 * of Windows, of syslinux and of the package `mbr` does.
 */
const TEXTS: readonly (readonly [string, MbrCodeKind])[] = [
  ['TrueCrypt', 'encryption'],
  ['VeraCrypt', 'encryption'],
  ['DiskCryptor', 'encryption'],
  ['PGPGUARD', 'encryption'],
  ['GRUB ', 'grub'],
  ['LILO', 'lilo'],
  ['Invalid partition table', 'active'],
  ['Missing operating system', 'active'],
  ['No operating system', 'active'],
  ['MBR ', 'active'],
];

/** All versions of Windows begin their code so, in whatever language its texts are. */
const MICROSOFT = [0x33, 0xc0, 0x8e, 0xd0, 0xbc, 0x00, 0x7c];

/** Recognises the code in the first sector of a disk. */
export function mbrCodeKind(first: Uint8Array): MbrCodeKind {
  const code = first.subarray(0, MBR_CODE_BYTES);
  if (code.every((byte) => byte === 0)) return 'none';
  if (MICROSOFT.every((byte, i) => code[i] === byte)) return 'active';
  return TEXTS.find(([text]) => hasAscii(code, text))?.[1] ?? 'unknown';
}
