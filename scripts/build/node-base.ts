import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Lays the running Node, stripped, where pkg looks for one that it has fetched and verified before. Returns the
 * folder to show it as home, and the exact target to ask for: a version that is not exact has pkg ask the network.
 */
export function seedNode(cache: string): { home: string; target: string } {
  const name = `node-${process.version}-linux-x64`;
  const home = join(cache, 'home');
  const store = join(home, '.pkg-cache/sea');
  const node = join(store, name, 'bin/node');
  if (!existsSync(`${node}.ok`)) {
    mkdirSync(join(store, name, 'bin'), { recursive: true });
    copyFileSync(process.execPath, `${node}.new`);
    execFileSync('strip', [`${node}.new`]);
    renameSync(`${node}.new`, node);
    for (const mark of [`${name}.tar.gz`, `${name}.tar.gz.ok`]) writeFileSync(join(store, mark), '');
    writeFileSync(`${node}.ok`, '');
  }
  return { home, target: `node${process.version.slice(1)}-linux-x64` };
}
