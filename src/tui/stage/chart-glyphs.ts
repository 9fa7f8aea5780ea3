import type { ChartAlphabet } from '../look.ts';

const BRAILLE = /[\u2800-\u28ff]/g;
/** Bits of a braille pattern from its lowest row of dots upwards (Unicode 1.1, block U+2800). */
const ROWS_FROM_BELOW = [0b1100_0000, 0b0010_0100, 0b0001_0010, 0b0000_1001];
const BLOCKS = [' ', '▂', '▄', '▆', '█'];
const ASCII = [' ', '.', ':', 'i', '#'];

/** A canvas is drawn in braille dots; other alphabets show how high the dots of each cell reach. */
export function inAlphabet(frame: string, alphabet: ChartAlphabet): string {
  if (alphabet === 'braille') return frame.replace(/\u2800/g, ' ');
  const levels = alphabet === 'blocks' ? BLOCKS : ASCII;
  return frame.replace(BRAILLE, (cell) => {
    const bits = cell.charCodeAt(0) - 0x2800;
    const height = ROWS_FROM_BELOW.reduce((top, row, i) => ((bits & row) !== 0 ? i + 1 : top), 0);
    return levels[height] as string;
  });
}
