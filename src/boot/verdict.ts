import type { BootSystem } from './boot-system.ts';
import type { Finding } from './finding.ts';

/** What all findings together mean for the start of Windows. */
export type BootVerdict =
  /** Nothing speaks against it. */
  | 'boots'
  /** Something speaks against it. */
  | 'fails'
  /** Too much could not be checked. */
  | 'unknown'
  /** There is neither a Windows nor a loader. */
  | 'no-windows';

/** Items without which nothing can be said when they could not be read. */
const DECISIVE: ReadonlySet<string> = new Set(['M1', 'M4', 'G1', 'X1', 'F1', 'B2', 'E1']);

/** Judges the findings of a disk. */
export function verdictOf(system: BootSystem, findings: readonly Finding[]): BootVerdict {
  const isLocked = findings.some(({ item, state }) => item === 'X1' && state === 'unknown');
  if (system.installs.length === 0 && system.loaders.length === 0 && !isLocked) return 'no-windows';
  if (findings.some(({ state }) => state === 'failing')) return 'fails';
  const isOpen = findings.some(({ item, state }) => state === 'unknown' && DECISIVE.has(item));
  return isOpen || system.platform === 'volume' ? 'unknown' : 'boots';
}
