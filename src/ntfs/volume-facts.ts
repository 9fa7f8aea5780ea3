import { ATTRIBUTE } from './attribute.ts';
import { readAttribute } from './attribute-data.ts';
import { SYSTEM_RECORD } from './attribute-role.ts';
import { fileAttribute, type OpenVolume } from './file-attributes.ts';
import type { FileRecord } from './file-record.ts';
import { inHole } from './holes.ts';
import { u8, u16, utf16 } from './little-endian.ts';
import { namesIn } from './record-names.ts';

/** What the volume says of itself; `undefined` where it cannot be read. */
export interface VolumeFacts {
  readonly label: string | undefined;
  /** NTFS version such as `3.1`. */
  readonly version: string | undefined;
  /** Whether Windows is asked to check the volume. */
  readonly dirty: boolean | undefined;
}

const FLAG_DIRTY = 1;
/** Labels have at most 128 characters, in Windows 32. */
const MAX_LABEL_UNITS = 128;

/** Reads label, version and dirty flag from record 3, $Volume. */
export async function readVolumeFacts(volume: OpenVolume): Promise<VolumeFacts> {
  const state = await volume.mft.record(SYSTEM_RECORD.VOLUME);
  if (state.state !== 'in-use') return { label: undefined, version: undefined, dirty: undefined };
  const value = (type: number): Uint8Array | undefined => {
    const found = state.record.attributes.find((one) => one.type === type);
    return found?.resident ? found.value : undefined;
  };
  const name = value(ATTRIBUTE.VOLUME_NAME);
  const information = value(ATTRIBUTE.VOLUME_INFORMATION);
  const known = information !== undefined && information.length >= 12;
  return {
    // A volume without a label may lack the attribute.
    label: name === undefined ? '' : utf16(name, 0, Math.min(MAX_LABEL_UNITS, name.length >> 1)),
    version: known ? `${u8(information, 8)}.${u8(information, 9)}` : undefined,
    dirty: known ? (u16(information, 10) & FLAG_DIRTY) !== 0 : undefined,
  };
}

/** Whether this is the record of the file in which Windows keeps its memory when it hibernates. */
export function isHibernationFile(record: FileRecord): boolean {
  return namesIn(record).some(
    (name) => name.parent.record === SYSTEM_RECORD.ROOT && name.name.toLowerCase() === 'hiberfil.sys',
  );
}

/**
 * Whether hiberfil.sys begins with `hibr`, which a hibernated or fast-started Windows leaves (ntfs-3g judges the
 * same way); `undefined` when that cannot be read.
 */
export async function isHibernated(volume: OpenVolume, file: number): Promise<boolean | undefined> {
  const state = await volume.mft.record(file);
  if (state.state !== 'in-use') return undefined;
  const data = await fileAttribute(volume, state.record, ATTRIBUTE.DATA, '');
  if (data === undefined) return undefined;
  if (data.dataBytes < 4096) return false;
  const chunk = await readAttribute(volume.reader, data, volume.boot.clusterBytes, 0, 512);
  if (inHole(chunk.holes, 0, 4)) return undefined;
  return String.fromCharCode(...chunk.bytes.subarray(0, 4)).toLowerCase() === 'hibr';
}
