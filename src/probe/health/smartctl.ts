import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { AttachedDisk } from '../attached.ts';
import type { Health } from './health.ts';
import { hiddenByBridge, isHiddenByBridge, judgeHealth, unavailable } from './judge.ts';

/** Dying disks take long for the answer; after that they are asked no more. */
const TIME_LIMIT_MS = 30_000;
/** How long after its kill a process may still hang in the kernel before we go on without it. */
const GRACE_MS = 1000;

/** Identity, own verdict, attributes, and the logs of errors and tests: all that `judgeHealth` looks at. */
const QUESTIONS = ['--json', '-i', '-H', '-A', '-l', 'error', '-l', 'selftest'];

/**
 * Asks a disk about its health, once (behind a USB bridge that hides it, in a second way). Never rejects; each way
 * takes `limitMs` at most, and one that got no answer is the last.
 */
export async function askHealth(
  disk: Pick<AttachedDisk, 'kind' | 'path' | 'transport' | 'rotational'>,
  signal: AbortSignal,
  limitMs: number = TIME_LIMIT_MS,
): Promise<Health> {
  if (disk.kind !== 'disk') {
    return unavailable({
      code: 'no-smart',
      message: 'This is no disk of its own, so it has no health to tell of.',
    });
  }
  const first = await runSmartctl(disk.path, [], signal, limitMs);
  if (!('json' in first)) return first.health;
  if (disk.transport === 'usb' && isHiddenByBridge(first.json)) {
    // Most bridges pass ATA commands through in the standard way, also those that smartctl does not know by name.
    const second = await runSmartctl(disk.path, ['-d', 'sat'], signal, limitMs);
    if (!('json' in second)) return second.health;
    const health = judgeHealth(second.json, disk.rotational);
    return health.state === 'known' && !isHiddenByBridge(second.json) ? health : hiddenByBridge();
  }
  return judgeHealth(first.json, disk.rotational);
}

type Answer = { readonly json: unknown } | { readonly health: Health };

async function runSmartctl(
  path: string,
  extra: readonly string[],
  signal: AbortSignal,
  limitMs: number,
): Promise<Answer> {
  const child = execa('smartctl', [...QUESTIONS, ...extra, path], {
    reject: false,
    timeout: limitMs,
    killSignal: 'SIGKILL',
    stdin: 'ignore',
    cancelSignal: signal,
  });
  const giveUp = new AbortController();
  const silence = delay(limitMs + GRACE_MS, undefined, { signal: giveUp.signal });
  // A process that waits for a dead device cannot even be killed: we go on without it.
  const result = await Promise.race([child, silence]).finally(() => giveUp.abort());
  if (result === undefined || result.timedOut) {
    return {
      health: unavailable({
        code: 'no-answer',
        message: `The disk did not tell its health within ${Math.ceil(limitMs / 1000)} seconds.`,
        advice: 'A disk that is silent for so long is in trouble: save what matters from it first.',
      }),
    };
  }
  if (result.code === 'ENOENT') {
    return {
      health: unavailable({
        code: 'no-smartctl',
        message: 'The health of disks cannot be read: smartctl is not installed.',
        advice: 'Install the package smartmontools.',
      }),
    };
  }
  try {
    return { json: JSON.parse(result.stdout) };
  } catch {
    return {
      health: unavailable({ code: 'no-answer', message: 'smartctl gave no answer that can be read.' }),
    };
  }
}
