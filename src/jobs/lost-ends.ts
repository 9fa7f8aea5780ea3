import { checkSource, checkTarget } from '../block/guards.ts';
import { OpenError } from '../block/open-error.ts';
import type { BlockFacts, FileFacts } from '../block/path-facts.ts';
import { type OpenSource, openSource } from '../block/source-device.ts';
import { type OpenTarget, openTargetFile } from '../block/target-device.ts';
import { openUnlocked } from '../block/unlocked-target.ts';
import { DeviceFinder } from './device-finder.ts';

type Facts = BlockFacts | FileFacts;

/** Finds the source again; it must not be the target, which may hold the very same. */
export function sourceFinder(
  source: OpenSource,
  target: () => Facts,
  force: boolean,
): DeviceFinder<OpenSource> {
  return new DeviceFinder(source, {
    check: async (facts) => {
      const refusal = await checkSource(facts);
      if (refusal && !(refusal.overridable && force)) return words(refusal);
      return words(await checkTarget(facts, target(), 0));
    },
    open: (facts) => openSource(facts.path, facts, undefined, { namesSectors: true }),
  });
}

/** Finds the target again, and locks it as before. */
export function targetFinder(target: OpenTarget, source: () => Facts): DeviceFinder<OpenTarget> {
  return new DeviceFinder(target, {
    check: async (facts) => words(await checkTarget(source(), facts, 0)),
    open: async (facts) => {
      const opened = facts.kind === 'block' ? await openUnlocked(facts) : await openTargetFile(facts.path);
      const advice = 'Wait for it, or stop it first.';
      const isLocked = await opened.lockExclusively().catch((error: Error) => error);
      if (isLocked === true) return opened;
      await opened.close();
      const reason = isLocked === false ? 'another rescue writes to it' : isLocked.message;
      throw new OpenError(facts.path, 'locked', reason, advice);
    },
  });
}

/** A refusal as a clause, in the midst of a sentence. */
function words(refusal: { message: string; advice: string } | undefined): string | undefined {
  return refusal && `${refusal.message.replace(/\.$/, '')} (${refusal.advice.replace(/\.$/, '')})`;
}
