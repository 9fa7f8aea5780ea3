import { plural } from '../../text/quantity.ts';
import type { HealthFigure, HealthReason } from './health.ts';
import { numberAt } from './json.ts';

/** What SCSI and SAS disks tell: grown defects, and errors that could not be corrected. */

const REPLACE = 'Save what matters from it soon, and replace it.';
const DIRECTIONS = ['read', 'write', 'verify'] as const;

const uncorrected = (json: unknown, direction: string): number | undefined =>
  numberAt(json, 'scsi_error_counter_log', direction, 'total_uncorrected_errors');

export function scsiReasons(json: unknown): HealthReason[] {
  const reasons: HealthReason[] = [];
  const grown = numberAt(json, 'scsi_grown_defect_list') ?? 0;
  if (grown > 0) {
    reasons.push({
      code: 'grown-defects',
      verdict: 'worn',
      message: `${plural(grown, 'bad place has', 'bad places have')} been taken out of use since the disk was made.`,
      advice: REPLACE,
    });
  }
  const unread = uncorrected(json, 'read') ?? 0;
  if (unread > 0) {
    reasons.push({
      code: 'uncorrected-reads',
      verdict: 'worn',
      message: `${plural(unread, 'time')} the disk could not read something, whatever it tried.`,
      advice: REPLACE,
    });
  }
  return reasons;
}

export function scsiFigures(json: unknown): HealthFigure[] {
  const grown = numberAt(json, 'scsi_grown_defect_list');
  const figures: HealthFigure[] = grown === undefined ? [] : [{ name: 'grown_defects', value: grown }];
  for (const direction of DIRECTIONS) {
    const value = uncorrected(json, direction);
    if (value !== undefined) figures.push({ name: `uncorrected_${direction}_errors`, value });
  }
  return figures;
}
