import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Font } from '../../scripts/console-font/psf.ts';
import type { Firmware } from '../../scripts/machine/live-words.ts';
import { pictureSize, readConsole } from './console-picture.ts';
import { WORK } from './live-image.ts';
import type { LiveMachine } from './live-machine.ts';

const [COLUMNS, ROWS, WIDTH, HEIGHT] = [80, 25, 8, 16];
/** The second letter of VGA's font, a smiling face, without its empty rows: by it the font is found in the program. */
const FACE = Buffer.from('7e81a58181bd9981817e', 'hex');
const FACE_AT = HEIGHT + 2;
const LOOK_MS = 1000;
/** What a cell of one colour is read as. */
const ALL_BLUE = '\u2588';

/** Waits until the screen of the memory test, Memtest86+, matches, and returns it. */
export async function untilMemoryTest(
  machine: LiveMachine,
  firmware: Firmware,
  text: RegExp,
  patienceMs: number,
): Promise<string> {
  const font = memoryTestFont(readFileSync(join(WORK, 'boot/boot/memtest86+x64.efi')));
  // With BIOS the card draws the letters, in its text mode; with UEFI it does so itself, in the middle of the screen.
  const read = async (): Promise<string[]> =>
    firmware === 'bios'
      ? machine.textMode()
      : readConsole(middle(await machine.screen.dots()), font).map((row) => row.replaceAll(ALL_BLUE, ' '));
  for (const end = Date.now() + patienceMs; ; await delay(LOOK_MS)) {
    const shown = (await read()).join('\n');
    if (text.test(shown)) return shown;
    if (Date.now() > end) throw new Error(`never saw ${text}; the screen:\n${shown}`);
  }
}

function memoryTestFont(program: Buffer): Font {
  const start = program.indexOf(FACE) - FACE_AT;
  if (start < 0) throw new Error('there is no font in the memory test');
  const codes = Array.from({ length: 128 }, (_, code) => code);
  return {
    width: WIDTH,
    height: HEIGHT,
    bitmaps: codes.map((code) => program.subarray(start + code * HEIGHT, start + (code + 1) * HEIGHT)),
    characters: codes.map((code) => [code]),
  };
}

/** The middle of a picture, as large as the memory test; the picture itself when it is not larger. */
function middle(ppm: Buffer): Buffer {
  const { width, height, start } = pictureSize(ppm);
  const [wide, high] = [COLUMNS * WIDTH, ROWS * HEIGHT];
  if (width < wide || height < high) return ppm;
  const [left, top] = [Math.floor((width - wide) / 2), Math.floor((height - high) / 2)];
  const rows = Array.from({ length: high }, (_, y) => {
    const at = start + ((top + y) * width + left) * 3;
    return ppm.subarray(at, at + wide * 3);
  });
  return Buffer.concat([Buffer.from(`P6\n${wide} ${high}\n255\n`), ...rows]);
}
