import { join } from 'node:path';

/** What is in the folder of a job. */
export interface JobFiles {
  /** Who source and target are, options, state. */
  readonly record: string;
  /** The events, thinned out. */
  readonly log: string;
  /** Held by the process that works on the job. */
  readonly lock: string;
  /** The report of the last run. */
  readonly report: string;
  /** The map, unless it lies elsewhere. */
  readonly map: string;
  /** Checksums of what was read from the source. */
  readonly sums: string;
  readonly smartBefore: string;
  readonly smartAfter: string;
}

/** The files of the job in `folder`. */
export function jobFiles(folder: string): JobFiles {
  return {
    record: join(folder, 'job.json'),
    log: join(folder, 'events.ndjson'),
    lock: join(folder, 'lock'),
    report: join(folder, 'report.json'),
    map: join(folder, 'rescue.map'),
    sums: join(folder, 'checksums'),
    smartBefore: join(folder, 'smart-before.json'),
    smartAfter: join(folder, 'smart-after.json'),
  };
}
