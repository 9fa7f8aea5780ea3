import type { MapCell } from '../rescue/map-cells.ts';
import { bytesText, percentText, plural } from '../text/quantity.ts';
import { type FateSum, fateSums, fateWords, type MapPortrait, portraitCells } from './map-portrait.ts';
import { worstFirst } from './map-report.ts';
import { markup } from './markup.ts';

const WIDTH = 960;
const MARGIN = 32;
const COLUMNS = 64;
const ROWS = 24;
const STEP = 13;
const CELL = 11.5;
const GRID_LEFT = WIDTH - MARGIN - COLUMNS * STEP;
const LABELLED_ROWS = 4;
const FILES_SHOWN = 12;
const LONGEST_PATH = 96;

/** Colours that stay apart for all eyes and in grey, too: the worse, the darker, and with a sign of its own. */
const FILL = {
  saved: '#3aa675',
  partly: '#a8d8bf',
  untried: '#e3e8ee',
  failed: '#f0a92e',
  bad: '#b3173a',
  text: '#1c2733',
  dim: '#5b6b7b',
  line: '#cfd8e0',
} as const;

const GROUPS: readonly { readonly cell: MapCell; readonly fill: string }[] = [
  { cell: '+', fill: FILL.saved },
  { cell: '~', fill: FILL.partly },
  { cell: '?', fill: FILL.untried },
  { cell: '*', fill: FILL.failed },
  { cell: '-', fill: FILL.bad },
];

/** The map as a picture of its own, for a report or a wall: sums, the whole source in cells, the worst files. */
export function mapSvg({ title, map, report }: MapPortrait): string {
  const sums = fateSums(map);
  const cells = portraitCells(map, COLUMNS * ROWS);
  const cellBytes = map.sizeBytes / cells.length;
  const parts: string[] = [];
  const text = (x: number, y: number, words: string, look = ''): void => {
    parts.push(`<text x="${x}" y="${y}"${look}>${markup(words)}</text>`);
  };

  text(MARGIN, 52, title, ' font-size="24" font-weight="600"');
  const about = [bytesText(map.sizeBytes), report?.source, report?.label && `volume “${report.label}”`];
  text(MARGIN, 76, about.filter(Boolean).join('  ·  '), ` fill="${FILL.dim}"`);

  parts.push(...barParts(sums, map.sizeBytes, 96));
  let x = MARGIN;
  for (const { fate, bytes, areas } of sums) {
    if (bytes === 0) continue;
    parts.push(
      `<rect x="${x}" y="132" width="12" height="12" rx="2.5" fill="${FILL[fate]}"/>${sign(fate, x, 132, 12)}`,
    );
    text(x + 18, 142.5, fateWords(fate, report), ' font-weight="600"');
    text(x + 18, 161, `${bytesText(bytes)}, ${percentText(bytes, map.sizeBytes)}`, ` fill="${FILL.dim}"`);
    text(x + 18, 178, plural(areas, 'area'), ` fill="${FILL.dim}"`);
    x += 224;
  }

  const top = 206;
  for (let row = 0; row < ROWS; row += LABELLED_ROWS) {
    const label = row === 0 ? '0' : bytesText(row * COLUMNS * cellBytes);
    text(
      GRID_LEFT - 10,
      top + row * STEP + 9.5,
      label,
      ` text-anchor="end" font-size="11" fill="${FILL.dim}"`,
    );
  }
  const place = (i: number): [number, number] => [
    GRID_LEFT + (i % COLUMNS) * STEP,
    top + Math.floor(i / COLUMNS) * STEP,
  ];
  for (const { cell, fill } of GROUPS) {
    const shapes: string[] = [];
    const signs: string[] = [];
    cells.forEach((each, i) => {
      if (each !== cell) return;
      const [left, up] = place(i);
      shapes.push(`M${left} ${up}h${CELL}v${CELL}h-${CELL}z`);
      if (cell === '-') signs.push(cross(left, up, CELL));
      if (cell === '*') signs.push(slash(left, up, CELL));
    });
    if (shapes.length === 0) continue;
    parts.push(`<path fill="${fill}" d="${shapes.join('')}"/>`);
    if (signs.length > 0) parts.push(strokes(signs.join('')));
  }
  cells.forEach((cell, i) => {
    if (cell !== '-' && cell !== '*') return;
    const [left, up] = place(i);
    const [from, to] = [Math.floor(i * cellBytes), Math.ceil((i + 1) * cellBytes)];
    const words = `${cell === '-' ? 'bad sectors' : 'failed reads'} between byte ${from} and ${to}`;
    parts.push(
      `<rect x="${left}" y="${up}" width="${CELL}" height="${CELL}" fill-opacity="0"><title>${words}</title></rect>`,
    );
  });

  let y = top + ROWS * STEP + 20;
  text(GRID_LEFT, y, `one cell is ${bytesText(Math.ceil(cellBytes))}`, ` font-size="12" fill="${FILL.dim}"`);
  if (cells.includes('~')) {
    parts.push(
      `<rect x="${WIDTH - MARGIN - 200}" y="${y - 10}" width="12" height="12" rx="2.5" fill="${FILL.partly}"/>`,
    );
    text(WIDTH - MARGIN - 182, y, 'partly saved, the rest untried', ` font-size="12" fill="${FILL.dim}"`);
  }
  if (report !== undefined) {
    y += 34;
    const files = worstFirst(report.files).slice(0, FILES_SHOWN);
    const hit = report.files.length + report.omittedFiles;
    text(
      MARGIN,
      y,
      hit === 0
        ? 'No file is known to be hit'
        : `Hit: ${plural(hit, 'file, folder or stream', 'files, folders and streams')}`,
      ' font-size="15" font-weight="600"',
    );
    for (const { path, stream, lostBytes, recordLost } of files) {
      y += 21;
      const lost = recordLost ? 'record lost' : bytesText(lostBytes);
      text(MARGIN + 84, y, lost, ' text-anchor="end" font-weight="600"');
      text(MARGIN + 100, y, shortened(stream === '' ? path : `${path}:${stream}`));
    }
    if (hit > files.length) {
      y += 21;
      text(MARGIN + 100, y, `and ${plural(hit - files.length, 'more', 'more')}`, ` fill="${FILL.dim}"`);
    }
  }

  const height = y + 28;
  const described = sums
    .map(({ fate, bytes }) => `${fateWords(fate, report)}: ${bytesText(bytes)}`)
    .join('; ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}"`,
    ` role="img" aria-label="${markup(`Map of a rescue: ${title}`)}" font-family="system-ui, 'Segoe UI', Roboto,`,
    ` 'DejaVu Sans', sans-serif" font-size="13" fill="${FILL.text}">`,
    `<title>${markup(title)}</title><desc>${markup(described)}</desc>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** One bar for the whole source; what is there at all is at least a pixel and a half wide. */
function barParts(sums: readonly FateSum[], sizeBytes: number, y: number): string[] {
  const width = WIDTH - 2 * MARGIN;
  const wide = sums.map(({ bytes }) => (bytes === 0 ? 0 : Math.max(1.5, (bytes / sizeBytes) * width)));
  const scale = width / wide.reduce((sum, each) => sum + each, 0);
  let x = MARGIN;
  const rects = sums.map(({ fate }, i) => {
    const each = (wide[i] ?? 0) * scale;
    const rect = `<rect x="${x.toFixed(2)}" y="${y}" width="${each.toFixed(2)}" height="18" fill="${FILL[fate]}"/>`;
    x += each;
    return each === 0 ? '' : rect;
  });
  return [
    `<clipPath id="bar"><rect x="${MARGIN}" y="${y}" width="${width}" height="18" rx="5"/></clipPath>`,
    `<g clip-path="url(#bar)">${rects.join('')}</g>`,
  ];
}

/** The sign on a swatch: what colours say, said again without them. */
function sign(fate: FateSum['fate'], x: number, y: number, size: number): string {
  if (fate === 'bad') return strokes(cross(x, y, size));
  return fate === 'failed' ? strokes(slash(x, y, size)) : '';
}

const strokes = (d: string): string =>
  `<path d="${d}" stroke="#fff" stroke-width="1.6" stroke-linecap="round" fill="none"/>`;

function cross(x: number, y: number, size: number): string {
  const inner = size - 7;
  return `M${x + 3.5} ${y + 3.5}l${inner} ${inner}m0 -${inner}l-${inner} ${inner}`;
}

function slash(x: number, y: number, size: number): string {
  const inner = size - 6;
  return `M${x + 3} ${y + 3 + inner}l${inner} -${inner}`;
}

/** The end of a path tells more than its begin. */
function shortened(path: string): string {
  const characters = [...path];
  return characters.length <= LONGEST_PATH ? path : `…${characters.slice(-LONGEST_PATH).join('')}`;
}
