import { DOS_ATTRIBUTE } from '../ntfs/file-details.ts';
import type { ReparsePoint } from '../ntfs/reparse-point.ts';
import { safeText } from '../text/safe.ts';

/** A file as it is listed. */
export interface ListedFile {
  /** From the root of the volume. */
  readonly path: string;
  /** As it is shown. */
  readonly name: string;
  readonly record: number;
  readonly type: 'file' | 'folder' | 'link';
  readonly sizeBytes: number;
  readonly modifiedMs: number | undefined;
  readonly createdMs: number | undefined;
  readonly attributes: number | undefined;
  readonly reparse: ReparsePoint | undefined;
  /** What is wrong with its record. */
  readonly problem: string | undefined;
  /** Bytes of content that are missing, those of alternate streams included; undefined when not known. */
  readonly missingBytes: number | undefined;
  readonly streams: readonly ListedStream[];
}

interface ListedStream {
  readonly name: string;
  readonly sizeBytes: number;
  readonly missingBytes: number | undefined;
}

const SIZE_COLUMNS = 14;
const DATE_COLUMNS = 16;

/**
 * The lines for a file: type, `!` when it is damaged, size, date, name, and what is wrong. With `long` also attributes,
 * record number and alternate streams.
 */
export function listedLines(file: ListedFile, long: boolean): string[] {
  const isDamaged = file.problem !== undefined || (file.missingBytes ?? 0) > 0;
  const columns = [
    `${TYPES[file.type]}${isDamaged ? '!' : ' '}`,
    ...(long ? [attributesText(file.attributes), String(file.record).padStart(8)] : []),
    (file.type === 'folder' ? '-' : String(file.sizeBytes)).padStart(SIZE_COLUMNS),
    dateText(file.modifiedMs),
    nameText(file),
  ];
  const wrong = [file.problem, missingText(file.missingBytes)].filter((text) => text !== undefined);
  const tail = wrong.length > 0 ? `  [${wrong.join('; ')}]` : '';
  const lines = [`${columns.join('  ')}${tail}`];
  for (const stream of long ? file.streams : []) {
    const blank = ' '.repeat(2 + 2 + 8 + 2 + 8);
    const size = String(stream.sizeBytes).padStart(SIZE_COLUMNS);
    const missing = missingText(stream.missingBytes);
    const name = safeText(`${file.name}:${stream.name}`);
    lines.push(
      `${blank}  ${size}  ${' '.repeat(DATE_COLUMNS)}  ${name}${missing === undefined ? '' : `  [${missing}]`}`,
    );
  }
  return lines;
}

/** The same for programs, as one JSON object. */
export function listedJson(file: ListedFile): string {
  const { reparse } = file;
  return JSON.stringify({
    path: file.path,
    record: file.record,
    type: file.type,
    sizeBytes: file.sizeBytes,
    modified: isoDate(file.modifiedMs),
    created: isoDate(file.createdMs),
    attributes: file.attributes,
    reparse: reparse && { tag: reparse.tag, kind: reparse.kind, target: reparse.target },
    problem: file.problem,
    missingBytes: file.missingBytes,
    streams: file.streams,
  });
}

const TYPES: Record<ListedFile['type'], string> = { file: '-', folder: 'd', link: 'l' };

function nameText(file: ListedFile): string {
  const { name, reparse, type } = file;
  if (type === 'link' && reparse?.target !== undefined) return safeText(`${name} -> ${reparse.target}`);
  return safeText(type === 'folder' ? `${name}/` : name);
}

function missingText(bytes: number | undefined): string | undefined {
  return bytes === undefined || bytes === 0 ? undefined : `${bytes} bytes missing`;
}

/** `RHSA` and more, a letter or a dash each; question marks when not known. */
function attributesText(attributes: number | undefined): string {
  return LETTERS.map(([letter, bit]) => {
    if (attributes === undefined) return '?';
    return (attributes & bit) !== 0 ? letter : '-';
  }).join('');
}

const LETTERS: readonly (readonly [string, number])[] = [
  ['R', DOS_ATTRIBUTE.READ_ONLY],
  ['H', DOS_ATTRIBUTE.HIDDEN],
  ['S', DOS_ATTRIBUTE.SYSTEM],
  ['A', DOS_ATTRIBUTE.ARCHIVE],
  ['C', DOS_ATTRIBUTE.COMPRESSED],
  ['E', DOS_ATTRIBUTE.ENCRYPTED],
  ['P', DOS_ATTRIBUTE.SPARSE],
  ['L', DOS_ATTRIBUTE.REPARSE],
];

/** Local time, to the minute. */
function dateText(milliseconds: number | undefined): string {
  const date = dateOf(milliseconds);
  if (date === undefined) return '-'.padEnd(DATE_COLUMNS);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
    .slice(0, DATE_COLUMNS)
    .padEnd(DATE_COLUMNS);
}

const isoDate = (milliseconds: number | undefined): string | undefined => dateOf(milliseconds)?.toISOString();

function dateOf(milliseconds: number | undefined): Date | undefined {
  const date = milliseconds === undefined ? undefined : new Date(milliseconds);
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}
