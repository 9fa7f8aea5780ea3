import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Font, parsePsf } from '../../scripts/console-font/psf.ts';
import type { Qmp } from '../../scripts/machine/qmp.ts';
import { NO_GLYPH, pictureSize, readConsole } from './console-picture.ts';

/** Where `iso/build.sh` leaves the fonts that it has put into the image. */
const FONTS = 'fonts';

/** Keys of QEMU that are not called like the character they give on an American keyboard. */
const KEYS: Readonly<Record<string, string>> = {
  ' ': 'spc',
  '\n': 'ret',
  '-': 'minus',
  '=': 'equal',
  '.': 'dot',
  ',': 'comma',
  '/': 'slash',
  ';': 'semicolon',
  "'": 'apostrophe',
  _: 'shift-minus',
  ':': 'shift-semicolon',
  '>': 'shift-dot',
  '&': 'shift-7',
  '*': 'shift-8',
};

/** Between two keys: what is pressed faster is lost by a machine that is translated. */
const KEY_MS = 120;
const LOOK_MS = 1000;

/** What a screen may be written in. Text mode of VGA has a gap between its cells. */
interface Letters {
  readonly font: Font;
  readonly gapDots: number;
}

/** The screen and the keyboard of a machine. The picture is read back into text, glyph by glyph. */
export class LiveScreen {
  readonly #qmp: Qmp;
  readonly #folder: string;
  readonly #patienceMs: number;
  #letters: readonly Letters[];

  /** `work` is the folder in which the image was built; `folder` takes pictures. */
  constructor(qmp: Qmp, folder: string, work: string, patienceMs: number) {
    this.#qmp = qmp;
    this.#folder = folder;
    this.#patienceMs = patienceMs;
    const fonts = join(work, FONTS);
    this.#letters = readdirSync(fonts)
      .map((name) => parsePsf(readFileSync(join(fonts, name))))
      .flatMap((font) => [0, 1].map((gapDots) => ({ font, gapDots })));
  }

  /** What is on the screen now, row by row, whatever the size of its letters. */
  async rows(): Promise<string[]> {
    return (await this.#read()).rows;
  }

  /** How many of the letters that are on the screen now fit on it. */
  async size(): Promise<{ readonly columns: number; readonly rows: number }> {
    const { rows, letters, width } = await this.#read();
    return { columns: Math.floor(width / (letters.font.width + letters.gapDots)), rows: rows.length };
  }

  /** A picture in the form that `readConsole` reads. */
  async dots(): Promise<Buffer> {
    const path = join(this.#folder, 'screen.ppm');
    await this.#qmp.ask('screendump', { filename: path });
    return readFile(path);
  }

  async #read(): Promise<{ rows: string[]; letters: Letters; width: number }> {
    const picture = await this.dots();
    const strange = (rows: readonly string[]): number => rows.join('').split(NO_GLYPH).length - 1;
    let [letters] = this.#letters as [Letters];
    let best: string[] | undefined;
    for (const each of this.#letters) {
      const rows = readConsole(picture, each.font, each.gapDots);
      if (best && strange(rows) >= strange(best)) continue;
      [best, letters] = [rows, each];
      if (strange(rows) === 0) break;
    }
    // The ones that fit come first from now on.
    this.#letters = [letters, ...this.#letters.filter((each) => each !== letters)];
    return { rows: best ?? [], letters, width: pictureSize(picture).width };
  }

  /** Waits until the screen matches; fails with what it showed last. */
  async until(text: RegExp, patienceMs = this.#patienceMs): Promise<string[]> {
    for (const end = Date.now() + patienceMs; ; await delay(LOOK_MS)) {
      const rows = await this.rows();
      if (text.test(rows.join('\n'))) return rows;
      if (Date.now() <= end) continue;
      // Firmware and boot loaders write in fonts of their own: only a person can read those.
      const kept = join(tmpdir(), `lifeboat-never-seen-${Date.now()}.png`);
      await this.picture(kept);
      throw new Error(`never saw ${text}; the screen (${kept}):\n${rows.join('\n')}`);
    }
  }

  /** Presses keys one after the other, by QEMU's names; `alt-f2` are two together. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      const together = key.split('-').map((data) => ({ type: 'qcode', data }));
      await this.#qmp.ask('send-key', { keys: together, 'hold-time': 40 });
      await delay(KEY_MS);
    }
  }

  /** Types text on an American keyboard. */
  async type(text: string): Promise<void> {
    for (const character of text) {
      const key =
        KEYS[character] ?? (/[A-Z]/.test(character) ? `shift-${character.toLowerCase()}` : character);
      await this.press(key);
    }
  }

  /** A picture as PNG, for people to look at. */
  async picture(path: string): Promise<void> {
    await this.#qmp.ask('screendump', { filename: path, format: 'png' });
  }
}
