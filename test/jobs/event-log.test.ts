import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventLog, EventThinner } from '../../src/jobs/event-log.ts';
import type { JobEvent } from '../../src/jobs/job-events.ts';

const fault = (start: number): JobEvent => ({
  event: 'fault',
  start,
  end: start + 512,
  phase: 'scrape',
  decided: true,
});

const PROGRESS = { event: 'progress', savedBytes: 7, cells: '+'.repeat(4000) } as unknown as JobEvent;

test('progress every half minute without its picture; faults one by one, then counted', () => {
  const thinner = new EventThinner();
  const lines: Record<string, unknown>[] = [];
  for (let second = 0; second < 120; second++) {
    for (const event of [...Array.from({ length: 50 }, (_, i) => fault(second * 100 + i)), PROGRESS]) {
      const line = thinner.line(event, second * 1000);
      if (line !== undefined) lines.push(JSON.parse(line));
    }
  }
  const progress = lines.filter(({ event }) => event === 'progress');
  assert.deepEqual(
    progress.map(({ at }) => at),
    ['00:00', '00:30', '01:00', '01:30'].map((time) => `1970-01-01T00:${time}.000Z`),
  );
  assert.ok(progress.every((line) => !('cells' in line)));
  const told = lines.filter(({ event }) => event === 'fault').length;
  const counted = progress.reduce((sum, line) => sum + Number(line.omittedFaults ?? 0), 0);
  // What came after the last line of progress is counted by the next one.
  assert.ok(told + counted > 91 * 50 - 50 && told + counted <= 120 * 50);
  assert.ok(told <= 5 * 200);
});

test('the log stays small however long a job is, and goes on where it ended', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-log-'));
  try {
    const path = join(folder, 'events.ndjson');
    const note = (message: string): JobEvent => ({ event: 'note', message });
    for (let run = 0; run < 3; run++) {
      const log = new EventLog(path);
      for (let i = 0; i < 40; i++) {
        for (let j = 0; j < 100; j++) log.note(note(`${run}.${i}.${j} ${'x'.repeat(500)}`));
        await log.flush();
      }
      await log.close();
    }
    const [now, older] = await Promise.all([stat(path), stat(join(folder, 'events.1.ndjson'))]);
    assert.ok(now.size < 3 << 20 && older.size < 3 << 20, `${now.size} and ${older.size} bytes`);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    assert.match(JSON.parse(lines.at(-1) ?? '').message, /^2\.39\.99 /);
  } finally {
    await rm(folder, { recursive: true });
  }
});
