import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/** What the program uses of blessed, and what these need themselves. */
const WIDGETS = ['Node', 'Screen', 'Element', 'Box', 'Text', 'ScrollableBox', 'ScrollableText', 'Log'];

/** Terminal descriptions that blessed brings along and looks for beside its own files at run time. */
const DESCRIPTIONS = ['linux', 'xterm', 'xterm-256color'];

/**
 * Makes blessed fit for a bundle: it loads its widgets by names made up at run time, and reads terminal
 * descriptions from its own folder, which is not there any more. Fails when blessed has changed underneath.
 */
export const blessedPlugin: Plugin = {
  name: 'blessed',
  setup(build) {
    build.onLoad({ filter: /\/blessed\/lib\/widget\.js$/ }, () => ({
      contents: WIDGETS.map(
        (name) =>
          `exports.${name} = exports.${name.toLowerCase()} = require('./widgets/${name.toLowerCase()}');`,
      ).join('\n'),
      loader: 'js',
    }));
    build.onLoad({ filter: /\/blessed\/lib\/tput\.js$/ }, ({ path }) => ({
      contents: withDescriptions(readFileSync(path, 'utf8'), join(dirname(path), '../usr')),
      loader: 'js',
    }));
  },
};

function withDescriptions(source: string, folder: string): string {
  const texts = DESCRIPTIONS.map(
    (name) => `${JSON.stringify(name)}: ${JSON.stringify(readFileSync(join(folder, name), 'base64'))}`,
  );
  const reading = 'data = fs.readFileSync(file);';
  if (source.split(reading).length !== 2) {
    throw new Error(`blessed's tput.js no longer reads descriptions with "${reading}"`);
  }
  // Its own files are asked for by a path with `/../usr/`; everything else is the system's, read from there.
  const own = `data = term.indexOf('/../usr/') >= 0 && BUNDLED[path.basename(file)]
    ? Buffer.from(BUNDLED[path.basename(file)], 'base64') : fs.readFileSync(file);`;
  return `${source.replace(reading, own)}\nvar BUNDLED = {${texts.join(', ')}};\n`;
}
