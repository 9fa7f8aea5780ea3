import { describePath } from './device-facts.ts';
import type { BlockFacts, FileFacts } from './path-facts.ts';

/**
 * The file or block device that standard input (0) or output (1) of this process is, whose name a shell's redirection
 * has hidden; undefined for a pipe, a terminal, and a file that has no name any more.
 */
export async function describeStandardStream(descriptor: 0 | 1): Promise<FileFacts | BlockFacts | undefined> {
  const facts = await describePath(`/proc/self/fd/${descriptor}`);
  if (facts.kind !== 'file' && facts.kind !== 'block') return undefined;
  return { ...facts, path: facts.realPath };
}
