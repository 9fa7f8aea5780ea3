import type { FileSystemFacts, PathFacts } from '../block/path-facts.ts';
import { liveSystem } from './live-system.ts';

/** Whether files there are in memory: in the live image all that is not mounted from a drive is. */
export const isInMemory = ({ fileSystem, hostDevice }: FileSystemFacts, env = process.env): boolean =>
  fileSystem === 'tmpfs' ||
  fileSystem === 'ramfs' ||
  (fileSystem === 'overlay' && hostDevice === undefined && liveSystem(env) !== undefined);

/** What is to be said of a copy that would be gone with the next start, as a sentence; nothing of any other. */
export function memoryNotes(path: string, facts: PathFacts): string[] {
  if (facts.kind !== 'file' && facts.kind !== 'missing') return [];
  return isInMemory(facts)
    ? [`${path} lies in memory, not on a drive: it is lost when the computer is switched off.`]
    : [];
}
