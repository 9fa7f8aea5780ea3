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
  const { checkedBytes, uncheckedBytes, differentBytes, different, stopped, cache } = checked;
  const lines: string[] = [];
  if (differentBytes > 0) {
    lines.push(
      `The target DIFFERS from what was read from the source: ${bytesText(differentBytes)} in ${plural(different.length, 'place')}.`,
    );
    for (const { start, end } of different.slice(0, NAMED)) {
      lines.push(`  byte ${start}, ${bytesText(end - start)}`);
    }
    if (different.length > NAMED) lines.push(`  and ${plural(different.length - NAMED, 'more place')}`);
    lines.push(
      'The map does not call them saved any more: "lifeboat resume" reads and writes them once more.',
    );
  } else if (checkedBytes > 0) {
    lines.push(`Checked: ${bytesText(checkedBytes)} of the target are what was read from the source.`);
  }
  if (checkedBytes > 0) lines.push(`(The target was ${CACHE_WORDS[cache]}.)`);
  if (uncheckedBytes > 0) {
    const why = stopped ? 'the check was stopped' : 'no checksums are known of them';
    lines.push(`Not checked: ${bytesText(uncheckedBytes)}, since ${why}.`);
  }
  return lines;
}
