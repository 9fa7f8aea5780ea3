import { appendFileSync, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { BYSTANDER_TOOLS } from './live-bystanders.ts';
import { LIVE_TOOLS } from './live-rig.ts';
import { missing } from './tools.ts';

const DIST = resolve(import.meta.dirname, '../../dist');

/** The live image as people get it. */
export const IMAGE = resolve(DIST, 'lifeboat.iso');
/** The same, packed in seconds and larger: `make test` makes it. */
export const QUICK_IMAGE = resolve(DIST, 'quick/lifeboat.iso');
/** Where both are built; the fonts that are in the image are needed to read the screen. */
export const WORK = resolve(DIST, 'iso');

const needs = { tools: [...LIVE_TOOLS, ...BYSTANDER_TOOLS], root: true } as const;

/** For the `skip` option of the one test that every run of the tests makes. */
export const skipQuick: string | false = existsSync(QUICK_IMAGE)
  ? missing(needs)
  : `NOT TESTED: there is no ${QUICK_IMAGE}; make quick-iso makes it, or says why it cannot`;

/** For the `skip` option of tests that take long: virtual machines without KVM take minutes each. */
export const skipLong: string | false =
  process.env.LIFEBOAT_TEST_ISO !== 'all'
    ? 'NOT TESTED: virtual machines take long; run: make test-iso'
    : existsSync(IMAGE)
      ? missing(needs)
      : `NOT TESTED: there is no ${IMAGE}; run: make iso`;

/** Writes a line of the table that `make test-iso` prints in the end. */
export function record(area: string, what: string, result: string): void {
  appendFileSync(resolve(DIST, 'test-iso.tsv'), `${[area, what, result].join('\t')}\n`);
}
