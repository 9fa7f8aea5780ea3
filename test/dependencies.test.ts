import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const SRC = resolve(import.meta.dirname, '../src');

/** The rooms from the door to the cellar: a file may import from its own room and from those below it. */
const ROOMS = [
  'main.ts',
  'cli',
  'tui',
  'telling',
  'jobs',
  'rescue',
  'clone',
  'archive',
  'boot',
  'probe',
  'partition',
  'registry',
  'fat',
  'ntfs',
  'block',
  'text',
] as const;

/** Rooms that must stay pure: no file system, no processes, no screen, no globals of the machine. */
const PURE_ROOMS = new Set(['telling', 'rescue', 'boot', 'partition', 'registry', 'fat', 'ntfs', 'text']);

interface Import {
  readonly from: string;
  readonly to: string;
}

function imports(): Import[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((name) => {
    const source = readFileSync(join(SRC, name), 'utf8');
    // A string that says 'from' is no import.
    const found = source.matchAll(/(?<!')(?:from|import)\s*\(?\s*'([^']+)'/g);
    return [...found].map(([, to]) => ({ from: name, to: to as string }));
  });
}

const roomOf = (file: string): string => file.split('/')[0] as string;

test('dependencies point downwards, and every room is in the list', () => {
  const all = imports();
  assert.ok(all.length > 20, `only ${all.length} imports were found: the scan itself is broken`);
  for (const { from, to } of all) {
    const depth = ROOMS.indexOf(roomOf(from) as (typeof ROOMS)[number]);
    assert.notEqual(depth, -1, `src/${from} is in no known room`);
    if (!to.startsWith('.')) continue;
    const target = relative(SRC, resolve(SRC, dirname(from), to));
    const targetDepth = ROOMS.indexOf(roomOf(target) as (typeof ROOMS)[number]);
    assert.ok(targetDepth >= depth, `src/${from} reaches up to src/${target}`);
  }
});

test('the pure rooms touch neither files nor processes', () => {
  for (const { from, to } of imports()) {
    if (!PURE_ROOMS.has(roomOf(from))) continue;
    assert.ok(to.startsWith('.'), `src/${from} is in a pure room but imports ${to}`);
  }
});
