/** A place in boot.ini at which a partition is named. */
export interface ArcPath {
  /** As it is written: `multi(0)disk(0)rdisk(0)partition(1)\WINDOWS`. */
  readonly text: string;
  /** `multi`, `scsi` or `signature`. */
  readonly bus: string;
  /** Signature of the disk, lower case; only of `signature(...)`. */
  readonly signature: string | undefined;
  /** Number of the disk as the BIOS counts. */
  readonly disk: number;
  readonly partition: number;
  /** Folder of Windows, such as `WINDOWS`. */
  readonly folder: string;
  /** Bytes of the file at which the digits of the partition's number lie. */
  readonly digits: { readonly start: number; readonly end: number };
  /** From 1. */
  readonly line: number;
  /** It is the one that is started when nobody chooses. */
  readonly isDefault: boolean;
}

/** boot.ini, as far as it can be understood. */
export interface BootIni {
  readonly paths: readonly ArcPath[];
  /** Why it is none that NTLDR would understand, as a clause. */
  readonly problem: string | undefined;
}

/** NTLDR reads no more. */
export const MOST_BOOT_INI_BYTES = 2 ** 16;
const MOST_LINES = 1000;

const PATH =
  /^(multi|scsi|signature)\(([0-9a-f]+)\)disk\((\d+)\)rdisk\((\d+)\)partition\((\d{1,3})\)\\?([^="\s]*)/di;

const PARTITION_GROUP = 5;

/**
 * Reads boot.ini. Its text is in the code page of its Windows: only ASCII is looked at, and places are in bytes, so that
 * every other byte stays what it is.
 */
export function parseBootIni(bytes: Uint8Array): BootIni {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const paths: ArcPath[] = [];
  let section = '';
  let at = 0;
  let hasDefault = false;
  const lines = text.split('\n').slice(0, MOST_LINES);
  for (const [index, line] of lines.entries()) {
    const heading = /^\s*\[([^\]]*)\]/.exec(line)?.[1]?.trim().toLowerCase();
    if (heading !== undefined) section = heading;
    const start = pathStart(section, line);
    const found = start === undefined ? undefined : pathAt(line, start, at, index + 1, section === LOADER);
    if (found !== undefined) paths.push(found);
    if (section === LOADER && start !== undefined) hasDefault = true;
    at += line.length + 1;
  }
  const hasSystems = paths.some(({ isDefault }) => !isDefault);
  const problem = !text.toLowerCase().includes(`[${SYSTEMS}]`)
    ? 'it has no section [operating systems]'
    : !hasSystems
      ? 'it names no Windows on a partition'
      : hasDefault
        ? undefined
        : 'it has no line default=';
  return { paths, problem };
}

const LOADER = 'boot loader';
const SYSTEMS = 'operating systems';

/** Where in a line a path begins; undefined in a line without one. */
function pathStart(section: string, line: string): number | undefined {
  const named = section === LOADER ? /^\s*default\s*=\s*/i.exec(line) : undefined;
  if (named) return named[0].length;
  if (section !== SYSTEMS) return undefined;
  return /^\s*/.exec(line)?.[0].length ?? 0;
}

function pathAt(
  line: string,
  start: number,
  lineAt: number,
  number: number,
  isDefault: boolean,
): ArcPath | undefined {
  const found = PATH.exec(line.slice(start));
  if (found === null) return undefined;
  const [text, bus = '', first = '', , disk = '', partition = '', folder = ''] = found;
  const digitsAt = lineAt + start + (found.indices?.[PARTITION_GROUP]?.[0] ?? 0);
  const isSignature = bus.toLowerCase() === 'signature';
  return {
    text,
    bus: bus.toLowerCase(),
    signature: isSignature ? first.toLowerCase().padStart(8, '0') : undefined,
    disk: Number(disk),
    partition: Number(partition),
    folder: folder.replace(/\\+$/, ''),
    digits: { start: digitsAt, end: digitsAt + partition.length },
    line: number,
    isDefault,
  };
}

/** The file with other numbers in the places of those paths. */
export function withNumbers(bytes: Uint8Array, numbers: ReadonlyMap<ArcPath, number>): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [{ digits }, number] of [...numbers].sort(([a], [b]) => a.digits.start - b.digits.start)) {
    parts.push(bytes.subarray(at, digits.start), Buffer.from(String(number), 'latin1'));
    at = digits.end;
  }
  parts.push(bytes.subarray(at));
  return Uint8Array.from(Buffer.concat(parts));
}
