/**
 * A name in the form in which names that NTFS takes for the same are equal: single characters in upper case, none that
 * would become several.
 */
export function foldCase(name: string): string {
  let folded = name.toUpperCase();
  if (folded.length !== name.length) {
    folded = Array.from(name, (sign) => {
      const upper = sign.toUpperCase();
      return upper.length === sign.length ? upper : sign;
    }).join('');
  }
  return folded;
}
