import type { Verdict } from '../jobs/job-events.ts';
import type { RescueResult } from '../rescue/events.ts';
import { mapFailureAdvice } from '../rescue/map-failure.ts';
import { bytesText, percentText, plural } from '../text/quantity.ts';

/** How a run ended: of the event `done`, or of a report. */
export type Ended = RescueResult & { readonly verdict: Verdict };

/** How to go on, in a clause. */
const SAME_COMMAND = 'the same command goes on';

/** The verdict in plain words, first sentence first; `goesOn` says how to go on, in a clause. */
export function verdictText(done: Ended, goesOn: string = SAME_COMMAND): string {
  return verdict(done).replaceAll(SAME_COMMAND, goesOn);
}

function verdict(done: Ended): string {
  const reason = done.interruption;
  switch (done.verdict) {
    case 'saved':
      return 'Everything is saved: all that was asked for could be read.';
    case 'losses':
      return `Finished: ${percentText(done.savedBytes, done.domainBytes)} is saved; ${lossText(done)}.`;
    case 'stopped':
      return `Stopped by you at ${percentText(done.savedBytes, done.domainBytes)}. Nothing is lost: the same command goes on.`;
    case 'source-gone':
      return `The source stopped answering as a device${reason?.kind === 'source-gone' ? ` (${reason.errno} at byte ${reason.position})` : ''}. Check cable and power; when it is back, the same command goes on.`;
    case 'failed':
      return failureText(done);
  }
}

function lossText(done: Ended): string {
  const losses = [
    done.badBytes > 0
      ? `${bytesText(done.badBytes)} in ${plural(done.badAreas, 'area')} could not be read`
      : '',
    done.undecidedBytes > 0
      ? `${bytesText(done.undecidedBytes)} in bad areas is probably lost and was left alone`
      : '',
    done.missingBytes > 0
      ? `the source ends before the volume does, ${bytesText(done.missingBytes)} of it cannot be had from there`
      : '',
  ];
  return losses.filter(Boolean).join(', ');
}

function failureText(done: Ended): string {
  const reason = done.interruption;
  const at = (position: number | undefined): string => (position === undefined ? '' : ` at byte ${position}`);
  switch (reason?.kind) {
    case 'target-full':
      return `The target is full (${reason.errno}${at(reason.position)}). Make room there, then the same command goes on.`;
    case 'target-failed':
      return `The target failed: writing gave ${reason.errno}${at(reason.position)}. Use another target; what the map calls finished is safe unless the target is dying too.`;
    case 'target-untrue':
      return `The target does not hold what was written to it, at byte ${reason.position}: it is broken, or smaller than it says. Do not trust this copy. Use another target; the map calls nothing saved any more, and keeps what is known to be bad.`;
    case 'target-differs':
      return `The target does not hold what was read from the source: ${bytesText(reason.differentBytes)} of it differ, the first at byte ${reason.position}. They are not called saved any more, so the same command mends them; if it happens once more, use another target.`;
    case 'target-unread':
      return `The target dropped out while it was compared with what was read (${reason.errno} at byte ${reason.position}), so the comparison could not be finished. The map is as it was. Check cable and power of the target; then the same command goes on, or "lifeboat verify" compares again.`;
    case 'map-failed':
      return `The map could not be saved: ${reason.message}. ${mapFailureAdvice(reason.message).ended}`;
    case 'source-broken':
      return `Reading byte ${reason.position} of the source was refused (${reason.errno}): ${reason.message}.`;
    default:
      return 'The rescue failed.';
  }
}
