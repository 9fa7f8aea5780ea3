import { basename, join } from 'node:path';
import { describePath } from '../block/device-facts.ts';
import { checkFolder } from '../block/folder-guard.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { Refusal } from './refusal.ts';

/** A file that a job writes beside its target. */
export interface SidePath {
  readonly what: 'map' | 'report';
  readonly path: string;
}

/**
 * Checks where map and report are to be written: files, new or old, in folders that exist; not the source, the target
 * or each other under another name; and not on the disk of the source. Throws a `Refusal`.
 */
export async function checkSidePaths(
  sides: readonly SidePath[],
  source: PathFacts,
  target: PathFacts,
): Promise<void> {
  const taken = new Map([
    [placeOf(source), 'the source'],
    [placeOf(target), 'the target'],
  ]);
  for (const { what, path } of sides) {
    const facts = await describePath(path);
    const why = (await unfit(facts, source, target)) ?? sameAs(taken, facts);
    if (why) {
      const advice = `Name another file with --${what}.`;
      throw new Refusal(`bad-${what}`, `The ${what} cannot be written to ${path}: ${why}.`, advice);
    }
    const place = placeOf(facts);
    taken.set(place, `the ${what}`);
    // A map is written aside before it takes its name.
    if (what !== 'map') continue;
    taken.set(`${place}.new`, 'the place where the map is prepared');
    taken.set(`${place}.copy`, 'the place for a copy of the map');
    taken.set(`${place}.room`, 'the place where room is kept for the map');
  }
}

/** What speaks against writing there, whatever the other files are. */
async function unfit(facts: PathFacts, source: PathFacts, target: PathFacts): Promise<string | undefined> {
  if (facts.kind === 'missing' && !facts.parentExists) return `the folder ${facts.parent} does not exist`;
  if (facts.kind === 'other') return `it is ${facts.what}`;
  if (facts.kind === 'block') return 'it is a disk';
  if (facts.kind === 'directory') return 'it is a folder';
  for (const [name, other] of [
    ['source', source],
    ['target', target],
  ] as const) {
    // Hard links have places of their own.
    const isSame =
      facts.kind === 'file' && other.kind === 'file' && other.dev === facts.dev && other.ino === facts.ino;
    if (isSame) return `it is the ${name}`;
  }
  const onSource = await checkFolder(source, facts);
  return onSource && 'it lies on the disk of the source, which must not be written to';
}

function sameAs(taken: ReadonlyMap<string, string>, facts: PathFacts): string | undefined {
  const other = taken.get(placeOf(facts));
  return other && `it is ${other}`;
}

/** One name for each place, whatever way a path takes to it. */
function placeOf(facts: PathFacts): string {
  if (facts.kind === 'missing') return join(facts.parent, basename(facts.path));
  return facts.kind === 'other' ? facts.path : facts.realPath;
}
