/**
 * A name as the bytes under which ntfs-3g shows it: UTF-8, and lone surrogates, which names of NTFS may have, in the same
 * scheme (measured).
 */
export function nameBytes(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name, 'utf8');
  const parts: Buffer[] = [];
  for (const sign of name) {
    const code = sign.codePointAt(0) ?? 0;
    const isLone = code >= 0xd800 && code <= 0xdfff;
    parts.push(
      isLone
        ? Buffer.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
        : Buffer.from(sign, 'utf8'),
    );
  }
  return Buffer.concat(parts);
}
