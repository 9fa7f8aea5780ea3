import { relative, resolve } from 'node:path';
import type { CheckedTarget } from '../rescue/verify.ts';
import {
  boolean,
  count,
  date,
  FieldError,
  list,
  object,
  oneOf,
  parseJson,
  path,
  shown,
  string,
} from '../text/json-fields.ts';
import type { Verdict } from './job-events.ts';
import type { JobEnd } from './job-identity.ts';
import type { JobSpec } from './job-spec.ts';

/** What a job goes on with: all of its specification but who and where, and answers given for one run. */
export type JobOptions = Omit<
  JobSpec,
  'source' | 'target' | 'map' | 'on' | 'job' | 'overwrite' | 'force' | 'waitSeconds' | 'detached'
>;

/** How far the last run came. */
export interface JobProgress {
  readonly domainBytes: number;
  readonly savedBytes: number;
  readonly badBytes: number;
  readonly badAreas: number;
}

/** What the last look at the target has shown. */
export type VerifiedRecord = Pick<
  CheckedTarget,
  'checkedBytes' | 'uncheckedBytes' | 'differentBytes' | 'cache'
> & {
  /** ISO 8601. */
  readonly at: string;
  /** A run has begun since then: what it has shown may not be so any more. */
  readonly isOlder?: true;
};

/** What of a look at the target is remembered. */
export function verifiedOf(checked: CheckedTarget): VerifiedRecord {
  const { checkedBytes, uncheckedBytes, differentBytes, cache } = checked;
  return { at: new Date().toISOString(), checkedBytes, uncheckedBytes, differentBytes, cache };
}

/** What a job knows of itself: the content of its `job.json`. What became of each sector is in the map alone. */
export interface JobRecord {
  /** Raised when a field changes its meaning. */
  readonly format: 1;
  /** Version of the program that wrote it. */
  readonly lifeboat: string;
  /** ISO 8601. */
  readonly created: string;
  readonly updated: string;
  readonly source: JobEnd;
  readonly target: JobEnd;
  /** Absolute, where it was when the job last ran. */
  readonly map: string;
  /** The map lies in the drive of the target, and its path is one in it. */
  readonly mapOnDrive?: true;
  /** Label of the volume; missing when it has none, or before it was read. */
  readonly label?: string;
  readonly options: JobOptions;
  readonly runs: number;
  /** `running` until a run has told its verdict; a crash leaves it so. */
  readonly state: 'running' | Verdict;
  readonly progress?: JobProgress;
  readonly verified?: VerifiedRecord;
  /** A look at the target has found something else there; no run has gone on since. */
  readonly takenOver?: true;
}

/** The text of a `job.json`. Paths in and beside the folder are kept relative to it too: drives change their place. */
export function formatRecord(record: JobRecord, folder: string): string {
  const { source, target, map, mapOnDrive } = record;
  const way = (path: string): string => relative(folder, path);
  const near = {
    ...(source.kind === 'file' && { source: way(source.path) }),
    ...(target.kind === 'file' && target.on === undefined && { target: way(target.path) }),
    ...(!mapOnDrive && { map: way(map) }),
  };
  return `${JSON.stringify({ ...record, near }, undefined, 1)}\n`;
}

/** A record with the places where its files may be now, by their way from the job's folder. */
export interface PlacedRecord extends JobRecord {
  readonly near: { readonly source?: string; readonly target?: string; readonly map?: string };
}

/** Reads a `job.json` of the job in `folder`. Throws a `FieldError` for everything that is not one. */
export function parseRecord(text: string, folder: string): PlacedRecord {
  const fields = object(parseJson(text), 'a record');
  if (fields.format !== 1)
    throw new FieldError(`its format is ${shown(fields.format)}, this version knows 1`);
  const near = fields.near === undefined ? {} : object(fields.near, 'near');
  const nearPath = (name: string): string | undefined =>
    near[name] === undefined ? undefined : resolve(folder, string(near[name], `near.${name}`));
  const [nearSource, nearTarget, nearMap] = [nearPath('source'), nearPath('target'), nearPath('map')];
  const progress = fields.progress === undefined ? undefined : progressOf(fields.progress);
  return {
    format: 1,
    lifeboat: string(fields.lifeboat, 'lifeboat'),
    created: date(fields.created, 'created'),
    updated: date(fields.updated, 'updated'),
    source: endOf(fields.source, 'source'),
    target: endOf(fields.target, 'target'),
    map: path(fields.map, 'map'),
    ...(fields.mapOnDrive === true && { mapOnDrive: true }),
    ...(fields.label !== undefined && { label: string(fields.label, 'label') }),
    options: optionsOf(fields.options),
    runs: count(fields.runs, 'runs'),
    state: oneOf(fields.state, 'state', STATES),
    ...(progress !== undefined && { progress }),
    ...(fields.verified !== undefined && { verified: verifiedIn(fields.verified) }),
    ...(fields.takenOver === true && { takenOver: true }),
    near: {
      ...(nearSource !== undefined && { source: nearSource }),
      ...(nearTarget !== undefined && { target: nearTarget }),
      ...(nearMap !== undefined && { map: nearMap }),
    },
  };
}

function verifiedIn(value: unknown): VerifiedRecord {
  const fields = object(value, 'verified');
  return {
    at: date(fields.at, 'verified.at'),
    checkedBytes: count(fields.checkedBytes, 'verified.checkedBytes'),
    uncheckedBytes: count(fields.uncheckedBytes, 'verified.uncheckedBytes'),
    differentBytes: count(fields.differentBytes, 'verified.differentBytes'),
    cache: oneOf(fields.cache, 'verified.cache', ['direct', 'emptied', 'cached']),
    ...(fields.isOlder === true && { isOlder: true }),
  };
}

const STATES: readonly JobRecord['state'][] = [
  'running',
  'saved',
  'losses',
  'stopped',
  'source-gone',
  'failed',
];

/** Checks each option; those that an older version did not know take what they mean when they are not said. */
function optionsOf(value: unknown): JobOptions {
  const fields = object(value, 'options');
  const first = list(fields.first, 'options.first');
  return {
    report: fields.report === undefined ? undefined : path(fields.report, 'options.report'),
    fill: oneOf(fields.fill, 'options.fill', ['marker', 'zero', 'keep']),
    allSectors: boolean(fields.allSectors, 'options.allSectors'),
    first: first.map((pattern) => string(pattern, 'options.first')),
    retries: count(fields.retries, 'options.retries'),
    keepTimeouts:
      fields.keepTimeouts === undefined ? false : boolean(fields.keepTimeouts, 'options.keepTimeouts'),
    minRate: fields.minRate === undefined ? undefined : count(fields.minRate, 'options.minRate'),
    physicalSectorBytes:
      fields.physicalSectorBytes === undefined
        ? undefined
        : count(fields.physicalSectorBytes, 'options.physicalSectorBytes'),
    verify: fields.verify === undefined ? false : boolean(fields.verify, 'options.verify'),
    hopeless: oneOf(fields.hopeless, 'options.hopeless', ['try', 'leave', 'ask']),
    fixGpt: oneOf(fields.fixGpt ?? 'no', 'options.fixGpt', ['yes', 'no', 'ask']),
  };
}

/** Reads one end of a job. Throws a `FieldError`. */
export function endOf(value: unknown, name: string): JobEnd {
  const fields = object(value, name);
  const text = (key: string): string | undefined =>
    fields[key] === undefined ? undefined : string(fields[key], `${name}.${key}`);
  const number = (key: string): number | undefined =>
    fields[key] === undefined ? undefined : count(fields[key], `${name}.${key}`);
  const [model, serial, volumeSerial] = [text('model'), text('serial'), text('volumeSerial')];
  const [backingFile, attachment] = [text('backingFile'), text('attachment')];
  const [partitionNumber, partitionStartBytes] = [number('partitionNumber'), number('partitionStartBytes')];
  return {
    path: path(fields.path, `${name}.path`),
    kind: oneOf(fields.kind, `${name}.kind`, ['block', 'file']),
    sizeBytes: count(fields.sizeBytes, `${name}.sizeBytes`),
    ...(model !== undefined && { model }),
    ...(serial !== undefined && { serial }),
    ...(partitionNumber !== undefined && { partitionNumber }),
    ...(partitionStartBytes !== undefined && { partitionStartBytes }),
    ...(volumeSerial !== undefined && { volumeSerial }),
    ...(backingFile !== undefined && { backingFile }),
    ...(attachment !== undefined && { attachment }),
    ...(fields.on !== undefined && { on: endOf(fields.on, `${name}.on`) }),
  };
}

function progressOf(value: unknown): JobProgress {
  const fields = object(value, 'progress');
  return {
    domainBytes: count(fields.domainBytes, 'progress.domainBytes'),
    savedBytes: count(fields.savedBytes, 'progress.savedBytes'),
    badBytes: count(fields.badBytes, 'progress.badBytes'),
    badAreas: count(fields.badAreas, 'progress.badAreas'),
  };
}
