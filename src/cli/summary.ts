import type { DoneEvent, EndpointFacts, StartEvent } from '../jobs/job-events.ts';
import type { PlanEvent } from '../rescue/events.ts';
import { bytesText, durationText, percentText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { wrapText } from '../text/wrap.ts';
import { damageLines } from './damage-lines.ts';
import { mapLegend, mapLines } from './map-picture.ts';
import { type Colour, paint, type TerminalLook } from './terminal.ts';

const endpointText = (end: EndpointFacts): string =>
  [
    end.path,
    bytesText(end.sizeBytes),
    end.model ? safeText(end.model) : undefined,
    end.serial ? `serial ${safeText(end.serial)}` : undefined,
  ]
    .filter(Boolean)
    .join(', ');

/** What is being rescued to where. */
export function startLines(start: StartEvent): string[] {
  const lines = [
    `From  ${endpointText(start.source)} (only read, never written)`,
    `To    ${endpointText(start.target)}`,
    `Map   ${start.map}${start.resumed ? ' (going on where the last run ended)' : ''}`,
  ];
  if (!start.source.directIo) {
    lines.push(
      'Note: direct reads are not possible here, so reads go through the page cache; a bad sector may then take its',
      'good neighbours with it. On a failing disk name the device itself.',
    );
  }
  return lines;
}

/** What the volume says of itself. */
export function planLines(plan: PlanEvent): string[] {
  const lines: string[] = [];
  if (plan.fileSystem === 'ntfs') {
    const label = plan.label ? ` "${safeText(plan.label)}"` : '';
    lines.push(
      `NTFS${label}, serial ${plan.volumeSerial}, clusters of ${bytesText(plan.clusterBytes ?? 0)}`,
      `${bytesText(plan.domainBytes)} to save, ${bytesText(plan.metadataBytes)} of it the file system's own structures`,
    );
    if (plan.firstBytes > 0)
      lines.push(`${bytesText(plan.firstBytes)} of it in the files you named, which come first`);
  } else {
    lines.push(`${bytesText(plan.domainBytes)} to save`);
  }
  if (plan.alreadySavedBytes > 0) lines.push(`Already saved: ${bytesText(plan.alreadySavedBytes)}`);
  for (const note of plan.notes) lines.push(`Note: ${safeText(note)}`);
  return lines;
}

const VERDICT_COLOURS: Record<DoneEvent['verdict'], Colour> = {
  saved: 'green',
  losses: 'yellow',
  stopped: 'yellow',
  'source-gone': 'red',
  failed: 'red',
};

/** The verdict in plain words, first sentence first. */
function verdictText(done: DoneEvent): string {
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

function lossText(done: DoneEvent): string {
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

function failureText(done: DoneEvent): string {
  const reason = done.interruption;
  const at = (position: number | undefined): string => (position === undefined ? '' : ` at byte ${position}`);
  switch (reason?.kind) {
    case 'target-full':
      return `The target is full (${reason.errno}${at(reason.position)}). Make room there, then the same command goes on.`;
    case 'target-failed':
      return `The target failed: writing gave ${reason.errno}${at(reason.position)}. Use another target; what the map calls finished is safe unless the target is dying too.`;
    case 'map-failed':
      return `The map could not be saved: ${reason.message}. Make room there, or copy it to another disk and name it with --map; then the same command goes on.`;
    case 'source-broken':
      return `Reading byte ${reason.position} of the source was refused (${reason.errno}): ${reason.message}.`;
    default:
      return 'The rescue failed.';
  }
}

/** Everything to be said at the end. */
export function doneLines(done: DoneEvent, width: number, look: TerminalLook): string[] {
  const lines = [
    '',
    ...wrapText(verdictText(done), width).map((line) => paint(line, VERDICT_COLOURS[done.verdict], look)),
    ...wrapText(
      `Saved ${bytesText(done.savedBytes)} of ${bytesText(done.domainBytes)}` +
        `, bad ${bytesText(done.badBytes)}` +
        `, not decided ${bytesText(done.undecidedBytes)}` +
        `; ${plural(done.failedReads, 'read error')} in ${plural(done.reads, 'read')}, ${durationText(done.elapsedMs / 1000)}.`,
      width,
    ),
  ];
  if (done.unmarkedBytes > 0) {
    const beware =
      `Beware: ${bytesText(done.unmarkedBytes)} of used sectors in the target still show what was there before. ` +
      'The map says which.';
    lines.push(...wrapText(beware, width));
  }
  lines.push('', ...mapLines(done.cells, width, 4, look));
  lines.push(mapLegend(look), '');
  if (done.damage) lines.push(...damageLines(done.damage));
  lines.push(`Map file: ${done.map}`);
  if (done.report) lines.push(`Report:   ${done.report}`);
  return lines;
}
