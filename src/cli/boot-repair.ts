import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { OpenError } from '../block/open-error.ts';
import { findingName } from '../boot/finding.ts';
import type { Piece } from '../boot/fix.ts';
import { ITEMS } from '../boot/items.ts';
import type { CheckResult } from '../boot/run-checks.ts';
import { verdictOf } from '../boot/verdict.ts';
import { type BootTarget, bootTarget } from '../jobs/boot/boot-target.ts';
import { jobsOfDisk } from '../jobs/boot/disk-jobs.ts';
import { checkBoot, type Surroundings, untriedOf } from '../jobs/boot/read-boot.ts';
import { BootRepair, type PreparedFix } from '../jobs/boot/repair.ts';
import type { RepairEvent, RepairOrder, ShownCheck, ShownPlan } from '../jobs/boot/repair-messages.ts';
import { gatherSurroundings } from '../jobs/boot/surroundings.ts';
import { findingJson, pieceJson } from '../jobs/boot/told-check.ts';
import { type PlannedUndo, planUndo, undoFixes } from '../jobs/boot/undo.ts';
import { WriteFailure } from '../jobs/boot/write-pieces.ts';
import { Refusal } from '../jobs/refusal.ts';
import { SourceFailure } from '../ntfs/source-reader.ts';
import { STATE_WORDS } from '../telling/boot-table.ts';
import { plural } from '../text/quantity.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/**
 * The body of a process that checks and mends one disk for a screen: orders come in on standard input, answers go out on
 * standard output. What is written is what was shown, for the same process has worked it out. It ends when nobody
 * listens any more, but never in the middle of writing.
 */
export async function bootRepairCommand([path = '']: readonly string[]): Promise<ExitCode> {
  let isWriting = false;
  const input = createInterface({ input: process.stdin });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!isWriting) process.exit(EXIT.stopped);
    });
  }
  // A disk that hangs must not keep alive a process that nobody listens to.
  input.on('close', () => {
    if (!isWriting) process.exit(EXIT.saved);
  });
  process.stdout.on('error', () => undefined);
  const bench = new RepairBench(path);
  for await (const line of input) {
    const order = JSON.parse(line) as RepairOrder;
    isWriting = order.do === 'write';
    process.stdout.write(`${JSON.stringify(await answer(bench, order))}\n`);
    isWriting = false;
  }
  await bench.close();
  return EXIT.saved;
}

async function answer(bench: RepairBench, order: RepairOrder): Promise<RepairEvent> {
  try {
    return await bench.take(order);
  } catch (error) {
    if (error instanceof Refusal || error instanceof OpenError)
      return { event: 'refused', message: error.message, advice: error.advice };
    if (error instanceof WriteFailure) {
      const advice = 'The undo file holds what stood there before. Do not trust this disk.';
      return { event: 'refused', message: error.message, advice };
    }
    if (error instanceof SourceFailure) return { event: 'refused', message: error.message, advice: '' };
    throw error;
  }
}

type Plan =
  | { readonly kind: 'fix'; readonly repair: BootRepair; readonly prepared: PreparedFix }
  | { readonly kind: 'undo'; readonly planned: PlannedUndo };

/** One disk on the bench: checked, and mended when somebody says so. */
class RepairBench {
  readonly #path: string;
  #known: { readonly target: BootTarget; readonly surroundings: Surroundings } | undefined;
  #repair: BootRepair | undefined;
  #plan: Plan | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  take(order: RepairOrder): Promise<RepairEvent> {
    switch (order.do) {
      case 'check':
        return this.#check();
      case 'prepare':
        return this.#prepare(order.name);
      case 'prepare-undo':
        return this.#prepareUndo(order.path);
      case 'write':
        return this.#write();
    }
  }

  async close(): Promise<void> {
    await this.#repair?.close();
    this.#repair = undefined;
  }

  /** Only reads: whoever may not be mended can be looked at all the same. */
  async #check(): Promise<RepairEvent> {
    const { target, surroundings } = await this.#look();
    if (this.#repair) {
      return { event: 'checked', check: shownCheck(target, await this.#repair.recheck(), undefined) };
    }
    const untried = await untriedOf(target, await jobsOfDisk(target.facts));
    const { result, close } = await checkBoot(target, surroundings, untried);
    await close();
    return { event: 'checked', check: shownCheck(target, result, untried?.by) };
  }

  async #prepare(name: string): Promise<RepairEvent> {
    const { target, surroundings } = await this.#look();
    this.#repair ??= await BootRepair.begin(target, surroundings, { undoFile: undefined, force: false });
    const prepared = await this.#repair.prepare(name);
    if (typeof prepared === 'string') return { event: 'refused', message: prepared, advice: '' };
    this.#plan = { kind: 'fix', repair: this.#repair, prepared };
    const { does, risk, beware } = prepared.fix;
    const title = `${name}  ${ITEMS[prepared.finding.item].title}`;
    const about = [title, `${does} Risk: ${risk}. ${beware}`.trim()];
    return { event: 'planned', plan: shownPlan('fix', about, prepared.pieces) };
  }

  async #prepareUndo(path: string): Promise<RepairEvent> {
    const { target } = await this.#look();
    // It locks the disk.
    await this.close();
    const planned = await planUndo(path, target.wholePath);
    this.#plan = { kind: 'undo', planned };
    const back = planned.fixes.flatMap(({ pieces }) =>
      pieces.map((piece) => ({ ...piece, before: piece.after, after: piece.before })),
    );
    const about = [path, ...planned.fixes.map(({ fix, does }) => `Takes back ${fix}: ${does}`)];
    return { event: 'planned', plan: shownPlan('undo', about, back) };
  }

  async #write(): Promise<RepairEvent> {
    const plan = this.#plan;
    this.#plan = undefined;
    if (!plan) throw new Refusal('nothing-prepared', 'There is nothing to be written.', '');
    if (plan.kind === 'undo') {
      const { planned } = plan;
      await undoFixes(planned, false);
      const said = [`${plural(planned.fixes.length, 'fix', 'fixes')} undone, written and read back.`];
      return { ...(await this.#checked()), event: 'written', said, undoFile: undefined };
    }
    const { repair, prepared } = plan;
    const { now, notes } = await repair.apply(prepared);
    const name = findingName(prepared.finding);
    const state = now === undefined ? 'not needed any more' : STATE_WORDS[now.state];
    return {
      event: 'written',
      check: shownCheck(repair.target, repair.result, undefined),
      said: [`${name} is written, read back, and checked again: ${state}.`, ...notes],
      undoFile: repair.undoPath && resolve(repair.undoPath),
    };
  }

  async #checked(): Promise<{ readonly check: ShownCheck }> {
    const checked = await this.#check();
    if (checked.event !== 'checked') throw new Error('a check has given something else');
    return checked;
  }

  async #look(): Promise<{ readonly target: BootTarget; readonly surroundings: Surroundings }> {
    if (!this.#known) {
      const target = await bootTarget(this.#path);
      this.#known = { target, surroundings: await gatherSurroundings(target.facts, {}) };
    }
    return this.#known;
  }
}

const shownCheck = (
  target: BootTarget,
  { context, findings }: CheckResult,
  unfinished: string | undefined,
): ShownCheck => ({
  device: target.wholePath,
  sizeBytes: target.facts.sizeBytes,
  verdict: verdictOf(context.system, findings),
  findings: findings.map(findingJson),
  unfinished,
});

/** A log of NTFS that is emptied has millions of bytes; nobody looks at more than this. */
const MOST_SHOWN_BYTES = 2 ** 18;

function shownPlan(kind: ShownPlan['kind'], does: readonly string[], pieces: readonly Piece[]): ShownPlan {
  let left = MOST_SHOWN_BYTES;
  const shown: Piece[] = [];
  let moreBytes = 0;
  for (const piece of pieces) {
    const take = Math.min(left, piece.after.length);
    if (take > 0)
      shown.push({ ...piece, before: piece.before.subarray(0, take), after: piece.after.subarray(0, take) });
    left -= take;
    moreBytes += piece.after.length - take;
  }
  return { kind, does, pieces: shown.map(pieceJson), moreBytes };
}
