import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/**
 * Makes a console font for the dashboard: letters of a font of Debian, and everything that charts and maps are drawn
 * with. No font that exists has both block elements and Braille, and a console shows 512 glyphs at most.
 *
 *     node scripts/console-font.ts LETTERS.psf.gz OUT.psf
 *
 * Formats: PC Screen Font 1 and 2 (`man 5 psf`-like notes in kbd's documentation, `font-formats-1.html`).
 */

interface Font {
  readonly width: number;
  readonly height: number;
  /** One for each glyph: its rows from above, each padded to whole bytes, the leftmost dot in the highest bit. */
  readonly bitmaps: readonly Uint8Array[];
  /** Which characters each glyph stands for. */
  readonly characters: readonly (readonly number[])[];
}

const PSF1_MAGIC = 0x0436;
const PSF2_MAGIC = 0x864ab572;
const MOST_GLYPHS = 512;

function parsePsf(bytes: Buffer): Font {
  const isNew = bytes.readUInt32LE(0) === PSF2_MAGIC;
  if (!isNew && bytes.readUInt16LE(0) !== PSF1_MAGIC) throw new Error('this is no PSF font');
  const header = isNew ? bytes.readUInt32LE(8) : 4;
  const count = isNew ? bytes.readUInt32LE(16) : (bytes[2] as number) & 1 ? 512 : 256;
  const glyphBytes = isNew ? bytes.readUInt32LE(20) : (bytes[3] as number);
  const height = isNew ? bytes.readUInt32LE(24) : glyphBytes;
  const width = isNew ? bytes.readUInt32LE(28) : 8;
  const bitmaps = Array.from({ length: count }, (_, i) =>
    bytes.subarray(header + i * glyphBytes, header + (i + 1) * glyphBytes),
  );
  const table = bytes.subarray(header + count * glyphBytes);
  return { width, height, bitmaps, characters: isNew ? unicode2(table) : unicode1(table) };
}

/** UTF-8, each glyph ended by FF; sequences of several characters, after FE, are of no use here. */
function unicode2(table: Buffer): number[][] {
  const glyphs: number[][] = [];
  let start = 0;
  for (let at = table.indexOf(0xff, start); at >= 0; at = table.indexOf(0xff, start)) {
    const entry = table.subarray(start, at);
    const single = entry.includes(0xfe) ? entry.subarray(0, entry.indexOf(0xfe)) : entry;
    glyphs.push([...single.toString('utf8')].map((character) => character.codePointAt(0) as number));
    start = at + 1;
  }
  return glyphs;
}

/** 16 bits each, each glyph ended by FFFF; sequences after FFFE. */
function unicode1(table: Buffer): number[][] {
  const glyphs: number[][] = [];
  let glyph: number[] = [];
  let inSequence = false;
  for (let at = 0; at + 1 < table.length; at += 2) {
    const code = table.readUInt16LE(at);
    if (code === 0xffff) {
      glyphs.push(glyph);
      glyph = [];
      inSequence = false;
    } else if (code === 0xfffe) inSequence = true;
    else if (!inSequence) glyph.push(code);
  }
  return glyphs;
}

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
/** Drawn here although the letters may have some: all of one make. */
const BLOCKS = range(0x2580, 0x2593);

/** The kernel erases with glyph 32 as it is, without a look into the table: that one has to be the space. */
function placeBlank(glyphs: { bitmap: Uint8Array; characters: number[] }[]): void {
  const BLANK = 0x20;
  const at = glyphs.findIndex(({ characters }) => characters.includes(BLANK));
  const [blank, other] = [glyphs[at], glyphs[BLANK]];
  if (blank === undefined || other === undefined) throw new Error('the font has no space');
  glyphs[BLANK] = blank;
  glyphs[at] = other;
}

function dashboardFont(letters: Font): Font {
  const { width, height } = letters;
  const glyphs: { bitmap: Uint8Array; characters: number[] }[] = [];
  letters.bitmaps.forEach((bitmap, i) => {
    const characters = (letters.characters[i] ?? []).filter((code) => code < 0x2580 || code > 0x2593);
    if (!characters.some((code) => LETTERS.has(code))) return;
    // An empty pattern is a space.
    glyphs.push({ bitmap, characters: characters.includes(0x20) ? [...characters, 0x2800] : characters });
  });
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
  while (glyphs.length < MOST_GLYPHS) {
    glyphs.push({ bitmap: draw(() => false, width, height), characters: [] });
  }
  placeBlank(glyphs);
  return {
    width,
    height,
    bitmaps: glyphs.map(({ bitmap }) => bitmap),
    characters: glyphs.map(({ characters }) => characters),
  };
}

function psf2({ width, height, bitmaps, characters }: Font): Buffer {
  const header = Buffer.alloc(32);
  const glyphBytes = Math.ceil(width / 8) * height;
  [PSF2_MAGIC, 0, 32, 1, bitmaps.length, glyphBytes, height, width].forEach((value, i) => {
    header.writeUInt32LE(value, i * 4);
  });
  const table = characters.map((codes) =>
    Buffer.concat([Buffer.from(String.fromCodePoint(...codes), 'utf8'), Buffer.from([0xff])]),
  );
  return Buffer.concat([header, ...bitmaps, ...table]);
}

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  process.stderr.write('usage: node scripts/console-font.ts LETTERS.psf.gz OUT.psf\n');
  process.exit(2);
}
writeFileSync(to, psf2(dashboardFont(parsePsf(gunzipSync(readFileSync(from))))));
