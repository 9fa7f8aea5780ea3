import { OpenError } from '../block/open-error.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { inspectTarget } from '../block/target-content.ts';
import { type OpenTarget, openTargetFile } from '../block/target-device.ts';
import { createTargetFile, discardTargetFile, replaceTargetFile } from '../block/target-file.ts';
import { openUnlocked } from '../block/unlocked-target.ts';
import type { EngineHost } from './engine-host.ts';
import type { JobSpec } from './job-spec.ts';
import { Refusal } from './refusal.ts';
import type { Standing } from './target-look.ts';
import { targetWords } from './target-words.ts';

/** Asks before anything of value is lost. `standing` is undefined in a new rescue. */
export async function askToOverwrite(
  spec: JobSpec,
  facts: PathFacts,
  standing: Standing | undefined,
  host: EngineHost,
): Promise<void> {
  if (facts.kind === 'missing' || spec.overwrite || standing === 'known') return;
  const content = await inspectTarget(spec.target);
  if (content.empty) return;
  const target = targetWords(spec.target, facts);
  const [is, advice] = WORDS[standing ?? 'other'];
  host.emit({
    event: 'question',
    code: 'target-not-empty',
    message: `The target ${target} ${is}: it holds ${content.description}, which would be lost.`,
    advice,
  });
  await host.confirmed();
}

/** How a target stands that is asked about, and what to do. */
const WORDS: Readonly<Record<Exclude<Standing, 'known'>, readonly [is: string, advice: string]>> = {
  other: [
    'is not empty',
    'Say --yes to overwrite it, or name another target. To continue a rescue, name its map with --map.',
  ],
  'taken over': [
    'is not what this job wrote any more',
    'Say --yes to overwrite it, or begin anew with another target.',
  ],
  doubtful: [
    'cannot be told to be that of the runs before',
    'Say --yes when it is, or name the target of those runs.',
  ],
};

/**
 * Opens a target for writing, and locks it. With `keeps` a file stays as it is, and may be shorter than `sizeBytes`; else
 * it begins empty. Rejects with an `OpenError` or a `Refusal`.
 */
export async function openTarget(
  spec: JobSpec,
  facts: PathFacts,
  sizeBytes: number,
  keeps: boolean,
): Promise<OpenTarget> {
  if (facts.kind === 'missing') return locked(await createTargetFile(spec.target, sizeBytes), true);
  if (facts.kind === 'block') return locked(await openUnlocked(facts));
  if (!keeps) return locked(await replaceTargetFile(spec.target, sizeBytes));
  return locked(await still(facts, await openTargetFile(spec.target)));
}

/** The file that was opened, if it is the one that was looked at. */
async function still(looked: PathFacts, target: OpenTarget): Promise<OpenTarget> {
  const { facts } = target;
  const isSame =
    facts.kind === 'file' && looked.kind === 'file' && looked.dev === facts.dev && looked.ino === facts.ino;
  if (isSame) return target;
  await target.close();
  throw new OpenError(
    target.path,
    'changed',
    `Refusing to write to ${target.path}: it is no longer what it was when it was looked at.`,
    'Look at the list of disks again and choose anew.',
  );
}

/** `isMade`: whether it was made just now; then it is removed again where it cannot be locked. */
async function locked(target: OpenTarget, isMade = false): Promise<OpenTarget> {
  let isLocked: boolean;
  try {
    isLocked = await target.lockExclusively();
  } catch (error) {
    await (isMade ? discardTargetFile(target) : target.close());
    const advice = 'Install flock (package util-linux), or use a file system that knows locks.';
    throw new Refusal('target-lock', (error as Error).message, advice);
  }
  if (isLocked) return target;
  await target.close();
  throw new Refusal(
    'target-busy',
    `Another rescue is writing to ${target.path} at this moment.`,
    'Wait for it, or stop it first: lifeboat stop.',
  );
}
