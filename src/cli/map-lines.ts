import { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from '../rescue/block-map.ts';
import { mapCells } from '../rescue/map-cells.ts';
import { partitionsFromComments, partitionTitle } from '../rescue/partition-facts.ts';
import { STATUSES, type Status } from '../rescue/status.ts';
import { bytesText, percentText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { mapLegend, mapLines } from './map-picture.ts';
import type { TerminalLook } from './terminal.ts';

const PICTURE_ROWS = 12;

const WORDS: Record<Status, string> = {
  '+': 'saved',
  '?': 'not tried',
  '*': 'failed, to be narrowed',
  '/': 'inside damage, not tried alone',
  '-': 'bad',
};

/** Sums and picture of a map, `width` columns wide. */
export function pictureLines(map: BlockMap, width: number, look: TerminalLook): string[] {
  const everything = RangeSet.single(0, map.sizeBytes);
  const cells = mapCells(map, everything, width * PICTURE_ROWS);
  const lines = [`Source: ${bytesText(map.sizeBytes)}`];
  for (const status of STATUSES.toReversed()) {
    const bytes = map.bytesWith(status);
    if (bytes.isEmpty) continue;
    lines.push(
      `${status}  ${WORDS[status].padEnd(32)} ${bytesText(bytes.totalBytes).padStart(10)}  ` +
        `${percentText(bytes.totalBytes, map.sizeBytes).padStart(9)}  in ${plural(bytes.count, 'area')}`,
    );
  }
  return [
    ...lines,
    '',
    ...mapLines(cells, width, PICTURE_ROWS, look),
    `one cell is ${bytesText(Math.ceil(map.sizeBytes / (width * PICTURE_ROWS)))}`,
    mapLegend(look, ''),
  ];
}

/** What became of each partition, in a map of a whole disk. */
export function partitionLines(map: BlockMap, comments: readonly string[]): string[] {
  return partitionsFromComments(comments, map.sizeBytes).map((partition) => {
    const { startBytes, sizeBytes } = partition;
    const whole = RangeSet.single(startBytes, startBytes + sizeBytes);
    const parts = STATUSES.toReversed().flatMap((status) => {
      const { totalBytes } = map.bytesWith(status).intersect(whole);
      return totalBytes > 0 ? [`${WORDS[status]} ${bytesText(totalBytes)}`] : [];
    });
    return `${safeText(partitionTitle(partition))}, ${bytesText(sizeBytes)}: ${parts.join(', ')}`;
  });
}

/** Where two maps disagree, and what that comes to. */
export function* differenceLines(a: BlockMap, b: BlockMap): IterableIterator<string> {
  if (a.sizeBytes !== b.sizeBytes) {
    yield `The maps are of sources of different sizes: ${a.sizeBytes} and ${b.sizeBytes} bytes.`;
    return;
  }
  const totals = new Map<string, number>();
  for (const left of a.runs()) {
    for (const right of b.runs(left.start, left.end)) {
      if (left.status === right.status) continue;
      const change = `${left.status} -> ${right.status}`;
      totals.set(change, (totals.get(change) ?? 0) + right.end - right.start);
      const position = right.start.toString(16).toUpperCase().padStart(8, '0');
      yield `0x${position}  ${right.end - right.start}  ${change}`;
    }
  }
  for (const [change, bytes] of totals) yield `${change}: ${bytesText(bytes)}`;
  if (totals.size === 0) yield 'The maps agree.';
}
