import { readFile } from 'node:fs/promises';
import { readBootId } from '../block/boot-id.ts';
import { errnoName } from '../block/errno.ts';
import { type DamagedHolder, type DamageSummary, worstHolders, worstItems } from '../rescue/damage.ts';
import type { RescueResult } from '../rescue/events.ts';
import type { CheckedTarget } from '../rescue/verify.ts';
import { count, FieldError, list, object, oneOf, parseJson, string } from '../text/json-fields.ts';
import { rootOf } from './drive/drive-place.ts';
import type { Verdict } from './job-events.ts';
import { jobFiles } from './job-files.ts';
import { loadRecord } from './job-load.ts';
import type { PlacedRecord } from './job-record.ts';
import { Refusal } from './refusal.ts';
import { placesNow } from './report-places.ts';

/** What a report tells people. */
export interface LoadedReport {
  /** The report as it is, for other programs. */
  readonly text: string;
  /** Where source, copy and map are now, as far as the job knows; absolute but in reports of no job that is known. */
  readonly source: string;
  readonly target: string;
  readonly map: string;
  /** The kernel's number of the source's disk as it was attached then; undefined after another start of the system. */
  readonly sourceSequence?: number;
  /** Why the copy cannot be looked into now, as a sentence. */
  readonly away?: string;
  readonly ended: RescueResult & { readonly verdict: Verdict };
  /** With every file that is hurt; undefined for a run that ended early. */
  readonly damage: DamageSummary | undefined;
  /** What comparing the copy has shown; undefined when that was not done. */
  readonly verify: CheckedTarget | undefined;
  /** Every file that is hurt, with its holes, in the order of `damage.items`. */
  readonly files: readonly DamagedHolder[];
}

/** Reads the report of the job in `folder`. Throws a `Refusal` when there is none, or one that cannot be trusted. */
export async function loadReport(folder: string): Promise<LoadedReport> {
  const path = jobFiles(folder).report;
  const advice = 'lifeboat resume writes a new one when its run ends.';
  try {
    const report = parseReport(await readFile(path, 'utf8'));
    const loaded = await loadRecord(folder);
    if (loaded.kind !== 'record') return report;
    const { record } = loaded;
    const sourceSequence = sequenceIn(record, await readBootId());
    return {
      ...report,
      ...(await placesNow(report, record)),
      ...(sourceSequence !== undefined && { sourceSequence }),
      text: withoutPlaceOf(record, report.text),
    };
  } catch (error) {
    if (error instanceof FieldError) {
      throw new Refusal('damaged-report', `The report ${path} is damaged: ${error.message}.`, advice);
    }
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    const why = errno === 'ENOENT' ? 'no run of this job has ended yet' : `it cannot be read (${errno})`;
    throw new Refusal('no-report', `There is no report ${path}: ${why}.`, advice);
  }
}

/** The number of the source's attachment; see `endOf`. */
function sequenceIn({ source: { attachment } }: PlacedRecord, bootId: string): number | undefined {
  const [boot, sequence] = attachment?.split(' ') ?? [];
  return boot === bootId ? Number(sequence) : undefined;
}

/** Earlier versions told where the drive of the copy was mounted, for as long as the rescue ran. */
function withoutPlaceOf({ target: { on } }: PlacedRecord, text: string): string {
  return on === undefined ? text : text.replaceAll(`"${rootOf(on.path)}/`, `"${on.path}:/`);
}

function parseReport(text: string): LoadedReport {
  const fields = object(parseJson(text), 'the report');
  if (fields.format !== 1) throw new FieldError('it is of a form that this version does not know');
  const pathOf = (name: string): string => string(object(fields[name], name).path, `${name}.path`);
  const verdict = oneOf(fields.verdict, 'verdict', ['saved', 'losses', 'stopped', 'source-gone', 'failed']);
  return {
    text,
    source: pathOf('source'),
    target: pathOf('target'),
    map: string(fields.map, 'map'),
    ended: { ...resultOf(fields.result), verdict },
    damage: fields.damage === undefined ? undefined : damageOf(fields.damage),
    verify: fields.verify === undefined ? undefined : verifyOf(fields.verify),
    files: fields.damage === undefined ? [] : worstHolders(holdersOf(fields.damage)),
  };
}

function verifyOf(value: unknown): CheckedTarget {
  const fields = object(value, 'verify');
  for (const name of ['checkedBytes', 'uncheckedBytes', 'differentBytes'] as const) {
    count(fields[name], `verify.${name}`);
  }
  return fields as unknown as CheckedTarget;
}

const SUMS = [
  'domainBytes',
  'savedBytes',
  'badBytes',
  'badAreas',
  'missingBytes',
  'undecidedBytes',
  'unmarkedBytes',
  'reads',
  'failedReads',
] as const;

function resultOf(value: unknown): RescueResult {
  const fields = object(value, 'result');
  for (const name of SUMS) count(fields[name], `result.${name}`);
  if (typeof fields.elapsedMs !== 'number') throw new FieldError('result.elapsedMs is no number');
  if (fields.interruption !== undefined) {
    string(object(fields.interruption, 'result.interruption').kind, 'result.interruption.kind');
  }
  return fields as unknown as RescueResult;
}

const COUNTS = [
  'damagedFiles',
  'lostFiles',
  'damagedDirectories',
  'damagedSystemFiles',
  'unhurtFiles',
  'freeBytes',
  'unknownBytes',
] as const;

function damageOf(value: unknown): DamageSummary {
  const fields = object(value, 'damage');
  for (const name of COUNTS) count(fields[name], `damage.${name}`);
  if (typeof fields.traced !== 'boolean') throw new FieldError('damage.traced is not true or false');
  for (const note of list(fields.notes, 'damage.notes')) string(note, 'damage.notes');
  const { files: _, ...summary } = fields;
  return { ...(summary as unknown as DamageSummary), items: worstItems(holdersOf(value)) };
}

const holdersOf = (damage: unknown): DamagedHolder[] =>
  list(object(damage, 'damage').files, 'damage.files').map(holderOf);

function holderOf(value: unknown): DamagedHolder {
  const fields = object(value, 'damage.files');
  for (const name of ['path', 'stream', 'attribute'] as const) string(fields[name], `damage.files.${name}`);
  for (const name of ['sizeBytes', 'lostBytes', 'pieceCount'] as const) {
    count(fields[name], `damage.files.${name}`);
  }
  oneOf(fields.kind, 'damage.files.kind', ['file', 'directory', 'system']);
  for (const piece of list(fields.pieces, 'damage.files.pieces')) {
    const { fileOffset } = object(piece, 'damage.files.pieces');
    if (fileOffset !== undefined) count(fileOffset, 'damage.files.pieces.fileOffset');
  }
  return fields as unknown as DamagedHolder;
}
