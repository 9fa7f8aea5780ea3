import { plural } from '../../text/quantity.ts';
import type { HealthFigure, HealthReason } from './health.ts';
import { dig, numberAt } from './json.ts';

/** What the health log of an NVMe disk means: NVM Express specification, SMART / Health Information. */

const LOG = 'nvme_smart_health_information_log';
const COPY_FIRST = 'Save what matters from it now, and use it for nothing else.';

/** The bits of `critical_warning`. */
const WARNINGS: readonly HealthReason[] = [
  {
    code: 'nvme-spare-low',
    verdict: 'failing',
    message: 'The disk has used up its spare memory: it can replace no more bad parts.',
    advice: COPY_FIRST,
  },
  {
    code: 'nvme-temperature',
    verdict: 'good',
    message: 'The disk says that its temperature is outside of what it can stand.',
    advice: 'Give it air before you go on.',
  },
  {
    code: 'nvme-unreliable',
    verdict: 'failing',
    message: 'The disk says of itself that it is no longer reliable.',
    advice: COPY_FIRST,
  },
  {
    code: 'nvme-read-only',
    verdict: 'failing',
    message: 'The disk has made itself read-only, to save what is on it.',
    advice: COPY_FIRST,
  },
  {
    code: 'nvme-backup-failed',
    verdict: 'worn',
    message: 'The part of the disk that saves its cache in a power cut has failed.',
    advice: 'Save what matters from it soon, and replace it.',
  },
];

export function nvmeReasons(json: unknown): HealthReason[] {
  const log = dig(json, LOG);
  const reasons: HealthReason[] = [];
  const warning = numberAt(log, 'critical_warning') ?? 0;
  for (const [bit, reason] of WARNINGS.entries()) if ((warning & (1 << bit)) !== 0) reasons.push(reason);
  const spare = numberAt(log, 'available_spare');
  const least = numberAt(log, 'available_spare_threshold');
  if (spare !== undefined && least !== undefined && spare < least && (warning & 1) === 0) {
    reasons.push({
      code: 'nvme-spare-low',
      verdict: 'failing',
      message: `Only ${spare} % of the spare memory is left; the maker's limit is ${least} %.`,
      advice: COPY_FIRST,
    });
  }
  const errors = numberAt(log, 'media_errors') ?? 0;
  if (errors > 0) {
    reasons.push({
      code: 'media-errors',
      verdict: 'worn',
      message: `${plural(errors, 'time')} the disk could not give back what was stored (media errors).`,
      advice: 'Save what matters from it soon, and replace it.',
    });
  }
  return reasons;
}

const FIGURES = [
  'critical_warning',
  'available_spare',
  'available_spare_threshold',
  'percentage_used',
  'media_errors',
  'num_err_log_entries',
  'unsafe_shutdowns',
  'data_units_read',
  'data_units_written',
];

export function nvmeFigures(json: unknown): HealthFigure[] {
  return FIGURES.flatMap((name) => {
    const value = numberAt(json, LOG, name);
    return value === undefined ? [] : [{ name, value }];
  });
}

/** The share of its life that the maker promised, in percent. */
export const nvmeWear = (json: unknown): number | undefined => numberAt(json, LOG, 'percentage_used');
