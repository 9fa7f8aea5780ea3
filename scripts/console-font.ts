import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { dashboardFont } from './console-font/dashboard-font.ts';
import { formatPsf, parsePsf } from './console-font/psf.ts';

/**
 * Makes a console font for the dashboard: letters of a font of Debian, and everything that charts and maps are drawn
 * with. No font that exists has both block elements and Braille, and a console shows 512 glyphs at most.
 *
 *     node scripts/console-font.ts LETTERS.psf.gz OUT.psf
 */
const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  process.stderr.write('usage: node scripts/console-font.ts LETTERS.psf.gz OUT.psf\n');
  process.exit(2);
}
writeFileSync(to, formatPsf(dashboardFont(parsePsf(gunzipSync(readFileSync(from))))));
