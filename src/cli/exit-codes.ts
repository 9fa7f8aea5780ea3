import type { DoneEvent, Verdict } from '../jobs/job-events.ts';

/** Exit codes: stable, documented in the manual, checked by tests. */
export const EXIT = {
  /** Everything that was asked for is saved. */
  saved: 0,
  /** Something failed that is no fault of the source: target, map, or the program itself. */
  failed: 1,
  /** The command line could not be understood. */
  usage: 2,
  /** A check spoke against the job; nothing was touched. */
  refused: 3,
  /** The rescue is finished, and some sectors could not be read. */
  losses: 4,
  /** Stopped by the user; the same command goes on. */
  stopped: 5,
  /** The source vanished; the same command goes on when it is back. */
  sourceGone: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const OF_VERDICT: Record<Verdict, ExitCode> = {
  saved: EXIT.saved,
  losses: EXIT.losses,
  stopped: EXIT.stopped,
  'source-gone': EXIT.sourceGone,
  failed: EXIT.failed,
};

export const exitCodeOf = (verdict: Verdict): ExitCode => OF_VERDICT[verdict];

/** Of a rescue: all is saved, but nobody has looked whether it is there, although that was asked for. */
export function exitCodeOfRescue({ verdict, verify }: Pick<DoneEvent, 'verdict' | 'verify'>): ExitCode {
  return verdict === 'saved' && verify?.impossible !== undefined ? EXIT.failed : exitCodeOf(verdict);
}
