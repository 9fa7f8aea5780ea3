import { setTimeout as delay } from 'node:timers/promises';
import { describePath } from '../block/device-facts.ts';
import { selfCommand } from '../jobs/self.ts';
import type { Disk, Machine } from '../probe/machine.ts';
import { watchMachine } from '../probe/watch.ts';
import { safeText } from '../text/safe.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { type ProbeArguments, parseProbeArguments } from './probe-arguments.ts';
import { machineLines } from './probe-lines.ts';
import { tableLines } from './probe-table.ts';

/** When somebody who waits is told what for. */
const PATIENCE_MS = 3000;

/** `lifeboat probe`: what is attached, and how it is. */
export async function probeCommand(words: readonly string[]): Promise<ExitCode> {
  const wanted = parseProbeArguments(words);
  if (wanted.help) {
    process.stdout.write(helpFor('probe') ?? '');
    return EXIT.saved;
  }
  const disks = new Set<string>();
  for (const path of wanted.devices) {
    const facts = await describePath(path);
    if (facts.kind !== 'block') {
      process.stderr.write(`lifeboat: ${safeText(path)} is no disk or partition. See: lifeboat probe\n`);
      return EXIT.refused;
    }
    disks.add(facts.diskName);
  }
  const machine = await settledMachine(disks.size > 0 ? [...disks] : undefined, wanted.waitSeconds);
  for (const line of linesOf(machine, wanted)) process.stdout.write(`${line}\n`);
  const isComplete = machine.disks.every(({ settled, state }) => settled && state.kind === 'answering');
  return isComplete ? EXIT.saved : EXIT.losses;
}

function linesOf(machine: Machine, { json, table, classic }: ProbeArguments): string[] {
  if (json) return [JSON.stringify(machine)];
  if (table !== undefined) return tableLines(machine, { detailed: table === 'detailed', classic });
  return machineLines(machine, Date.now());
}

/** The machine when all is known that will be, or when the time is up. */
async function settledMachine(only: readonly string[] | undefined, waitSeconds: number): Promise<Machine> {
  const stop = new AbortController();
  let last: Machine | undefined;
  const isSettled = (): boolean => last?.host !== undefined && last.disks.every(({ settled }) => settled);
  const patience = delay(PATIENCE_MS, undefined, { signal: stop.signal }).then(
    () => tellWaiting(last?.disks ?? []),
    () => undefined,
  );
  const limit = setTimeout(() => stop.abort(), waitSeconds * 1000);
  await watchMachine({
    self: selfCommand(),
    signal: stop.signal,
    ...(only !== undefined && { only }),
    onChange: (machine) => {
      last = machine;
      if (isSettled()) stop.abort();
    },
  });
  clearTimeout(limit);
  await patience;
  return last ?? { takenMs: Date.now(), disks: [] };
}

function tellWaiting(disks: readonly Disk[]): void {
  const names = disks.filter(({ settled }) => !settled).map(({ path }) => path);
  if (names.length > 0) process.stderr.write(`lifeboat: waiting for ${names.join(', ')} (--wait)\n`);
}
