/**
 * The process behind a failing disk: serves one image over NBD with faults and costs, and logs every request.
 * Started by `chain.ts`, not by hand. SIGHUP reads the fault file again and notes in the log that it did;
 * a fault file that cannot be understood leaves the faults as they were.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { serveNbd } from '../../src/block/nbd/server.ts';
import { FaultModel, RC, type Verdict } from './fault-model.ts';
import { parseFaults, SECTOR } from './fault-rules.ts';
import { formatRequest } from './request-log.ts';

const { values } = parseArgs({
  options: {
    image: { type: 'string', default: '' },
    faults: { type: 'string', default: '' },
    log: { type: 'string', default: '' },
    socket: { type: 'string', default: '' },
    timescale: { type: 'string', default: '0' },
    'expose-writes': { type: 'boolean', default: false },
  },
});

const image = openSync(values.image, 'r');
const log = openSync(values.log, 'a');
const sizeBytes = fstatSync(image).size;
const timescale = Number(values.timescale);
const model = new FaultModel(sizeBytes, parseFaults(readFileSync(values.faults, 'utf8')));

let vtimeMs = 0;
/** Time to be slept that is too short for a timer, or that was slept too long (negative). */
let owedMs = 0;

function record(offset: number, length: number, rc: Verdict['rc'], costMs: number): void {
  vtimeMs += costMs;
  writeSync(log, formatRequest({ vtimeMs, offset, length, rc, costMs }));
}

async function passTime({ costMs, hangMs }: Verdict): Promise<void> {
  owedMs += Math.max(hangMs, costMs * timescale);
  if (owedMs < 2) return;
  const begun = performance.now();
  await sleep(owedMs);
  owedMs -= performance.now() - begun;
}

/** Spoils the sectors so that they are wrong, but wrong in the same way each time. */
function spoil(bytes: Buffer, offset: number, { garbage }: Verdict): void {
  for (const { start, end } of garbage) {
    const from = Math.max(0, start * SECTOR - offset);
    const to = Math.min(bytes.length, end * SECTOR - offset);
    for (let i = from; i < to; i++) bytes[i] = (bytes[i] ?? 0) ^ 0xa5;
  }
}

const server = serveNbd(
  {
    sizeBytes,
    readOnly: !values['expose-writes'],
    async read(offset, length) {
      const verdict = model.request(offset, length);
      if (verdict.hangMs > 0 || timescale > 0) await passTime(verdict);
      record(offset, length, verdict.rc, verdict.costMs);
      if (verdict.rc !== RC.ok) return undefined;
      const bytes = Buffer.allocUnsafe(length);
      if (readSync(image, bytes, 0, length, offset) !== length) return undefined;
      spoil(bytes, offset, verdict);
      return bytes;
    },
    refuseWrite: (offset, length) => record(offset, length, RC.written, 0),
  },
  values.socket,
);

process.on('SIGHUP', () => {
  try {
    const rules = parseFaults(readFileSync(values.faults, 'utf8'));
    model.setRules(rules);
    writeSync(log, `# faults: ${rules.length} rules\n`);
  } catch (error) {
    writeSync(log, `# refused: ${error instanceof Error ? error.message : error}\n`);
  }
});

process.on('SIGTERM', () => {
  server.close();
  closeSync(log);
  process.exit(0);
});
