import type { Font } from '../../scripts/console-font/psf.ts';

/** A picture of a screen: one number for the colour of each dot, row by row. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly dots: Uint32Array;
}

/** How large a picture is that QEMU's `screendump` wrote (PPM, three bytes a dot), and at which byte it begins. */
export function pictureSize(ppm: Buffer): { width: number; height: number; start: number } {
  const header = /^P6\n(\d+) (\d+)\n255\n/.exec(ppm.toString('latin1', 0, 64));
  if (!header) throw new Error('this is no PPM picture');
  return { width: Number(header[1]), height: Number(header[2]), start: header[0].length };
}

function parsePpm(bytes: Buffer): Picture {
  const { width, height, start } = pictureSize(bytes);
  const dots = new Uint32Array(width * height);
  for (let i = 0, at = start; i < dots.length; i++, at += 3) dots[i] = bytes.readUIntBE(at, 3);
  return { width, height, dots };
}

/** What stands for a cell that shows no glyph of the font. */
export const NO_GLYPH = '\u{1f5bc}';

/**
 * Reads a picture of a Linux console back into text, dot by dot: a glyph that is drawn wrong, cut or of another font is
 * `NO_GLYPH`. `gapDots` is what the hardware puts between cells of its text mode (1 for VGA). Undefined when the
 * picture is too small for a single cell.
 */
export function readConsole(ppm: Buffer, font: Font, gapDots = 0): string[] {
  const picture = parsePpm(ppm);
  const glyphs = glyphTable(font);
  const cellWidth = font.width + gapDots;
  const rows: string[] = [];
  for (let top = 0; top + font.height <= picture.height; top += font.height) {
    let row = '';
    for (let left = 0; left + cellWidth <= picture.width; left += cellWidth) {
      row += cellText(picture, left, top, font, glyphs);
    }
    rows.push(row.trimEnd());
  }
  return rows;
}

/** Glyphs by their dots; of those that look the same, the first character of the table. */
function glyphTable(font: Font): Map<string, string> {
  const table = new Map<string, string>();
  font.bitmaps.forEach((bitmap, i) => {
    const [code] = font.characters[i] ?? [];
    if (code === undefined) return;
    const key = keyOf(font.width, font.height, (x, y) => {
      const byte = bitmap[y * Math.ceil(font.width / 8) + (x >> 3)] ?? 0;
      return (byte & (0x80 >> (x & 7))) !== 0;
    });
    if (!table.has(key)) table.set(key, String.fromCodePoint(code));
  });
  return table;
}

function keyOf(width: number, height: number, isOn: (x: number, y: number) => boolean): string {
  let key = '';
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) key += isOn(x, y) ? '#' : '.';
  return key;
}

/** A cell has a colour for its letter and one behind it; which is which is told by what is a glyph. */
function cellText(
  picture: Picture,
  left: number,
  top: number,
  font: Font,
  glyphs: ReadonlyMap<string, string>,
): string {
  const at = (x: number, y: number): number => picture.dots[(top + y) * picture.width + left + x] ?? 0;
  const colours = new Set<number>();
  for (let y = 0; y < font.height; y++) for (let x = 0; x < font.width; x++) colours.add(at(x, y));
  if (colours.size === 1) return colours.has(0) ? ' ' : emptyOrFull(at(0, 0));
  if (colours.size > 2) return NO_GLYPH;
  // The darker one is usually behind.
  const [dark = 0, light = 0] = [...colours].sort((a, b) => brightness(a) - brightness(b));
  const read = (letter: number): string | undefined =>
    glyphs.get(keyOf(font.width, font.height, (x, y) => at(x, y) === letter));
  const found = read(light) ?? read(dark);
  if (found !== undefined) return found;
  // The cursor is a bar over the last dots of whatever is there.
  return NO_GLYPH;
}

const brightness = (colour: number): number => (colour >> 16) + ((colour >> 8) & 0xff) + (colour & 0xff);

/** One colour all over: the bar of a chosen row is as grey as text, with or without dots; anything else is a full block. */
const GREYS = [0xaaaaaa, 0xa8a8a8];
const emptyOrFull = (colour: number): string => (GREYS.includes(colour) ? ' ' : '\u2588');
