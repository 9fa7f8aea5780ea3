/** What the terminal can show. */
export interface TerminalLook {
  readonly colour: boolean;
  readonly unicode: boolean;
}

/** Reads it off the environment: `NO_COLOR`, `TERM`, and whether the locale is UTF-8. */
export function terminalLook(env: NodeJS.ProcessEnv): TerminalLook {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  const dumb = env.TERM === 'dumb' || env.TERM === undefined;
  return {
    colour: !dumb && !env.NO_COLOR,
    unicode: !dumb && /utf-?8/i.test(locale),
  };
}

const ESCAPE = '\u001b[';

const COLOURS = { green: 32, yellow: 33, red: 31, cyan: 36, bold: 1, dim: 2 } as const;

export type Colour = keyof typeof COLOURS;

/** Text in a colour; plain where there are none. */
export function paint(text: string, colour: Colour, look: TerminalLook): string {
  return look.colour && text !== '' ? `${ESCAPE}${COLOURS[colour]}m${text}${ESCAPE}0m` : text;
}

/** Control sequences for drawing in place (ECMA-48, understood by every terminal since the VT100). */
export const CONTROL = {
  hideCursor: `${ESCAPE}?25l`,
  showCursor: `${ESCAPE}?25h`,
  clearToEnd: `${ESCAPE}J`,
  clearScreen: `${ESCAPE}2J${ESCAPE}H`,
  clearLine: `${ESCAPE}K`,
  up: (lines: number): string => (lines > 0 ? `${ESCAPE}${lines}A` : ''),
};
