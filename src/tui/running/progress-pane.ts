import type { ProgressEvent, StageProgress } from '../../rescue/events.ts';
import { phaseText, timeLeftText, waitingText } from '../../telling/phase-words.ts';
import { bytesText, clockText, percentText, plural, rateText } from '../../text/quantity.ts';
import { type Line, line, toned } from '../frame/line.ts';
import { barLine } from '../frame/meter.ts';
import { prose } from '../frame/prose.ts';
import type { Look } from '../look.ts';
import type { JobStory } from '../rescue/job-story.ts';
import { WORDS } from '../words.ts';

/** How far it is: five lines. */
export function progressLines({ progress, compared, start }: JobStory, width: number, look: Look): Line[] {
  if (!progress) return [line(start ? WORDS.running.begins : WORDS.running.checking)];
  const { savedBytes, domainBytes, badBytes, badAreas, skippedBytes, failedReads } = progress;
  const share = domainBytes > 0 ? savedBytes / domainBytes : 0;
  const bad = `bad ${bytesText(badBytes)} in ${plural(badAreas, 'area')}`;
  const skipped = skippedBytes > 0 ? `   put off ${bytesText(skippedBytes)}` : '';
  return [
    barLine(share, width, percentText(savedBytes, domainBytes).padStart(9), look.charset),
    line(
      `saved ${bytesText(savedBytes)} of ${bytesText(domainBytes)}${skipped}   `,
      toned(badBytes > 0 ? 'bad' : 'plain', bad),
    ),
    line(
      `now ${rateText(progress.rate)}   average ${rateText(progress.averageRate)}   ` +
        `${plural(failedReads, 'read error')}`,
    ),
    line(
      `${clockText(progress.elapsedMs / 1000)}   left ${timeLeftText(progress.timeLeft)}   ` +
        `map saved ${Math.round(progress.mapAgeMs / 1000)} s ago`,
    ),
    stepLine(progress, compared),
  ];
}

function stepLine(progress: ProgressEvent, compared: JobStory['compared']): Line {
  const waiting = waitingText(progress);
  if (waiting) return line(toned('warn', waiting));
  const text = phaseText(progress.phase, progress.stage, progress.pass);
  const { doneBytes, totalBytes } = compared ?? {};
  if (progress.phase !== 'verify' || doneBytes === undefined || totalBytes === undefined) return line(text);
  return line(`${text}: ${percentText(doneBytes, totalBytes)}`);
}

const STAGES: Readonly<Record<StageProgress['stage'], string>> = WORDS.running.stages;

/** What is safe already: the names of all files first, then each stage. */
export function safeLines({ progress, plan }: JobStory, width: number, height: number): Line[] {
  if (!progress || progress.stages.length === 0) return prose(WORDS.running.safeUnknown, width);
  const metadata = progress.stages.find(({ stage }) => stage === 'metadata');
  const names =
    metadata === undefined
      ? []
      : metadata.savedBytes === metadata.totalBytes && plan?.complete
        ? [toned('good', WORDS.running.namesSafe)]
        : [toned('plain', WORDS.running.namesNot)];
  if (progress.stages.length + names.length > height) {
    // In one row where there is no room for more.
    const parts = progress.stages.map(({ stage, savedBytes, totalBytes }) =>
      toned(
        savedBytes === totalBytes ? 'good' : 'plain',
        `${STAGES[stage]} ${percentText(savedBytes, totalBytes)}   `,
      ),
    );
    return [...names.map((span) => line(span)), line(...parts)];
  }
  const rows = progress.stages.map(({ stage, savedBytes, totalBytes, badBytes }) => {
    const share = percentText(savedBytes, totalBytes);
    const room = Math.max(8, width - share.length - 1);
    const tone = savedBytes === totalBytes ? 'good' : badBytes > 0 ? 'warn' : 'plain';
    return line(STAGES[stage].slice(0, room).padEnd(room), ' ', toned(tone, share));
  });
  return [...names.map((span) => line(span)), ...rows];
}
