import { ATTRIBUTE, type Attribute, type NonResidentAttribute } from '../../ntfs/attribute.ts';
import { joinFragments, type NonResidentData } from '../../ntfs/attribute-data.ts';
import { SYSTEM_RECORD } from '../../ntfs/attribute-role.ts';
import type { OpenVolume } from '../../ntfs/file-attributes.ts';
import type { FileRecord } from '../../ntfs/file-record.ts';
import { orderedAttributes } from './ordered-attributes.ts';
import { holdsContents } from './wipe-rules.ts';

/** Clusters of one attribute that go into a metadata image, and how they are to be treated. */
export type CriticalStretch =
  /** One fragment of an attribute, taken as it is; strict rules look at its type. */
  | { readonly kind: 'plain'; readonly attribute: NonResidentAttribute; readonly data: NonResidentData }
  /** All of $MFT or $MFTMirr. */
  | { readonly kind: 'records'; readonly data: NonResidentData; readonly isMirror: boolean }
  /** All blocks of an index. */
  | {
      readonly kind: 'index';
      readonly name: string;
      readonly data: NonResidentData;
      readonly owner: FileRecord;
    }
  /** The boot sector and the code behind it. */
  | { readonly kind: 'boot'; readonly data: NonResidentData }
  | { readonly kind: 'log'; readonly data: NonResidentData };

/** A file and what of it goes into a metadata image. */
export interface CriticalFile {
  readonly record: FileRecord;
  /** Its attributes, in libntfs's order. */
  readonly attributes: readonly Attribute[];
}

/** The name of the index of a folder. */
const FOLDER_INDEX = '$I30';

/**
 * The stretches of a file that are metadata, in the order in which ntfsclone writes them (measured): fragment after
 * fragment, but $MFT, $MFTMirr, the log and folder indexes in one piece in the place of their first fragment.
 * `allIndexes`: treat every index like that of a folder.
 */
export function* criticalStretches(
  volume: OpenVolume,
  { record, attributes }: CriticalFile,
  allIndexes: boolean,
): IterableIterator<CriticalStretch> {
  const fragments = new Map<string, NonResidentAttribute[]>();
  for (const one of attributes) {
    if (one.resident || !isCritical(record.number, one)) continue;
    const known = fragments.get(keyOf(one));
    if (known === undefined) fragments.set(keyOf(one), [one]);
    else known.push(one);
  }
  const joined = new Map([...fragments].map(([key, parts]) => [key, joinFragments(parts)]));
  const whole = new Set<string>();
  for (const attribute of attributes) {
    if (attribute.resident) continue;
    const { type, name } = attribute;
    const key = keyOf(attribute);
    const data = joined.get(key);
    if (data === undefined) continue;
    const isIndex = type === ATTRIBUTE.INDEX_ALLOCATION && (allIndexes || name === FOLDER_INDEX);
    const isUnnamedData = type === ATTRIBUTE.DATA && name === '';
    const isTable = isUnnamedData && record.number <= SYSTEM_RECORD.MFT_MIRR;
    const isLog = isUnnamedData && record.number === SYSTEM_RECORD.LOG_FILE;
    const isBoot = isUnnamedData && record.number === SYSTEM_RECORD.BOOT;
    if (!isIndex && !isTable && !isLog && !isBoot) {
      yield { kind: 'plain', attribute, data };
      continue;
    }
    if (whole.has(key)) continue;
    whole.add(key);
    if (isIndex) yield { kind: 'index', name, data, owner: record };
    else if (isLog) yield { kind: 'log', data };
    else if (isBoot) yield { kind: 'boot', data };
    else if (record.number === SYSTEM_RECORD.MFT_MIRR) yield { kind: 'records', data, isMirror: true };
    else yield { kind: 'records', data: { ...data, runs: volume.mft.runs }, isMirror: false };
  }
}

const keyOf = ({ type, name }: Attribute): string => `${type} ${name}`;

/** Whether the clusters of an attribute are metadata: not the contents of files, not bad clusters. */
function isCritical(record: number, { type, name }: Attribute): boolean {
  if (holdsContents(record)) return type !== ATTRIBUTE.DATA;
  return record !== SYSTEM_RECORD.BAD_CLUS || type !== ATTRIBUTE.DATA || (name !== '' && name !== '$Bad');
}

/** All files of the volume in the order of their records, those that cannot be read left out. */
export async function* criticalFiles(volume: OpenVolume, signal: AbortSignal): AsyncGenerator<CriticalFile> {
  for await (const chunk of volume.mft.recordChunks()) {
    signal.throwIfAborted();
    for (const [, state] of chunk) {
      const record = state.state === 'in-use' ? state.record : undefined;
      if (record === undefined || record.base !== undefined) continue;
      const isSpread = record.attributes.some(({ type }) => type === ATTRIBUTE.ATTRIBUTE_LIST);
      const attributes = isSpread ? await orderedAttributes(volume, record) : record.attributes;
      yield { record, attributes };
    }
  }
}

/** Whether a fragment counts for the number of clusters in an image's header (measured: $BadClus does). */
export function countsAsUsed(record: number, attribute: NonResidentAttribute): boolean {
  if (record === SYSTEM_RECORD.LOG_FILE && attribute.type === ATTRIBUTE.DATA) return false;
  return !holdsContents(record) || attribute.type !== ATTRIBUTE.DATA;
}
