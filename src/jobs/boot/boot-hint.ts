import { describePath } from '../../block/device-facts.ts';
import { OpenError } from '../../block/open-error.ts';
import type { Finding } from '../../boot/finding.ts';
import type { BootVerdict } from '../../boot/verdict.ts';
import { verdictOf } from '../../boot/verdict.ts';
import { SourceFailure } from '../../ntfs/source-reader.ts';
import { Refusal } from '../refusal.ts';
import { bootTarget } from './boot-target.ts';
import { checkBoot } from './read-boot.ts';
import { healthOfDisk } from './repair-guard.ts';

/** What a short look at a fresh copy has shown. */
export interface BootHint {
  /** The whole disk. */
  readonly disk: string;
  readonly verdict: BootVerdict;
  readonly findings: readonly Finding[];
}

/** Nobody who has just saved a disk waits any longer for a hint. */
const LIMIT_MS = 8000;

/**
 * Looks whether Windows will boot from a device that was just written: reads some megabytes of it, and nothing of any
 * other. Undefined for a file, for a disk that is failing, and for one that does not answer in time. Never rejects for
 * what the disk does: what it is the end of has succeeded.
 */
export async function bootHint(path: string): Promise<BootHint | undefined> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), LIMIT_MS).unref();
  });
  return Promise.race([look(path), late]);
}

async function look(path: string): Promise<BootHint | undefined> {
  try {
    if ((await describePath(path)).kind !== 'block') return undefined;
    const target = await bootTarget(path);
    if ((await healthOfDisk(target.facts))?.verdict === 'failing') return undefined;
    const { result, close } = await checkBoot(
      target,
      {
        others: undefined,
        firmware: { kind: 'out-of-reach', why: '' },
        attachment: { transport: undefined, isImage: false },
        supplies: { donors: [], random: (bytes) => new Uint8Array(bytes).fill(1), now: () => 0 },
      },
      undefined,
    );
    await close();
    const { findings, context } = result;
    return { disk: target.wholePath, verdict: verdictOf(context.system, findings), findings };
  } catch (error) {
    if (error instanceof Refusal || error instanceof OpenError || error instanceof SourceFailure)
      return undefined;
    throw error;
  }
}
