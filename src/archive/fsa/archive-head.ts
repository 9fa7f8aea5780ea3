import { FsaError } from './fsa-error.ts';
import type { FsaHeader } from './fsa-item.ts';
import { readItems } from './fsa-items.ts';
import { ARCHIVE, COMPRESSION, ENCRYPTION, FILE_SYSTEM, MAGIC } from './keys.ts';

/** A file system in an archive. */
export interface ArchivedFileSystem {
  /** By which FSArchiver knows it, from 0. */
  readonly id: number;
  /** Such as `ntfs`, `ext4`. */
  readonly type: string;
  readonly label: string;
  /** UUID; the serial number of NTFS, 16 hexadecimal digits. */
  readonly uuid: string | undefined;
  /** The device that was saved. */
  readonly device: string;
  readonly totalBytes: number;
  /** In use when it was saved, what was left out included. */
  readonly usedBytes: number;
  /** What FSArchiver counts as its work: bytes of all files, and 16384 for each object. */
  readonly cost: number | undefined;
  readonly sectorBytes: number | undefined;
  /** Wrong for NTFS clusters of more than 64 KiB: FSArchiver misreads their size. */
  readonly clusterBytes: number | undefined;
}

/** What the beginning of an archive says of it. */
export interface ArchiveHead {
  /** Eight hexadecimal digits, the same in all files of the archive. */
  readonly id: string;
  readonly format: string;
  /** Version of FSArchiver that made it. */
  readonly program: string;
  readonly createdMs: number;
  readonly label: string;
  /** `folders` are archives of `fsarchiver savedir`. */
  readonly type: 'file-systems' | 'folders';
  readonly compression: string;
  readonly level: number;
  readonly encryption: string;
  readonly leastVersion: string;
  readonly fileSystems: readonly ArchivedFileSystem[];
}

/** More than FSArchiver puts into one archive. */
const MAX_FILE_SYSTEMS = 128;

/**
 * Reads what an archive says of itself; no password is needed. Rejects with an `FsaError` when it is none or its beginning
 * is damaged, with the system's error when it cannot be read.
 */
export async function readArchiveHead(path: string): Promise<ArchiveHead> {
  let main: FsaHeader | undefined;
  let expected = 0;
  const fileSystems: ArchivedFileSystem[] = [];
  for await (const item of readItems(path, { checkBlocks: false })) {
    if (item.kind === 'damage') throw item.error;
    if (item.kind === 'block') break;
    if (item.magic === MAGIC.volumeHead) continue;
    if (item.magic === MAGIC.archive) {
      main = item;
      expected = Math.min(MAX_FILE_SYSTEMS, item.dico.number(ARCHIVE.fileSystems) ?? 0);
    } else if (item.magic === MAGIC.fileSystem) {
      fileSystems.push(fileSystemOf(item, fileSystems.length));
    } else {
      break;
    }
    if (main !== undefined && expected > 0 && fileSystems.length === expected) break;
  }
  const place = { volume: 0, position: 0 };
  if (main === undefined) {
    throw new FsaError(`${path} has no archive head.`, place, 'an archive head', 'other headers');
  }
  if (fileSystems.length < expected) {
    const found = `${fileSystems.length}`;
    throw new FsaError(`${path} describes too few file systems.`, place, `${expected}`, found);
  }
  return headOf(main, fileSystems);
}

function headOf({ dico }: FsaHeader, fileSystems: readonly ArchivedFileSystem[]): ArchiveHead {
  const word = (words: readonly string[], key: number): string => {
    const number = dico.number(key) ?? 0;
    return words[number] || `unknown (${number})`;
  };
  const label = dico.text(ARCHIVE.label) ?? '';
  return {
    id: (dico.number(ARCHIVE.id) ?? 0).toString(16).padStart(8, '0'),
    format: dico.text(ARCHIVE.format) ?? '',
    program: dico.text(ARCHIVE.program) ?? '',
    createdMs: (dico.number(ARCHIVE.created) ?? 0) * 1000,
    label: label === '<none>' ? '' : label,
    type: dico.number(ARCHIVE.type) === 2 ? 'folders' : 'file-systems',
    compression: word(COMPRESSION, ARCHIVE.compression),
    level: dico.number(ARCHIVE.compressionLevel) ?? 0,
    encryption: word(ENCRYPTION, ARCHIVE.encryption),
    leastVersion: versionText(dico.bytes(ARCHIVE.leastVersion)),
    fileSystems,
  };
}

function fileSystemOf({ dico }: FsaHeader, id: number): ArchivedFileSystem {
  const serial = dico.bytes(FILE_SYSTEM.ntfsSerial);
  const uuid = dico.text(FILE_SYSTEM.uuid);
  return {
    id,
    type: dico.text(FILE_SYSTEM.type) ?? 'unknown',
    label: dico.text(FILE_SYSTEM.label) ?? '',
    uuid: serial?.length === 8 ? Buffer.from(serial).reverse().toString('hex').toUpperCase() : uuid,
    device: dico.text(FILE_SYSTEM.device) ?? '',
    totalBytes: dico.number(FILE_SYSTEM.totalBytes) ?? 0,
    usedBytes: dico.number(FILE_SYSTEM.usedBytes) ?? 0,
    cost: dico.number(FILE_SYSTEM.cost),
    sectorBytes: dico.number(FILE_SYSTEM.ntfsSectorBytes),
    clusterBytes: dico.number(FILE_SYSTEM.ntfsClusterBytes),
  };
}

/** Four numbers of 16 bits, the first in the highest bits. */
function versionText(bytes: Uint8Array | undefined): string {
  if (bytes?.length !== 8) return '';
  const parts = [6, 4, 2, 0].map((at) => (bytes[at] as number) | ((bytes[at + 1] as number) << 8));
  return parts.join('.');
}
