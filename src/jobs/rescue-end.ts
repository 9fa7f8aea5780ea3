import { RangeSet } from '../block/range-set.ts';
import type { OpenSource } from '../block/source-device.ts';
import { describeDamage } from '../rescue/damage.ts';
import type { RescueResult } from '../rescue/events.ts';
import type { Rescue } from '../rescue/rescue.ts';
import type { PlacedJob } from './drive/placed-job.ts';
import type { EngineHost } from './engine-host.ts';
import type { GptFix } from './gpt-fix.ts';
import type { DoneEvent, EndpointFacts, Verdict } from './job-events.ts';
import type { Prepared } from './prepare.ts';
import { writeReport } from './report.ts';
import { closed } from './target-close.ts';
import type { VerifiedRun } from './verify-run.ts';

/** Places in which a target differs that the last event names. */
const MOST_DIFFERENT = 1000;
/** A target that hangs may take so long to be closed; who has stopped the run waits less. */
export const CLOSE_MS = 10_000;
const STOPPED_CLOSE_MS = 1000;

/** What is done with the target at the end. */
export interface LastDeeds {
  readonly fixTable: () => Promise<GptFix | undefined>;
  /** The error with which it was closed, if that failed. */
  readonly close: (patienceMs: number) => Promise<string | undefined>;
}

/** Tells what was lost, closes the target and writes the report. */
export async function finish(
  { spec, told }: PlacedJob,
  host: EngineHost,
  rescue: Rescue,
  { result: ran, verify }: VerifiedRun,
  prepared: Prepared,
  { fixTable, close }: LastDeeds,
): Promise<DoneEvent> {
  // A stopped run ends at once; what it lost is told when it is finished.
  const decided = ran.interruption === undefined;
  // What was left alone is as lost as what was tried.
  const lost = rescue.map.bytesWith('-', '/', '*').intersect(rescue.plan?.domain ?? RangeSet.EMPTY);
  if (decided && !lost.isEmpty) host.emit({ event: 'phase', phase: 'report', stage: undefined, pass: 1 });
  const damage = decided
    ? await orNote(host, 'Which files were hit cannot be told', () =>
        describeDamage(rescue.savedView(), lost, rescue.plan),
      )
    : undefined;
  const gptFix = decided
    ? await orNote(host, 'The partition table of the target could not be fixed', fixTable)
    : undefined;
  const result = closed(ran, await close(decided ? CLOSE_MS : STOPPED_CLOSE_MS));
  const verdict = verdictOf(result);
  const source = endpoint(prepared.source);
  const { targetEndpoint: target, job } = prepared;
  const basis = {
    spec,
    source,
    target,
    result,
    verify,
    verdict,
    plan: rescue.plan,
    lost,
    damage,
    gptFix,
    told,
  };
  const written: string[] = [];
  for (const path of [spec.report, job?.reportPath]) {
    if (path === undefined) continue;
    await orNote(host, `The report ${path} could not be written`, async () => {
      await writeReport(path, basis);
      written.push(path);
    });
  }
  return {
    event: 'done',
    ...result,
    verdict,
    damage: damage?.summary,
    verify: verify && { ...verify, different: verify.different.slice(0, MOST_DIFFERENT) },
    cells: rescue.progress().cells,
    map: spec.map,
    report: written[0],
    job: job?.folder,
  };
}

/** The rescue is over and its result stands, whatever happens to what is told about it. */
export async function orNote<T>(
  host: EngineHost,
  what: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    host.emit({ event: 'note', message: `${what}: ${(error as Error).message}.` });
    return undefined;
  }
}

function verdictOf(result: RescueResult): Verdict {
  const { interruption } = result;
  const isWhole = result.savedBytes === result.domainBytes && result.missingBytes === 0;
  if (!interruption) return isWhole ? 'saved' : 'losses';
  if (interruption.kind === 'stopped' || interruption.kind === 'source-gone') return interruption.kind;
  return 'failed';
}

/** What events tell of a source. */
export const endpoint = (source: OpenSource): EndpointFacts => ({
  path: source.path,
  kind: source.facts.kind,
  sizeBytes: source.sizeBytes,
  model: source.facts.kind === 'block' ? source.facts.model : undefined,
  serial: source.facts.kind === 'block' ? source.facts.serial : undefined,
});
