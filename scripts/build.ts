/**
 * Makes `dist/lifeboat`, one executable with Node inside, and `dist/THIRD-PARTY-LICENSES.txt`. Needs no network.
 * The same sources give the same bytes, in whatever folder. Does nothing when it would make the same again;
 * `--force` makes it all the same. `--entry FILE --output FILE` build another program in the same way.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './build/bundle.ts';
import { licenceTexts } from './build/licences.ts';
import { seedNode } from './build/node-base.ts';

const ROOT = resolve(import.meta.dirname, '..');
const CACHE = join(ROOT, 'node_modules/.cache/lifeboat');
const PKG = join(ROOT, 'node_modules/@yao-pkg/pkg/lib-es5/bin.js');

const { values } = parseArgs({
  options: {
    entry: { type: 'string', default: join(ROOT, 'src/main.ts') },
    output: { type: 'string', default: join(ROOT, 'dist/lifeboat') },
    force: { type: 'boolean', default: false },
  },
});
const output = resolve(values.output);
const stamp = join(CACHE, `${createHash('sha256').update(output).digest('hex').slice(0, 16)}.stamp`);

const { code, inputs } = await bundle(resolve(values.entry), ROOT).catch(() => {
  // What is wrong was printed where it was found.
  process.exit(1);
});
const sources = createHash('sha256')
  .update(code)
  .update(process.version)
  .update(readFileSync(PKG))
  .digest('hex');

if (!values.force && isUpToDate()) {
  console.log(`${output} is up to date`);
} else {
  const begun = performance.now();
  mkdirSync(dirname(output), { recursive: true });
  mkdirSync(CACHE, { recursive: true });
  const licences = join(dirname(output), 'THIRD-PARTY-LICENSES.txt');
  writeFileSync(licences, licenceTexts(inputs, ROOT));
  // Written beside the old one and put in its place: a running program keeps its own file.
  pack(code, `${output}.new`);
  renameSync(`${output}.new`, output);
  writeFileSync(stamp, describeBuild());
  const megabytes = Math.round(statSync(output).size / 1e6);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${output}: ${megabytes} MB, made in ${seconds} s; licences in ${licences}`);
}

function isUpToDate(): boolean {
  return existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === describeBuild();
}

/** What went in, and what came out: a file that was touched afterwards is made again. */
function describeBuild(): string {
  const { size, mtimeMs } = statSync(output);
  return `${sources} ${size} ${mtimeMs}\n`;
}

function pack(bundled: string, executable: string): void {
  const { home, target } = seedNode(CACHE);
  // The path of the bundle ends up in the executable, so it must not depend on where the project lies.
  const folder = join('/tmp', `lifeboat-${sources}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'lifeboat.cjs');
  writeFileSync(file, bundled);
  try {
    // Pkg looks for its cache in the home folder; this one holds all that it would fetch.
    execFileSync(process.execPath, [PKG, '--sea', file, '--targets', target, '--output', executable], {
      env: { ...process.env, HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
