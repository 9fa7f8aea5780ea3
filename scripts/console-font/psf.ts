/** A font of the Linux console. Formats: PC Screen Font 1 and 2 (kbd's documentation, `font-formats-1.html`). */
export interface Font {
  readonly width: number;
  readonly height: number;
  /** One for each glyph: its rows from above, each padded to whole bytes, the leftmost dot in the highest bit. */
  readonly bitmaps: readonly Uint8Array[];
  /** Which characters each glyph stands for. */
  readonly characters: readonly (readonly number[])[];
}

const PSF1_MAGIC = 0x0436;
const PSF2_MAGIC = 0x864ab572;

/** Reads a font in either format; rejects anything else. */
export function parsePsf(bytes: Buffer): Font {
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

/** The bytes of a font in format 2. */
export function formatPsf({ width, height, bitmaps, characters }: Font): Buffer {
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
