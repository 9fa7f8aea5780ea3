/** Blanks, but not those between the groups of one number, as in `41 220`. */
const BLANK = /(?<!\d) | (?!\d{3}(?!\d))/;

/** Breaks a line at blanks so that no piece is longer than `width`, unless a single word is. Without colours. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(BLANK)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
