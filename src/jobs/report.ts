import { replaceFile } from '../block/durable-file.ts';
import type { RangeSet } from '../block/range-set.ts';
import type { Damage } from '../rescue/damage.ts';
import type { RescueResult } from '../rescue/events.ts';
import { partitionFacts } from '../rescue/partition-facts.ts';
import type { RescuePlan } from '../rescue/plan.ts';
import type { CheckedTarget } from '../rescue/verify.ts';
import { VERSION } from '../text/version.ts';
import type { GptFix } from './gpt-fix.ts';
import type { EndpointFacts, Verdict } from './job-events.ts';
import type { JobSpec } from './job-spec.ts';

/** What a report is made from. */
export interface ReportBasis {
  readonly spec: JobSpec;
  readonly source: EndpointFacts;
  readonly target: EndpointFacts;
  readonly verdict: Verdict;
  readonly result: RescueResult;
  readonly plan: RescuePlan | undefined;
  readonly lost: RangeSet;
  /** Undefined when the target was not looked at again. */
  readonly verify: CheckedTarget | undefined;
  /** Undefined for a run that ended early. */
  readonly damage: Damage | undefined;
  /** Undefined when the target's partition table was left as it is. */
  readonly gptFix: GptFix | undefined;
  /** Paths in a text as people know them: a drive is mounted for the job alone, and gone with it. */
  readonly told: (text: string) => string;
}

/** Form of the report, raised when a field changes its meaning. */
const FORMAT = 1;

/**
 * Writes the report: one JSON object (docs/report.md has its fields). Byte offsets count from the start of the source;
 * `fileOffset` from the start of the file's stream.
 */
export async function writeReport(path: string, basis: ReportBasis): Promise<void> {
  const { spec, source, target, verdict, result, verify, plan, lost, damage, gptFix, told } = basis;
  const report = {
    format: FORMAT,
    lifeboat: VERSION,
    verdict,
    source,
    target,
    map: spec.map,
    volume: plan?.survey && {
      label: plan.survey.label,
      serial: plan.survey.boot.serial,
      clusterBytes: plan.survey.boot.clusterBytes,
      version: plan.survey.version,
      dirty: plan.survey.dirty,
      hibernated: plan.survey.hibernated,
      notes: plan.notes,
    },
    disk: plan?.table && {
      scheme: plan.table.scheme,
      id: plan.table.diskId,
      sectorBytes: plan.table.sectorBytes,
      problems: plan.table.problems,
      partitions: partitionFacts(plan),
      notes: plan.notes,
    },
    gptFix,
    result,
    verify,
    badSectors: [...lost].map(({ start, end }) => ({ start, length: end - start })),
    damage: damage && {
      ...damage.summary,
      items: undefined,
      files: damage.owners.files,
      omittedFiles: damage.owners.omittedFiles,
      omittedBytes: damage.owners.omittedBytes,
    },
  };
  await replaceFile(path, Buffer.from(`${told(JSON.stringify(report, undefined, 1))}\n`));
}
