import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of one test's own; disposing of it removes it. */
export interface Scratch extends AsyncDisposable {
  /** The path of a file in it. */
  path(name: string): string;
}

/** Makes a folder that no other test sees. */
export async function scratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-e2e-'));
  return {
    path: (name) => join(folder, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
