import type { DoneEvent, EndpointFacts, StartEvent } from '../jobs/job-events.ts';
import { titleOf } from '../probe/content/content.ts';
import type { PlanEvent } from '../rescue/events.ts';
import { type PartitionFacts, partitionTitle } from '../rescue/partition-facts.ts';
import { damageLines } from '../telling/damage-lines.ts';
import { verdictText } from '../telling/verdict-text.ts';
import { verifyLines } from '../telling/verify-lines.ts';
import { bytesText, durationText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { wrapText } from '../text/wrap.ts';
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
  } else if (plan.fileSystem === 'disk') {
    lines.push(
      `A whole disk: ${bytesText(plan.domainBytes)} to save, in ${plural(plan.partitions.length, 'partition')}`,
    );
    lines.push(...plan.partitions.map(partitionLine));
    if (plan.firstBytes > 0)
      lines.push(`${bytesText(plan.firstBytes)} of it in the files you named, which come first`);
  } else {
    const title = plan.fileSystem === 'unknown' ? '' : `${titleOf(plan.fileSystem)}: `;
    lines.push(`${title}${bytesText(plan.domainBytes)} to save`);
  }
  if (plan.alreadySavedBytes > 0) lines.push(`Already saved: ${bytesText(plan.alreadySavedBytes)}`);
  for (const note of plan.notes) lines.push(`Note: ${safeText(note)}`);
  return lines;
}

function partitionLine(one: PartitionFacts): string {
  const type = one.type && one.fileSystem === 'unknown' ? `, type ${one.type}` : '';
  return `  ${safeText(partitionTitle(one))}${safeText(type)}: ${bytesText(one.domainBytes)} of ${bytesText(one.sizeBytes)}`;
}

const VERDICT_COLOURS: Record<DoneEvent['verdict'], Colour> = {
  saved: 'green',
  losses: 'yellow',
  stopped: 'yellow',
  'source-gone': 'red',
  failed: 'red',
};

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
  if (done.verify) {
    lines.push(...verifyLines(done.verify).flatMap((line) => wrapText(line, width)), '');
  }
  lines.push(`Map file: ${done.map}`);
  if (done.report) lines.push(`Report:   ${done.report}`);
  return lines;
}
