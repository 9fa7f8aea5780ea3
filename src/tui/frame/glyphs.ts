import { safeText } from '../../text/safe.ts';

/** The characters that frames and bars are drawn with. */
export interface GlyphSet {
  readonly topLeft: string;
  readonly topRight: string;
  readonly bottomLeft: string;
  readonly bottomRight: string;
  readonly across: string;
  readonly down: string;
  readonly full: string;
  readonly empty: string;
  readonly more: string;
  readonly up: string;
  readonly below: string;
}

const UNICODE: GlyphSet = {
  topLeft: '┌',
  topRight: '┐',
  bottomLeft: '└',
  bottomRight: '┘',
  across: '─',
  down: '│',
  full: '█',
  empty: '·',
  more: '…',
  up: '↑',
  below: '↓',
};

const ASCII: GlyphSet = {
  topLeft: '+',
  topRight: '+',
  bottomLeft: '+',
  bottomRight: '+',
  across: '-',
  down: '|',
  full: '#',
  empty: '.',
  more: '~',
  up: '^',
  below: 'v',
};

/** Whether the terminal shows more than ASCII. */
export type Charset = 'unicode' | 'ascii';

export const glyphsOf = (charset: Charset): GlyphSet => (charset === 'unicode' ? UNICODE : ASCII);

/**
 * One column each in every terminal: Latin, Greek, Cyrillic, punctuation, arrows, boxes, blocks, braille. Everything
 * else is wide or combining or missing somewhere.
 */
const ONE_COLUMN =
  /[^\u0020-\u007e\u00a1-\u00ac\u00ae-\u02af\u0370-\u0377\u037a-\u03ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u20ac\u2190-\u21ff\u2500-\u259f\u2800-\u28ff]/gu;

const IN_ASCII: Readonly<Record<string, string>> = {
  '…': '~',
  '·': '.',
  '–': '-',
  '—': '-',
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '│': '|',
  '─': '-',
  '█': '#',
  '▒': '=',
  '░': '-',
};

/**
 * Text from anywhere made fit to be drawn: each character takes one column, and none moves the cursor. What cannot
 * be shown becomes `?`; letters lose their accents before they are lost themselves.
 */
export function fitText(text: string, charset: Charset): string {
  const safe = safeText(text.normalize('NFC')).replace(ONE_COLUMN, '?');
  if (charset === 'unicode') return safe;
  return safe.replace(/[^\u0020-\u007e]/gu, (character) => {
    const known = IN_ASCII[character];
    if (known !== undefined) return known;
    const bare = character.normalize('NFD').charAt(0);
    return bare >= ' ' && bare <= '~' ? bare : '?';
  });
}
