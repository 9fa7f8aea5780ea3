import type { CacheWay, CheckedTarget } from '../rescue/verify.ts';
import { bytesText, plural } from '../text/quantity.ts';

/** Places that are named one by one. */
const NAMED = 20;

const CACHE_WORDS: Record<CacheWay, string> = {
  direct: 'read from the device, past the cache of the system',
  emptied: 'its file system knows no reads past the cache, so the cache was emptied before',
  cached: 'its file system knows no reads past the cache: what was compared may be the cache, not the device',
};

/** What looking at the target again has shown, for people. */
export function verifyLines(checked: CheckedTarget): string[] {
  const {
    checkedBytes,
    uncheckedBytes,
    differentBytes,
    different,
    stopped,
    failure,
    cache,
    problem,
    mapKept,
  } = checked;
  if (checked.impossible !== undefined) return [`The target was NOT CHECKED: ${checked.impossible}.`];
  const lines: string[] = [];
  if (failure) {
    lines.push(
      `The comparison could not be finished: the target dropped out at byte ${failure.position} (${failure.errno}).`,
    );
  }
  if (differentBytes > 0) {
    lines.push(
      `The target DIFFERS from what was read from the source: ${bytesText(differentBytes)} in ${plural(different.length, 'place')}.`,
    );
    for (const { start, end } of different.slice(0, NAMED)) {
      lines.push(`  byte ${start}, ${bytesText(end - start)}`);
    }
    if (different.length > NAMED) lines.push(`  and ${plural(different.length - NAMED, 'more place')}`);
    lines.push(
      problem === undefined
        ? 'The map does not call them saved any more: "lifeboat resume" reads and writes them once more.'
        : 'Check once more when that can be written down: the map may call them saved.',
    );
    if (mapKept !== undefined) lines.push(`The map as it was is kept as ${mapKept}.`);
  } else if (checkedBytes > 0) {
    lines.push(`Checked: ${bytesText(checkedBytes)} of the target are what was read from the source.`);
  }
  if (checkedBytes > 0) lines.push(`(The target was ${CACHE_WORDS[cache]}.)`);
  if (uncheckedBytes > 0) {
    const why = stopped
      ? 'the check was stopped'
      : failure
        ? 'the target dropped out, or no checksums are known of them'
        : 'no checksums are known of them';
    lines.push(`Not checked: ${bytesText(uncheckedBytes)}, since ${why}.`);
  }
  if (problem !== undefined) lines.push(`This could not be written down: ${problem}.`);
  return lines;
}
