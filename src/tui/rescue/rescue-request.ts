import type { JobSpec } from '../../jobs/job-spec.ts';
import { bytesText, durationText } from '../../text/quantity.ts';
import { agreedDevices, pathOf } from '../disks/place.ts';
import { WORDS } from '../words.ts';
import { estimateOf } from './estimate.ts';
import { MANNER_SWITCHES, type RescueChoice } from './rescue-choice.ts';

/** What was chosen, without the places that follow from it. */
export type RescueRequest = Omit<JobSpec, 'map' | 'on' | 'job' | 'report'> & {
  /** The drive in which the target is a path. */
  readonly on: string | undefined;
};

/** Turns what was chosen, and agreed to, into what an engine is told. */
export function requestFor({ source, target, manner }: RescueChoice): RescueRequest {
  return {
    source: pathOf(source) ?? '',
    target: target.path,
    on: target.kind === 'file' ? target.on : undefined,
    fill: 'marker',
    allSectors: manner.allSectors,
    first: [...manner.folders, ...(manner.personalFirst ? ['personal'] : [])],
    retries: manner.retry ? 3 : 0,
    minRate: undefined,
    physicalSectorBytes: undefined,
    hopeless: manner.leaveHopeless ? 'leave' : 'ask',
    waitSeconds: 'forever',
    fixGpt: 'ask',
    keepTimeouts: false,
    // The typed proof is the answer to what the engine would ask; a file that is there already is asked about.
    overwrite: target.kind === 'device',
    agreed: agreedDevices(source, target.place),
    verify: manner.compare,
    // It goes on when this program is closed, or crashes.
    detached: true,
    force: false,
  };
}

/** `34 min to 1 h 54 min`; what is over in a moment is not measured in seconds. */
export function spanText(shortestSeconds: number, longestSeconds: number): string {
  if (longestSeconds < 1) return WORDS.confirm.moment;
  if (longestSeconds < 10) return WORDS.confirm.someSeconds;
  return `${durationText(Math.max(1, shortestSeconds))} to ${durationText(longestSeconds)}`;
}

/** What will be done and how long that takes, a paragraph each. */
export function planOf({ source, manner }: RescueChoice): string[] {
  const { bytes, isKnown, shortestSeconds, longestSeconds } = estimateOf(source, manner);
  const time = spanText(shortestSeconds, longestSeconds);
  return [
    WORDS.confirm.estimate(bytesText(bytes), isKnown, time),
    WORDS.confirm.plan,
    ...(manner.folders.length > 0 ? [WORDS.confirm.first(manner.folders)] : []),
    ...MANNER_SWITCHES.filter((name) => manner[name]).map((name) => WORDS.manner[name].short),
  ];
}
