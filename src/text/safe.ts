/**
 * Text from a disk (labels, file names) made fit for a terminal: control characters (with them escape
 * sequences), direction marks and line separators become `?`, so that a name can neither move the cursor nor hide itself.
 */
export function safeText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
