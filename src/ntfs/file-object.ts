import { ATTRIBUTE, type Attribute, attributeTypeName } from './attribute.ts';
import type { AttributeData } from './attribute-data.ts';
import { attributeListOf, dataOf, fileAttributes, type OpenVolume } from './file-attributes.ts';
import { fileContent } from './file-content.ts';
import { type FileStream, streamsOf } from './file-details.ts';
import type { FileName } from './file-name.ts';
import type { FileRecord } from './file-record.ts';
import { namesIn } from './record-names.ts';
import { parseStandardInformation, type StandardInformation } from './standard-information.ts';

/** Everything that the records of a file or folder hold of it. */
export interface FileObject {
  readonly standard: StandardInformation | undefined;
  readonly names: readonly FileName[];
  /** Its own security descriptor, on volumes before NTFS 3.0 and after other systems' drivers. */
  readonly security: Uint8Array | undefined;
  /** The unnamed content first. */
  readonly streams: readonly ObjectStream[];
  readonly reparse: Uint8Array | undefined;
  /** Extended attributes of OS/2 and of Windows Subsystem for Linux, as $EA holds them. */
  readonly extended: Uint8Array | undefined;
  readonly objectId: Uint8Array | undefined;
  /** What $EFS holds: who may decrypt the content. */
  readonly encryption: Uint8Array | undefined;
  /** Names of attributes that are none of the above nor parts of every file, such as `$LOGGED_UTILITY_STREAM $TXF_DATA`. */
  readonly others: readonly string[];
  /** A part of its records is damaged or lost, so something may be missing here. */
  readonly damaged: boolean;
}

/** A stream with the place of its bytes on the volume. */
export interface ObjectStream extends FileStream {
  readonly data: AttributeData | undefined;
}

const OBJECT_ID = 0x40;
const EA = 0xe0;
const UTILITY_STREAM = 0x100;
const EFS_STREAM = '$EFS';
/** Windows limits reparse points to 16 KiB, extended attributes and encryption headers to 64 KiB or so. */
const MAX_VALUE_BYTES = 2 ** 18;

/** Attributes that every file or folder has, or that are made anew when it is. */
const STRUCTURE: ReadonlySet<number> = new Set([
  ATTRIBUTE.STANDARD_INFORMATION,
  ATTRIBUTE.ATTRIBUTE_LIST,
  ATTRIBUTE.FILE_NAME,
  ATTRIBUTE.SECURITY_DESCRIPTOR,
  ATTRIBUTE.DATA,
  ATTRIBUTE.INDEX_ROOT,
  ATTRIBUTE.INDEX_ALLOCATION,
  ATTRIBUTE.BITMAP,
  ATTRIBUTE.REPARSE_POINT,
  ATTRIBUTE.EA_INFORMATION,
  OBJECT_ID,
  EA,
]);

/** Reads all attributes of a file or folder but its content, from its base record and its extension records. */
export async function fileObject(
  volume: OpenVolume,
  base: FileRecord,
  toldBytes: number,
): Promise<FileObject> {
  const attributes = await fileAttributes(volume, base, () => true);
  let damaged = base.damage !== undefined || (await hasLostExtension(volume, base));
  const value = async (type: number, name = ''): Promise<Uint8Array | undefined> => {
    const data = dataOf(attributes.filter((one) => one.type === type && one.name === name));
    if (data === undefined) return undefined;
    const content = fileContent(volume, data);
    if (content.sizeBytes > MAX_VALUE_BYTES) {
      damaged = true;
      return undefined;
    }
    const { bytes, holes } = await content.read(0, content.sizeBytes);
    if (holes.length === 0) return bytes;
    damaged = true;
    return undefined;
  };
  const standard = await value(ATTRIBUTE.STANDARD_INFORMATION);
  const streams = streamsOf(volume, base, attributes, toldBytes).map((stream) => ({
    ...stream,
    data: dataOf(attributes.filter((one) => one.type === ATTRIBUTE.DATA && one.name === stream.name)),
  }));
  return {
    standard: standard && parseStandardInformation(standard),
    names: namesIn({ ...base, attributes }),
    security: await value(ATTRIBUTE.SECURITY_DESCRIPTOR),
    streams,
    reparse: await value(ATTRIBUTE.REPARSE_POINT),
    extended: await value(EA),
    objectId: await value(OBJECT_ID),
    encryption: await value(UTILITY_STREAM, EFS_STREAM),
    others: othersOf(attributes),
    damaged: damaged || streams.some(({ sizeKnown }) => !sizeKnown),
  };
}

/** Whether an extension record that the attribute list names is lost. */
async function hasLostExtension(volume: OpenVolume, base: FileRecord): Promise<boolean> {
  if (!base.attributes.some(({ type }) => type === ATTRIBUTE.ATTRIBUTE_LIST)) return false;
  const entries = await attributeListOf(volume, base);
  for (const number of new Set(entries.map(({ reference }) => reference.record))) {
    if (number === base.number) continue;
    const state = await volume.mft.record(number);
    if (state.state !== 'in-use' || state.record.base?.record !== base.number) return true;
  }
  return entries.length === 0;
}

function othersOf(attributes: readonly Attribute[]): string[] {
  const names = attributes.flatMap(({ type, name }) => {
    if (STRUCTURE.has(type) || (type === UTILITY_STREAM && name === EFS_STREAM)) return [];
    return [name === '' ? attributeTypeName(type) : `${attributeTypeName(type)} ${name}`];
  });
  return [...new Set(names)];
}
