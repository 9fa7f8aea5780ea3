import { parseArgs } from 'node:util';
import { sweepDrives } from '../jobs/drive/mounted-drive.ts';
import { loadSettings, type Settings } from '../jobs/settings.ts';
import { SMALLEST } from '../tui/look.ts';
import { drawScreens } from './dashboard-screens.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { talkInLines } from './plain/plain-talk.ts';
import { argumentProblem, UsageError } from './usage-error.ts';

const CHARTS: readonly string[] = ['braille', 'blocks', 'ascii'] satisfies readonly Settings['charts'][];

/** What is said to `lifeboat` itself, without a command. */
export interface DashboardWishes {
  /** Only these disks are looked at, if any are named. */
  readonly only: readonly string[] | undefined;
  /** Settings for this run. */
  readonly settings: Partial<Settings>;
}

/** Words that open the dashboard. */
export const DASHBOARD_OPTIONS: readonly string[] = [
  '--plain',
  '--disk',
  '--charts',
  '--color',
  '--no-color',
  '--ascii',
];

/** `lifeboat` without a command: the dashboard, until the person leaves; numbered lines where it cannot be drawn. */
export async function dashboardCommand(words: readonly string[]): Promise<ExitCode> {
  const { plain, wishes } = parse(words);
  sweepDrives();
  if (plain || !canDraw()) return talkInLines(wishes.only);
  await drawScreens(wishes, loadSettings());
  return EXIT.saved;
}

function parse(words: readonly string[]): { readonly plain: boolean; readonly wishes: DashboardWishes } {
  const { plain = false, disk, charts, ascii, color, 'no-color': noColor } = parsed(words);
  if (charts !== undefined && !CHARTS.includes(charts)) {
    throw new UsageError(`--charts takes ${CHARTS.join(', ')}, found "${charts}"`);
  }
  if (color && noColor) throw new UsageError('--color and --no-color contradict each other');
  const settings: Partial<Settings> = {
    ...(charts !== undefined && { charts: charts as Settings['charts'] }),
    ...(ascii && { signs: 'ascii' as const }),
    ...(color && { colours: 'on' as const }),
    ...(noColor && { colours: 'off' as const }),
  };
  return { plain, wishes: { only: disk, settings } };
}

function parsed(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        plain: { type: 'boolean' },
        disk: { type: 'string', multiple: true },
        charts: { type: 'string' },
        ascii: { type: 'boolean' },
        color: { type: 'boolean' },
        'no-color': { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    throw argumentProblem(error);
  }
}

/** Whether the terminal can show the dashboard. */
function canDraw(): boolean {
  const { stdin, stdout, env } = process;
  if (!stdin.isTTY || !stdout.isTTY || env.TERM === undefined || env.TERM === 'dumb') return false;
  // A serial line does not tell its size; it has room for a screen of the usual one.
  const { columns = SMALLEST.columns, rows = SMALLEST.rows } = stdout;
  return (columns === 0 || columns >= SMALLEST.columns) && (rows === 0 || rows >= SMALLEST.rows);
}
