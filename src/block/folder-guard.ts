import type { PathFacts } from './path-facts.ts';
import { type Refusal, refusal } from './refusal.ts';
import { overlap, relationsOf } from './relations.ts';

/**
 * Why nothing may be written into the folder `folder` while `source` is read; undefined when it may. A folder that is
 * still to be made counts as the one in which it will be.
 */
export async function checkFolder(source: PathFacts, folder: PathFacts): Promise<Refusal | undefined> {
  const from = await relationsOf(source);
  const to = await relationsOf(folder);
  if (!overlap(from.own, to.deep)) return undefined;
  return refusal(
    'destination-on-source',
    `The destination ${folder.path} lies on the disk of the source ${source.path}.`,
    'Choose a folder on another drive: a dying disk must not be written to.',
  );
}
