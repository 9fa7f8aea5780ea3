import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a line of /proc/locks (`1: FLOCK ADVISORY WRITE 4711 00:05:712 0 EOF`, `1: -> FLOCK ...`), in its words. */
export async function lockLine(isMeant: (words: readonly string[]) => boolean): Promise<readonly string[]> {
  const end = Date.now() + 60_000;
  for (;;) {
    const text = await readFile('/proc/locks', 'utf8');
    const found = text
      .split('\n')
      .map((line) => line.trim().split(/ +/))
      .find(isMeant);
    if (found !== undefined) return found;
    assert.ok(Date.now() < end, `never seen in:\n${text}`);
    await sleep(20);
  }
}
