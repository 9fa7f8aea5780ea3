/** Linux takes names of at most so many bytes. */
const MAX_NAME_BYTES = 255;
/** What counts as an extension, which is kept when a name is cut. */
const EXTENSION = /(?<=.)\.[\w%-]{1,24}$/;

/**
 * A name from a disk as a file name for Linux: never a path, never `.` or `..`, nothing that a terminal obeys, not
 * longer than allowed. What cannot stay becomes `%` and its hexadecimal code. `suffix` is put behind it.
 */
export function outputName(name: string, suffix = ''): string {
  const hex = (sign: string): string => {
    const code = sign.charCodeAt(0);
    return code < 0x100
      ? `%${code.toString(16).toUpperCase().padStart(2, '0')}`
      : `%u${code.toString(16).toUpperCase()}`;
  };
  // Lone surrogates have no form in UTF-8; two names that differ in them alone would become one.
  const plain = `${name}${suffix}`.replace(/[\p{Cc}\p{Cs}/]/gu, hex);
  if (plain === '') return '%';
  return shortened(/^\.{1,2}$/.test(plain) ? plain.replaceAll('.', '%2E') : plain);
}

/** Cuts a name before its extension. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const { stem, extension } = split(name);
  return `${cut(stem, MAX_NAME_BYTES - 1 - extension.length)}~${extension}`;
}

/** Name number `count` of those that would else be the same: `a.txt`, `a (2).txt`, `a (3).txt`. */
export function numberedName(name: string, count: number): string {
  if (count === 1) return name;
  const { stem, extension } = split(name);
  const mark = ` (${count})`;
  return `${cut(stem, MAX_NAME_BYTES - mark.length - extension.length)}${mark}${extension}`;
}

/** A name and its extension, if that is a short one of plain letters. */
function split(name: string): { readonly stem: string; readonly extension: string } {
  const extension = EXTENSION.exec(name)?.[0] ?? '';
  return { stem: name.slice(0, name.length - extension.length), extension };
}

/** As many whole characters as fit into `room` bytes. */
function cut(text: string, room: number): string {
  let bytes = 0;
  let kept = '';
  for (const sign of text) {
    bytes += Buffer.byteLength(sign);
    if (bytes > room) break;
    kept += sign;
  }
  return kept;
}
