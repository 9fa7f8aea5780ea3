import { ATTRIBUTE, type Attribute } from './attribute.ts';
import { dataOf, fileAttributes, type OpenVolume } from './file-attributes.ts';
import { type FileContent, fileContent, lostContent } from './file-content.ts';
import type { FileRecord } from './file-record.ts';
import { u32 } from './little-endian.ts';
import { parseReparsePoint, type ReparsePoint } from './reparse-point.ts';
import { windowsTime } from './windows-time.ts';

/** One $DATA attribute of a file. */
export interface FileStream {
  /** Empty for the file's own content. */
  readonly name: string;
  readonly encrypted: boolean;
  readonly compressed: boolean;
  readonly sparse: boolean;
  /** False when the record that tells the size is lost: the content may go on behind its end. */
  readonly sizeKnown: boolean;
  readonly content: FileContent;
}

/** What the records of a file tell of it. */
export interface FileDetails {
  /** DOS attributes such as `DOS_ATTRIBUTE.HIDDEN`; 0 when not known. */
  readonly attributes: number;
  /** Milliseconds since 1970; see `windowsTime`. */
  readonly createdMs: number | undefined;
  readonly modifiedMs: number | undefined;
  readonly accessedMs: number | undefined;
  readonly reparse: ReparsePoint | undefined;
  /** The file's own content first; folders have none as a rule. */
  readonly streams: readonly FileStream[];
}

/** DOS attributes (specification), as $STANDARD_INFORMATION keeps them. */
export const DOS_ATTRIBUTE = {
  READ_ONLY: 0x1,
  HIDDEN: 0x2,
  SYSTEM: 0x4,
  ARCHIVE: 0x20,
  NORMAL: 0x80,
  SPARSE: 0x200,
  REPARSE: 0x400,
  COMPRESSED: 0x800,
  OFFLINE: 0x1000,
  ENCRYPTED: 0x4000,
} as const;

const DATA_COMPRESSED = 0x00ff;
const DATA_ENCRYPTED = 0x4000;
const DATA_SPARSE = 0x8000;
const MAX_REPARSE_BYTES = 16_384;
/** A file of Windows has at most some thousand streams. */
const MAX_STREAMS = 10_000;

const WANTED: ReadonlySet<number> = new Set([
  ATTRIBUTE.STANDARD_INFORMATION,
  ATTRIBUTE.DATA,
  ATTRIBUTE.REPARSE_POINT,
]);

/**
 * Reads what a file is and where its content lies, from its base record and its extension records.
 * `toldBytes` is the size that its folder tells, for a file of which the record with the size is lost.
 */
export async function fileDetails(
  volume: OpenVolume,
  base: FileRecord,
  toldBytes: number,
): Promise<FileDetails> {
  const attributes = await fileAttributes(volume, base, (type) => WANTED.has(type));
  const standard = attributes.find((one) => one.type === ATTRIBUTE.STANDARD_INFORMATION);
  const value = standard?.resident ? standard.value : new Uint8Array(0);
  return {
    attributes: u32(value, 32),
    createdMs: windowsTime(value, 0),
    modifiedMs: windowsTime(value, 8),
    accessedMs: windowsTime(value, 24),
    reparse: await reparseOf(volume, attributes),
    streams: streamsOf(volume, base, attributes, toldBytes),
  };
}

async function reparseOf(
  volume: OpenVolume,
  attributes: readonly Attribute[],
): Promise<ReparsePoint | undefined> {
  const data = dataOf(attributes.filter((one) => one.type === ATTRIBUTE.REPARSE_POINT));
  if (data === undefined) return undefined;
  const content = fileContent(volume, data);
  const { bytes, holes } = await content.read(0, Math.min(MAX_REPARSE_BYTES, content.sizeBytes));
  return holes.length > 0 ? undefined : parseReparsePoint(bytes);
}

/** The $DATA attributes of a file, its own content first; content of lost size when a record may be missing. */
export function streamsOf(
  volume: OpenVolume,
  base: FileRecord,
  attributes: readonly Attribute[],
  toldBytes: number,
): FileStream[] {
  const byName = new Map<string, Attribute[]>();
  for (const one of attributes) {
    if (one.type !== ATTRIBUTE.DATA) continue;
    const known = byName.get(one.name);
    if (known !== undefined) known.push(one);
    else if (byName.size < MAX_STREAMS) byName.set(one.name, [one]);
  }
  const streams = [...byName].flatMap(([name, fragments]) => {
    const stream = streamOf(volume, name, fragments, toldBytes);
    return stream === undefined ? [] : [stream];
  });
  if (!byName.has('') && !base.isDirectory && mayHaveLost(base)) {
    streams.push({ ...NO_FLAGS, name: '', sizeKnown: false, content: lostContent(toldBytes) });
  }
  return streams.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const NO_FLAGS = { encrypted: false, compressed: false, sparse: false };

/** Whether an attribute of the file may be where it cannot be read. */
function mayHaveLost(base: FileRecord): boolean {
  return base.damage !== undefined || base.attributes.some((one) => one.type === ATTRIBUTE.ATTRIBUTE_LIST);
}

function streamOf(
  volume: OpenVolume,
  name: string,
  fragments: readonly Attribute[],
  toldBytes: number,
): FileStream | undefined {
  const data = dataOf(fragments);
  if (data === undefined) return undefined;
  const flags = fragments.reduce((all, one) => all | one.flags, 0);
  const sizeKnown = 'value' in data || fragments.some((one) => !one.resident && one.lowestVcn === 0);
  const last = 'runs' in data ? data.runs.at(-1) : undefined;
  const known = last === undefined ? 0 : (last.vcn + last.length) * volume.boot.clusterBytes;
  const sizeBytes = name === '' && toldBytes > 0 ? toldBytes : known;
  const whole = sizeKnown ? data : { ...data, dataBytes: sizeBytes, initializedBytes: sizeBytes };
  return {
    name,
    encrypted: (flags & DATA_ENCRYPTED) !== 0,
    compressed: (flags & DATA_COMPRESSED) !== 0,
    sparse: (flags & DATA_SPARSE) !== 0,
    sizeKnown,
    content: fileContent(volume, whole),
  };
}
