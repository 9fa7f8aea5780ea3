import { describePath } from '../block/device-facts.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { Refusal } from './refusal.ts';

/**
 * Checks where a map or report is to be written: a file, new or old, in a folder that exists, and neither the source
 * nor the target under another name. Throws a `Refusal`.
 */
export async function checkSidePath(
  what: 'map' | 'report',
  path: string,
  source: PathFacts,
  target: PathFacts,
): Promise<void> {
  const facts = await describePath(path);
  const advice = `Name another file with --${what}.`;
  const refuse = (why: string): never => {
    throw new Refusal(`bad-${what}`, `The ${what} cannot be written to ${path}: ${why}.`, advice);
  };
  if (facts.kind === 'missing') {
    if (!facts.parentExists) refuse(`the folder ${facts.parent} does not exist`);
    return;
  }
  if (facts.kind !== 'file') {
    refuse(
      facts.kind === 'other'
        ? `it is ${facts.what}`
        : `it is a ${facts.kind === 'block' ? 'disk' : 'folder'}`,
    );
    return;
  }
  for (const [name, other] of [
    ['source', source],
    ['target', target],
  ] as const) {
    if (other.kind === 'file' && other.dev === facts.dev && other.ino === facts.ino)
      refuse(`it is the ${name}`);
  }
}
