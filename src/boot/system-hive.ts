import { u32 } from '../ntfs/little-endian.ts';
import { guidBytes } from '../partition/guid.ts';
import type { PartitionTable } from '../partition/partition.ts';
import { NO_CELL } from '../registry/cells.ts';
import { HiveError } from '../registry/error.ts';
import { type HiveKey, KEY_FIELD } from '../registry/key.ts';
import { valueText } from '../registry/value.ts';
import { type BootPart, filesOf } from './boot-disk.ts';
import type { WindowsInstall } from './boot-system.ts';
import type { FileEdit } from './file-pieces.ts';
import { littleEndian32 } from './hex.ts';
import { type HiveFile, isHive, type NoHive, openHiveFile } from './hive-file.ts';

const known = new WeakMap<WindowsInstall, Promise<HiveFile | NoHive>>();

/** The hive SYSTEM of a Windows; opened once. */
export function systemHive(install: WindowsInstall): Promise<HiveFile | NoHive> {
  const before = known.get(install);
  if (before !== undefined) return before;
  const opened = openOf(install, 'SYSTEM');
  known.set(install, opened);
  return opened;
}

async function openOf({ part, folder }: WindowsInstall, name: string): Promise<HiveFile | NoHive> {
  const files = filesOf(part);
  if (files === undefined) return { kind: 'missing', message: `${name} is not there.` };
  return openHiveFile(files, `${folder}/System32/config/${name}`);
}

/** The letter that this Windows has for itself: `C` unless its own registry says otherwise. */
export async function ownLetter(install: WindowsInstall): Promise<string> {
  const software = await openOf(install, 'SOFTWARE');
  if (!isHive(software)) return 'C';
  try {
    const key = await software.hive.find('Microsoft\\Windows NT\\CurrentVersion');
    const root = await key?.value('SystemRoot');
    return (root && /^([A-Za-z]):/.exec(valueText(root))?.[1]?.toUpperCase()) ?? 'C';
  } catch (error) {
    if (error instanceof HiveError) return 'C';
    throw error;
  }
}

export const MOUNTED_DEVICES = 'MountedDevices';
const GPT_MARK = 'DMIO:ID:';
const MBR_BYTES = 12;

/** What MountedDevices holds for a partition of this disk. */
export function letterPlace(table: PartitionTable, part: BootPart): Uint8Array | undefined {
  const { partition } = part;
  if (partition === undefined || table.diskId === undefined) return undefined;
  if (table.scheme === 'gpt') {
    return Uint8Array.from([...Buffer.from(GPT_MARK, 'latin1'), ...guidBytes(partition.guid ?? '')]);
  }
  const bytes = new Uint8Array(MBR_BYTES);
  bytes.set(littleEndian32(Number.parseInt(table.diskId, 16)));
  new DataView(bytes.buffer).setBigUint64(4, BigInt(partition.startBytes), true);
  return bytes;
}

/** Signature of the disk in a place of the old form, eight hexadecimal digits; undefined in another one. */
export const signatureIn = (data: Uint8Array): string | undefined =>
  data.length === MBR_BYTES ? u32(data, 0).toString(16).padStart(8, '0') : undefined;

/** GUID of the partition in a place of the form of a GPT, 16 bytes; undefined in another one. */
export const guidIn = (data: Uint8Array): Uint8Array | undefined =>
  data.length === GPT_MARK.length + 16 ? data.subarray(GPT_MARK.length) : undefined;

/** Byte of such data at which the GUID begins. */
export const GUID_AT = GPT_MARK.length;

/** Takes all values away from a key: their cells become free, as Windows does it. */
export async function clearedKey(key: HiveKey, what: string): Promise<FileEdit[]> {
  const cells = await key.valueCells();
  return [
    { offset: key.position + KEY_FIELD.VALUE_COUNT, after: littleEndian32(0), what },
    { offset: key.position + KEY_FIELD.VALUE_LIST, after: littleEndian32(NO_CELL), what },
    // The size before each cell is negative while it is in use.
    ...cells.map(({ start, end }) => ({ offset: start - 4, after: littleEndian32(end - start + 4), what })),
  ];
}
