import { createInterface } from 'node:readline';
import { lookAtDisk, lookAtTable } from '../probe/disk-look.ts';
import { useOf } from '../probe/use.ts';
import { MEASURE, type WorkerEvent, type WorkerTask } from '../probe/worker-messages.ts';
import { EXIT } from './exit-codes.ts';

/**
 * The body of a process that looks at one disk, or at what devices are used for: a task comes in as the first line on
 * standard input, events go out on standard output. The end of standard input means that nobody listens any more.
 */
export async function probeWorkerCommand(): Promise<number> {
  let taskCame: (task: WorkerTask | undefined) => void = () => undefined;
  let answer: (measure: boolean) => void = () => undefined;
  const task = new Promise<WorkerTask | undefined>((resolve) => {
    taskCame = resolve;
  });
  const measure = new Promise<boolean>((resolve) => {
    answer = resolve;
  });
  let lines = 0;
  const input = createInterface({ input: process.stdin });
  input.on('line', (line) => {
    if (lines++ === 0) taskCame(JSON.parse(line) as WorkerTask);
    else answer(line === MEASURE);
  });
  input.on('close', () => {
    taskCame(undefined);
    answer(false);
  });
  // Whoever listened is gone, and with it the reason to go on.
  process.stdout.on('error', () => process.exit(EXIT.failed));
  const wanted = await task;
  if (wanted === undefined) return EXIT.usage;
  // A disk that hangs must not keep alive a process that nobody listens to.
  input.on('close', () => process.kill(process.pid, 'SIGKILL'));
  if (wanted.do === 'look') await lookAtDisk(wanted, emit, measure);
  else if (wanted.do === 'table') await lookAtTable(wanted.path, emit);
  else
    await Promise.all(wanted.paths.map(async (path) => emit({ event: 'use', path, use: await useOf(path) })));
  return EXIT.saved;
}

function emit(event: WorkerEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
