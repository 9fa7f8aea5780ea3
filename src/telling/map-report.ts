/** What a picture of a map takes from the report of a rescue (docs/report.md). */
export interface MapReport {
  readonly sizeBytes: number;
  /** Path, model and serial number of the source, as far as they are known. */
  readonly source: string;
  /** The volume's name; undefined when it has none, or is not known. */
  readonly label: string | undefined;
  /** Everything was decided: what was not tried is not needed. */
  readonly isFinished: boolean;
  readonly files: readonly DamagedFile[];
  readonly omittedFiles: number;
}

export interface DamagedFile {
  readonly path: string;
  readonly stream: string;
  readonly attribute: string;
  readonly kind: string;
  readonly sizeBytes: number;
  readonly lostBytes: number;
  readonly recordLost: boolean;
  readonly pieces: readonly LostStretch[];
  readonly pieceCount: number;
}

export interface LostStretch {
  readonly start: number;
  readonly length: number;
  /** In the file; undefined when that is not known. */
  readonly fileOffset: number | undefined;
}

/** People's files before folders and system files, lost ones before hurt ones, then by bytes lost. */
export function worstFirst(files: readonly DamagedFile[]): DamagedFile[] {
  const rank = ({ kind, recordLost }: DamagedFile): number =>
    ['system', 'directory', 'file'].indexOf(kind) * 2 + Number(recordLost);
  return [...files].sort((a, b) => rank(b) - rank(a) || b.lostBytes - a.lostBytes);
}

type Json = Readonly<Record<string, unknown>>;

const FORMAT = 1;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textIn = (value: Json, name: string): string => {
  const found = value[name];
  return typeof found === 'string' ? found : '';
};
const bytesIn = (value: Json, name: string): number => {
  const found = value[name];
  return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0 ? found : 0;
};
const objectsIn = (value: Json, name: string): Json[] => {
  const found = value[name];
  return Array.isArray(found) ? found.filter(isObject) : [];
};

/** Reads a report; what is wrong with it as the end of a sentence when it is none. */
export function parseMapReport(text: string): MapReport | string {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch (error) {
    return `it is not JSON: ${(error as Error).message}`;
  }
  if (!isObject(report) || !isObject(report.source)) return 'it has no "source"';
  if (report.format !== FORMAT) return `its format is ${JSON.stringify(report.format)}, expected ${FORMAT}`;
  const { source } = report;
  const damage = isObject(report.damage) ? report.damage : {};
  const label = isObject(report.volume) ? textIn(report.volume, 'label') : '';
  return {
    sizeBytes: bytesIn(source, 'sizeBytes'),
    source: ['path', 'model', 'serial']
      .map((name) => textIn(source, name))
      .filter(Boolean)
      .join(', '),
    label: label === '' ? undefined : label,
    isFinished: ['saved', 'losses'].includes(textIn(report, 'verdict')),
    files: objectsIn(damage, 'files').map(fileOf),
    omittedFiles: bytesIn(damage, 'omittedFiles'),
  };
}

function fileOf(file: Json): DamagedFile {
  return {
    path: textIn(file, 'path'),
    stream: textIn(file, 'stream'),
    attribute: textIn(file, 'attribute'),
    kind: textIn(file, 'kind'),
    sizeBytes: bytesIn(file, 'sizeBytes'),
    lostBytes: bytesIn(file, 'lostBytes'),
    recordLost: file.recordLost === true,
    pieces: objectsIn(file, 'pieces').map((piece) => ({
      start: bytesIn(piece, 'volumeOffset'),
      length: bytesIn(piece, 'length'),
      fileOffset: piece.fileOffset === undefined ? undefined : bytesIn(piece, 'fileOffset'),
    })),
    pieceCount: bytesIn(file, 'pieceCount'),
  };
}
