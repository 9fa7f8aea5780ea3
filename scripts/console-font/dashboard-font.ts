import type { Font } from './psf.ts';

const MOST_GLYPHS = 512;

type Shape = (x: number, y: number) => boolean;

/** Block elements U+2580 to U+2593 as shapes over a cell, `w` dots wide and `h` high. */
function blockShape(code: number, w: number, h: number): Shape {
  if (code === 0x2580) return (_, y) => y < h / 2;
  if (code <= 0x2588) return (_, y) => y >= h - (h * (code - 0x2580)) / 8;
  if (code <= 0x258f) return (x) => x < (w * (0x2590 - code)) / 8;
  if (code === 0x2590) return (x) => x >= w / 2;
  // Shades: a quarter, a half, three quarters of the dots.
  if (code === 0x2591) return (x, y) => x % 2 === 0 && (y + (x % 4 === 0 ? 0 : 1)) % 2 === 0;
  if (code === 0x2592) return (x, y) => (x + y) % 2 === 0;
  return (x, y) => x % 2 === 0 || (y + (x % 4 === 1 ? 0 : 1)) % 2 === 0;
}

/** Bits of a Braille pattern by column and row of its dots (Unicode, block U+2800). */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** Dots with the same gap between those of one cell and those of the next, so that charts look even. */
function brailleShape(pattern: number, w: number, h: number): Shape {
  const [dotWidth, dotHeight] = [Math.max(1, Math.round(w / 4)), Math.max(1, Math.round(h / 8))];
  return (x, y) => {
    const [column, row] = [Math.floor((x * 2) / w), Math.floor((y * 4) / h)];
    const inX = x - (column * w) / 2 - (w / 2 - dotWidth) / 2;
    const inY = y - (row * h) / 4 - (h / 4 - dotHeight) / 2;
    const isDot = inX >= 0 && inX < dotWidth && inY >= 0 && inY < dotHeight;
    return isDot && (pattern & (DOTS[column]?.[row] ?? 0)) !== 0;
  };
}

function draw(shape: Shape, w: number, h: number): Uint8Array {
  const rowBytes = Math.ceil(w / 8);
  const bitmap = new Uint8Array(rowBytes * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = y * rowBytes + (x >> 3);
      if (shape(x, y)) bitmap[at] = (bitmap[at] as number) | (0x80 >> (x & 7));
    }
  }
  return bitmap;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** What is taken from the other font: ASCII, Western European letters, punctuation, arrows, frames, marks. */
const LETTERS = new Set([
  ...range(0x20, 0x7e),
  ...range(0xa1, 0xff),
  ...[0x152, 0x153, 0x160, 0x161, 0x178, 0x17d, 0x17e, 0x2013, 0x2014, 0x2018, 0x2019, 0x201c, 0x201d],
  ...[0x201e, 0x2020, 0x2022, 0x2026, 0x20ac, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x221e, 0x2260, 0x2264],
  ...[0x2265, 0x2500, 0x2502, 0x250c, 0x2510, 0x2514, 0x2518, 0x251c, 0x2524, 0x252c, 0x2534, 0x253c, 0x25a0],
  ...[0x25b2, 0x25b6, 0x25bc, 0x25c0, 0x25cf, 0xfffd],
]);
/** Latin letters with marks of all other languages, and those whose marks Unicode does not take off. */
const MARKED = [...range(0x100, 0x24f), ...range(0x1e00, 0x1eff)];
const PLAIN: Readonly<Record<string, string>> = {
  Ħ: 'H',
  ħ: 'h',
  ı: 'i',
  Ł: 'L',
  ł: 'l',
  Ŧ: 'T',
  ŧ: 't',
  đ: 'd',
};
/** Drawn here although the letters may have some: all of one make. */
const BLOCKS = range(0x2580, 0x2593);

interface Glyph {
  readonly bitmap: Uint8Array;
  readonly characters: readonly number[];
}

/**
 * Puts ASCII where every font has it: the kernel erases with glyph 32 as it is, and what stood on the screen before the
 * font was loaded is shown by its old numbers. The others take what is free.
 */
function arrange(glyphs: readonly Glyph[], empty: Glyph): Glyph[] {
  const arranged: (Glyph | undefined)[] = new Array(MOST_GLYPHS).fill(undefined);
  const others: Glyph[] = [];
  for (const glyph of glyphs) {
    const place = glyph.characters.find((code) => code >= 0x20 && code <= 0x7e);
    if (place === undefined) others.push(glyph);
    else arranged[place] = glyph;
  }
  return arranged.map((glyph) => glyph ?? others.shift() ?? empty);
}

/** There is no room for more letters: without its mark one can be read, unlike the sign that stands for any other. */
function showWithoutMarks(glyphs: Glyph[]): void {
  const known = new Set(glyphs.flatMap(({ characters }) => characters));
  for (const code of MARKED) {
    if (known.has(code)) continue;
    const letter = String.fromCodePoint(code);
    const plain = (PLAIN[letter] ?? letter.normalize('NFD')).codePointAt(0) ?? code;
    const at = glyphs.findIndex(({ characters }) => plain < 0x7f && characters.includes(plain));
    const glyph = glyphs[at];
    if (glyph !== undefined) glyphs[at] = { ...glyph, characters: [...glyph.characters, code] };
  }
}

/** A font for the dashboard: `letters`, with blocks and Braille drawn in. */
export function dashboardFont(letters: Font): Font {
  const { width, height } = letters;
  const glyphs: Glyph[] = [];
  letters.bitmaps.forEach((bitmap, i) => {
    const characters = (letters.characters[i] ?? []).filter((code) => code < 0x2580 || code > 0x2593);
    if (!characters.some((code) => LETTERS.has(code))) return;
    // An empty pattern is a space.
    glyphs.push({ bitmap, characters: characters.includes(0x20) ? [...characters, 0x2800] : characters });
  });
  showWithoutMarks(glyphs);
  for (const code of BLOCKS) {
    glyphs.push({ bitmap: draw(blockShape(code, width, height), width, height), characters: [code] });
  }
  for (const code of range(0x2801, 0x28ff)) {
    glyphs.push({
      bitmap: draw(brailleShape(code - 0x2800, width, height), width, height),
      characters: [code],
    });
  }
  if (glyphs.length > MOST_GLYPHS) throw new Error(`${glyphs.length} glyphs do not fit into a console font`);
  const missing = [...LETTERS].filter((code) => !glyphs.some(({ characters }) => characters.includes(code)));
  if (missing.some((code) => code < 0x100)) throw new Error(`the font lacks letters: ${missing.join(' ')}`);
  const arranged = arrange(glyphs, { bitmap: draw(() => false, width, height), characters: [] });
  return {
    width,
    height,
    bitmaps: arranged.map(({ bitmap }) => bitmap),
    characters: arranged.map(({ characters }) => characters),
  };
}
