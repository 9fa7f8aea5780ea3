import { type Settings, USUAL_SETTINGS } from '../jobs/settings.ts';
import type { Charset } from './frame/glyphs.ts';
import type { Tone } from './frame/line.ts';

/** The characters that charts are drawn with, from fine to coarse. */
export type ChartAlphabet = 'braille' | 'blocks' | 'ascii';

export const CHART_ALPHABETS: readonly ChartAlphabet[] = ['braille', 'blocks', 'ascii'];

/** How the dashboard draws on this terminal. */
export interface Look {
  readonly charset: Charset;
  readonly charts: ChartAlphabet;
  readonly colour: boolean;
}

/** Below this nothing fits, and questions and lines are printed instead. */
export const SMALLEST = { columns: 80, rows: 24 } as const;

/**
 * Reads off the environment what the terminal shows: `TERM`, `NO_COLOR`, the locale. The Linux console draws charts
 * in ASCII unless `LIFEBOAT_CHARTS` says that its font holds more, which the live image knows. What was set by hand
 * counts more, but nothing makes a terminal show what it cannot.
 */
export function lookOf(env: NodeJS.ProcessEnv, settings: Settings = USUAL_SETTINGS): Look {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  const term = env.TERM ?? '';
  const simple = /^(vt\d|ansi|dumb|sun|wy)/.test(term);
  const able = /utf-?8/i.test(locale) && !simple;
  const charset: Charset = able && settings.signs !== 'ascii' ? 'unicode' : 'ascii';
  const told = CHART_ALPHABETS.find((alphabet) => alphabet === env.LIFEBOAT_CHARTS);
  const usual: ChartAlphabet = told ?? (term === 'linux' ? 'ascii' : 'braille');
  const charts = settings.charts === 'auto' ? usual : settings.charts;
  const coloured = !env.NO_COLOR && !/^(vt\d|dumb)/.test(term) && !/-m(ono)?$/.test(term);
  return {
    charset,
    charts: charset === 'ascii' ? 'ascii' : charts,
    colour: settings.colours === 'auto' ? coloured : settings.colours === 'on',
  };
}

const COLOURED: Record<Tone, string> = {
  plain: '',
  strong: '1',
  good: '32',
  warn: '33',
  bad: '1;31',
  focus: '1;36',
  chosen: '7',
};

/** Without colour: bold and reverse, which every terminal since the VT100 has. */
const MONO: Record<Tone, string> = {
  plain: '',
  strong: '1',
  good: '',
  warn: '1',
  bad: '1',
  focus: '1',
  chosen: '7',
};

const ESCAPE = '\u001b[';

/** Text with the control sequence of its tone around it. */
export function paintTone(text: string, tone: Tone, look: Look): string {
  const code = (look.colour ? COLOURED : MONO)[tone];
  return code === '' || text === '' ? text : `${ESCAPE}${code}m${text}${ESCAPE}0m`;
}
