import { bytesText, percentText, plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { PAGE_SCRIPT } from './map-page-script.ts';
import { PAGE_STYLE } from './map-page-style.ts';
import { FATES, fateSums, fateWords, type MapPortrait } from './map-portrait.ts';
import { type DamagedFile, worstFirst } from './map-report.ts';
import { mapSvg } from './map-svg.ts';
import { markup, scriptJson } from './markup.ts';

/** The smallest thing that the page shows; the same on every disk, since maps do not tell the size of sectors. */
const SECTOR_BYTES = 512;
const AREAS_LISTED = 500;
/** Nothing from outside is ever loaded, whatever a file name may try. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * The map as one page that needs nothing beside it: the whole source, down to single sectors, and the files that were
 * hit where there is a report. Without scripts, and on paper, it is a still picture and its lists.
 */
export function mapPage(portrait: MapPortrait): string {
  const { title, map, report } = portrait;
  const sums = fateSums(map);
  const files = worstFirst(report?.files ?? []);
  const runs = [...map.runs()];
  const data = {
    size: map.sizeBytes,
    sector: SECTOR_BYTES,
    lengths: runs.map(({ start, end }) => end - start),
    statuses: runs.map(({ status }) => status).join(''),
    words: FATES.map((fate) => fateWords(fate, report)),
    files: files.map((file) => ({
      name: safeText(nameOf(file)),
      count: file.pieceCount,
      pieces: file.pieces.map(({ start, length, fileOffset = -1 }) => [start, length, fileOffset]),
    })),
  };
  const about = [bytesText(map.sizeBytes), report?.source, report?.label && `volume “${report.label}”`];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${markup(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1><bdi>${markup(title)}</bdi></h1>
<p class="dim"><bdi>${markup(about.filter(Boolean).join('  ·  '))}</bdi></p>
<ul class="sums">${sums
    .map(
      ({ fate, bytes, areas }) =>
        `<li class="${fate}">${markup(fateWords(fate, report))}<b>${markup(percentText(bytes, map.sizeBytes))}</b>` +
        `<span class="dim">${bytesText(bytes)} in ${plural(areas, 'area')}</span></li>`,
    )
    .join('')}</ul>
<section id="live" hidden aria-label="Map to zoom into">
<canvas id="strip" aria-hidden="true"></canvas>
<div class="bar controls">
<button id="in" type="button" title="+ or Enter">Zoom in</button>
<button id="out" type="button" title="- or Backspace">Zoom out</button>
<button id="all" type="button" title="Home or 0">Whole source</button>
<button id="previous" type="button" title="p">Previous damage</button>
<button id="next" type="button" title="n">Next damage</button>
<span id="where" class="where dim"></span>
</div>
<canvas id="grid" tabindex="0" role="application" aria-describedby="tell"
 aria-label="Cells of the source: arrows move, Enter zooms in, Backspace zooms out, n and p go to damage"></canvas>
<div id="tell" role="status" aria-live="polite"></div>
<div id="pieces" class="bar"></div>
<ul class="legend">
<li><i style="background:var(--saved)"></i>saved</li><li><i style="background:var(--partly)"></i>partly saved</li>
<li><i style="background:var(--untried)"></i>${markup(fateWords('untried', report))}</li>
<li><i style="background:var(--failed)"></i>failed, to be tried again (/)</li>
<li><i style="background:var(--bad)"></i>bad (×)</li>
</ul>
<p class="dim controls">Double-click a cell to zoom in. With the map in focus: arrows, <kbd>Enter</kbd> and
<kbd>Backspace</kbd> to zoom, <kbd>Home</kbd> for the whole, <kbd>n</kbd> and <kbd>p</kbd> for damage, <kbd>Page Up</kbd>
and <kbd>Page Down</kbd>.</p>
</section>
<div id="still">${mapSvg(portrait)}</div>
<noscript><style>#still{display:block}</style></noscript>
${filesSection(files, portrait)}
${areasSection(portrait)}
</main>
<script id="data" type="application/json">${scriptJson(data)}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

const nameOf = ({ path, stream }: DamagedFile): string => (stream === '' ? path : `${path}:${stream}`);

function filesSection(files: readonly DamagedFile[], { report }: MapPortrait): string {
  if (report === undefined) {
    return '<p class="dim">Whose the bad sectors were is not known here: the page was made without a report.</p>';
  }
  if (files.length === 0) return '<h2>Files</h2><p>No file is known to be hit.</p>';
  const rows = files.map(
    (file, i) =>
      `<tr data-file="${i}"><td><button type="button"><bdi>${markup(nameOf(file))}</bdi></button></td>` +
      `<td>${markup(file.recordLost ? 'record lost' : whatIs(file))}</td>` +
      `<td class="n">${bytesText(file.lostBytes)}</td><td class="n">${file.sizeBytes > 0 ? bytesText(file.sizeBytes) : ''}</td>` +
      `<td class="n">${file.pieceCount}</td></tr>`,
  );
  const more =
    report.omittedFiles > 0
      ? `<p class="dim">${plural(report.omittedFiles, 'file')} more are not named in the report.</p>`
      : '';
  return `<h2 id="files-title">Files that were hit</h2>
<p class="controls"><input id="search" type="search" placeholder="Part of a name" aria-label="Show files with this in their name"></p>
<div class="scroll"><table id="files" aria-labelledby="files-title">
<thead><tr><th>Name</th><th>What</th><th class="n">Lost</th><th class="n">Size</th><th class="n">Places</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>${more}`;
}

function whatIs({ kind, attribute }: DamagedFile): string {
  if (kind === 'file') return attribute === '$DATA' ? 'file' : `file, ${attribute}`;
  return kind === 'directory' ? 'folder' : 'system';
}

function areasSection({ map }: MapPortrait): string {
  const areas = map.bytesWith('-', '*', '/');
  if (areas.isEmpty) return '';
  const rows: string[] = [];
  for (const { start, end } of areas) {
    if (rows.length >= AREAS_LISTED) break;
    const first = Math.floor(start / SECTOR_BYTES);
    const last = Math.ceil(end / SECTOR_BYTES) - 1;
    rows.push(
      `<tr data-start="${start}" data-length="${end - start}"><td><button type="button">0x${start.toString(16).toUpperCase()}</button></td>` +
        `<td class="n">${start}</td><td class="n">${end - start}</td><td class="n">${first}${last > first ? ` to ${last}` : ''}</td></tr>`,
    );
  }
  const more =
    areas.count > rows.length
      ? `<p class="dim">The first ${rows.length} of ${areas.count}; <code>lifeboat map FILE --list</code> lists all.</p>`
      : '';
  return `<h2 id="areas-title">Damaged areas</h2>
<div class="scroll"><table id="areas" aria-labelledby="areas-title">
<thead><tr><th>At</th><th class="n">Byte</th><th class="n">Bytes</th><th class="n">Sectors of ${SECTOR_BYTES}</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>${more}`;
}
