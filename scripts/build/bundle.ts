import { build } from 'esbuild';
import { blessedPlugin } from './blessed-plugin.ts';

/** One file with the program and all packages that it uses. */
export interface Bundle {
  readonly code: string;
  /** The files that are in it, relative to the root of the project. */
  readonly inputs: readonly string[];
}

/**
 * Bundles a program into CommonJS: that is what a single executable starts from, and some of the packages are
 * only there as ES modules. There is no `await` outside of functions in it.
 */
export async function bundle(entry: string, root: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
    // Inside the executable no module has a place of its own; who needs one asks `isSea` first.
    plugins: [blessedPlugin],
    define: { 'import.meta.url': '"file:///lifeboat"' },
    // A warning about what cannot work in a bundle is a defect that only the finished program would show.
    logOverride: { 'empty-import-meta': 'error' },
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`${entry}: the bundle is empty`);
  return { code: output.text, inputs: Object.keys(metafile.inputs) };
}
