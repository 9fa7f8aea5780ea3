import type { LiveSystem } from '../jobs/live-system.ts';
import { Dashboard } from './dashboard.ts';
import { line, toned } from './frame/line.ts';
import { liveQuit, liveStatus, machineKeys } from './live.ts';
import type { SettingsStore } from './settings.ts';
import { Stage } from './stage/stage.ts';
import type { Desk, View } from './view.ts';
import { WORDS } from './words.ts';

/** A dashboard on the terminal of this process. */
export interface OpenDashboard {
  readonly dashboard: Dashboard;
  /** Resolves when the person leaves or the terminal is gone, rejects with a defect; the terminal is as before then. */
  readonly closed: Promise<void>;
  close(): void;
}

export interface DashboardOptions {
  readonly settings: SettingsStore;
  /** With it, the keys and the status line of the live image too. */
  readonly live: LiveSystem | undefined;
  readonly openSettings: (desk: Desk) => void;
  /** What would end together with this program, as a sentence: leaving has to be asked for twice then. */
  readonly wouldEnd: () => string | undefined;
}

/**
 * Takes the terminal and shows `first` on it. Whatever ends the dashboard (the person, a hang-up, a signal, a defect),
 * the terminal is given back as it was found; jobs are other processes and go on.
 */
export function openDashboard(
  first: View,
  { settings, live, openSettings, wouldEnd }: DashboardOptions,
): OpenDashboard {
  const { stdin: input, stdout: output, env } = process;
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  const stage: Stage = new Stage({
    input,
    output,
    terminal: env.TERM ?? '',
    onKey: (key) => dashboard.key(key),
    onResize: () => dashboard.resized(),
  });
  const close = (): void => {
    for (const signal of ENDING) process.off(signal, close);
    process.off('uncaughtException', failed);
    process.off('unhandledRejection', failed);
    dashboard.close();
    stage.close();
    resolve();
  };
  const failed = (error: unknown): void => {
    reject(error);
    close();
  };
  let warnedMs = Number.NEGATIVE_INFINITY;
  const leave = (desk: Desk): void => {
    const ending = wouldEnd();
    if (ending === undefined || performance.now() - warnedMs < TWICE_WITHIN_MS) close();
    else {
      warnedMs = performance.now();
      desk.say(ending, 'warn');
    }
  };
  const status = () => (live ? liveStatus(live) : line(toned('good', WORDS.lock)));
  const dashboard = new Dashboard(stage, settings.look, first, status, {
    quit: live ? liveQuit(live) : leave,
    settings: openSettings,
    machine: live && machineKeys(live),
  });
  for (const signal of ENDING) process.on(signal, close);
  process.on('uncaughtException', failed);
  process.on('unhandledRejection', failed);
  return { dashboard, closed, close };
}

/** Leaving twice within this time means it. */
const TWICE_WITHIN_MS = 10_000;

const ENDING = ['SIGHUP', 'SIGTERM', 'SIGINT'] as const;
