import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JobEvent } from '../../src/jobs/job-events.ts';
import { Recollection } from '../../src/jobs/recollection.ts';
import { logText, NEW_STORY, told } from '../../src/tui/rescue/job-story.ts';
import { PLAN, PROGRESS, START } from '../support/made-up-job.ts';

const fault = (number: number): JobEvent => ({
  event: 'fault',
  start: number * 4096,
  end: number * 4096 + 512,
  phase: 'copy',
  decided: true,
});

/** The log of a job, one line each, as somebody sees it who has heard these events. */
const logOf = (events: readonly JobEvent[]): string[] => events.reduce(told, NEW_STORY).log.map(logText);

describe('who comes back to a job', () => {
  test('sees its log as who has stayed sees it: every line, at the time of the job', () => {
    const events: JobEvent[] = [START, PLAN];
    for (let second = 0; second < 40; second++) {
      events.push({ ...PROGRESS, elapsedMs: second * 1000 });
      if (second % 5 === 3) events.push(fault(second));
    }
    events.push({ event: 'note', message: 'The disk answers again.' }, PROGRESS);
    const past = new Recollection();
    for (const event of events) past.take(event);
    const stayed = logOf(events);
    assert.equal(stayed.length, 10);
    assert.match(stayed[1] ?? '', /^00:00:03 {2}read error at byte 12288, 512 B$/);
    assert.deepEqual(logOf(past.events()), stayed);
    // What happens from now on is of now.
    const next: JobEvent[] = [{ ...PROGRESS, elapsedMs: 1_900_000 }, fault(99)];
    assert.deepEqual(logOf([...past.events(), ...next]), logOf([...events, ...next]));
  });

  test('is told where the log begins when there was too much of it', () => {
    const past = new Recollection();
    past.take(START);
    for (let number = 0; number < 203; number++) {
      past.take({ ...PROGRESS, elapsedMs: number * 1000 });
      past.take(fault(number));
    }
    const [first, second] = logOf(past.events());
    assert.equal(first, '00:00:03  The log begins here: 3 earlier lines are not shown again.');
    assert.match(second ?? '', /^00:00:03 {2}read error at byte 12288,/);
  });
});
