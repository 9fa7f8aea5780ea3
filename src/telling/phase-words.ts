import type { ProgressEvent } from '../rescue/events.ts';
import type { PhaseName } from '../rescue/pass.ts';
import type { StageName } from '../rescue/plan.ts';
import type { TimeLeft } from '../rescue/time-left.ts';
import type { WaitingFor } from '../rescue/waits.ts';
import { durationText } from '../text/quantity.ts';

const PHASE_WORDS: Record<PhaseName, string> = {
  survey: "reading the file system's own structures",
  copy: 'copying in large reads, jumping over what fails',
  'copy-backward': 'copying what was jumped over, from the far end',
  trim: 'finding the edges of damaged areas',
  sweep: 'reading the last untried places',
  probe: 'looking into damaged areas for readable parts',
  scrape: 'trying damaged areas sector by sector',
  hopeless: 'trying what is probably lost, sector by sector',
  retry: 'trying bad sectors again',
  mark: 'marking sectors that were not read',
  verify: 'comparing the target with what was read',
  report: 'finding out which files were hit',
};

const STAGE_WORDS: Record<StageName, string> = {
  metadata: 'file system structures',
  first: 'the files you named',
  used: 'used data',
  free: 'free space',
  everything: 'all sectors',
};

/** `used data: copying in large reads, jumping over what fails`. */
export function phaseText(phase: PhaseName, stage: StageName | undefined, pass: number): string {
  const words = phase === 'retry' ? `${PHASE_WORDS.retry}, time ${pass}` : PHASE_WORDS[phase];
  return stage ? `${STAGE_WORDS[stage]}: ${words}` : words;
}

/** `27 min to 40 min`; says so when it is not known yet. */
export function timeLeftText(left: TimeLeft | undefined): string {
  if (!left) return 'not known yet';
  const shortest = durationText(left.shortestSeconds);
  const longest = durationText(left.longestSeconds);
  return shortest === longest ? `about ${longest}` : `${shortest} to ${longest}`;
}

/** From this age on an unanswered request is worth a word. */
const WAITING_MS = 2000;

const WAITING_WORDS: Record<WaitingFor, string> = {
  answer: 'waiting for the disk',
  'hung-disk': 'the disk answers nothing any more, waiting until it does',
  source: 'the disk is gone; plug it in again',
  target: 'the target is gone; plug it in again',
  'target-writes': 'the target fails to write, waiting until it does',
  'target-room': 'the target is full; make room there',
  map: 'the map cannot be saved, waiting until it can',
  user: 'paused',
};

/** `waiting for the disk, 28 s`; empty while nothing holds the rescue up. */
export function waitingText({ waitingFor, waitingMs }: ProgressEvent): string {
  if (waitingFor === undefined || (waitingFor === 'answer' && waitingMs < WAITING_MS)) return '';
  return `${WAITING_WORDS[waitingFor]}, ${durationText(waitingMs / 1000)}`;
}
