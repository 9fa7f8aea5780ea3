import type { PathFacts } from '../block/path-facts.ts';
import { soldText } from '../text/quantity.ts';

/** `/dev/sdb (2.0 TB, Samsung T7, serial S5T1)`: names of devices are easily mixed up. Of a file only its path. */
export function targetWords(path: string, facts: PathFacts): string {
  if (facts.kind !== 'block') return path;
  const { sizeBytes, model, serial } = facts;
  const known = [soldText(sizeBytes), model, serial && `serial ${serial}`].filter(Boolean);
  return `${path} (${known.join(', ')})`;
}
