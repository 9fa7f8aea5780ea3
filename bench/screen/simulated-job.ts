/**
 * Tells of a rescue that never ends, as an engine does, in lines of JSON: four pictures of its progress a second with a
 * map that changes in each, five read errors a second, a new phase now and then. Nothing is read or written.
 */
import { setInterval } from 'node:timers/promises';
import type { JobEvent } from '../../src/jobs/job-events.ts';
import { PLAN, PROGRESS, picture, START } from '../../test/support/made-up-job.ts';

const EVERY_MS = 250;
const MAP_CELLS = 3300;

const tell = (event: JobEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

tell(START);
tell(PLAN);
let count = 0;
for await (const _ of setInterval(EVERY_MS)) {
  count++;
  const done = count % MAP_CELLS;
  if (done === 1) tell({ event: 'phase', phase: 'copy', stage: 'used', pass: Math.ceil(count / MAP_CELLS) });
  const start = (count * 7_919 * 65_536) % 9e11;
  tell({ event: 'fault', start, end: start + 65_536, phase: 'copy', decided: count % 2 === 0 });
  if (count % 4 === 0)
    tell({ event: 'fault', start: start + 1e9, end: start + 1e9 + 512, phase: 'copy', decided: true });
  tell({
    ...PROGRESS,
    elapsedMs: count * EVERY_MS,
    rate: 9e7 + 4e7 * Math.sin(count / 40),
    waitingMs: count % 97,
    savedBytes: PROGRESS.domainBytes * (done / MAP_CELLS),
    failedReads: count,
    cells: picture(done),
  });
}
