import { type FatKind, parseFatGeometry } from '../../fat/geometry.ts';
import { be32, known, textField, u8, u16, u32, usedOf } from './bytes.ts';
import type { Content } from './content.ts';
import type { Peek } from './peek.ts';

const ENTRY_BYTES = 32;
const ATTRIBUTE_LONG_NAME = 0x0f;
const ATTRIBUTE_VOLUME = 0x08;
/** So much of the root folder is searched for the label. */
const MOST_ROOT_BYTES = 65536;

/** FAT12, FAT16 or FAT32. */
export async function findFat(peek: Peek): Promise<Content | undefined> {
  const boot = await peek(0, 512);
  const geometry = boot && parseFatGeometry(boot);
  if (boot === undefined || geometry === undefined) return undefined;
  const { kind, clusterBytes, clusterCount, totalBytes, tableStart } = geometry;
  const isWide = kind === 'fat32';
  const extended = isWide ? 0x42 : 0x26;
  const rootOffset = isWide
    ? geometry.dataStart + (geometry.rootCluster - 2) * clusterBytes
    : geometry.rootStart;
  const rootBytes = isWide ? clusterBytes : geometry.rootBytes;
  const root = await peek(rootOffset, Math.min(rootBytes, MOST_ROOT_BYTES));
  const ownLabel = hasExtension(boot, extended) ? labelOf(textField(boot, extended + 5, 11)) : undefined;
  const freeClusters = isWide
    ? await freeClustersOf(peek, u16(boot, 0x30) * geometry.sectorBytes, clusterCount)
    : undefined;
  const overhead = totalBytes - clusterCount * clusterBytes;
  return known<Content>({
    kind,
    // The label in the root folder is the one that systems show; that of the boot sector is often a stale copy.
    label: (root && labelOf(labelEntry(root))) ?? ownLabel,
    uuid: hasExtension(boot, extended) ? serialText(u32(boot, extended + 1)) : undefined,
    totalBytes,
    usedBytes:
      freeClusters === undefined
        ? undefined
        : usedOf(totalBytes, overhead > 0 ? freeClusters * clusterBytes : undefined),
    blockBytes: clusterBytes,
    dirty: await isDirty(peek, tableStart, kind),
  });
}

const hasExtension = (boot: Uint8Array, at: number): boolean =>
  u8(boot, at) === 0x29 || u8(boot, at) === 0x28;

const serialText = (serial: number): string =>
  serial
    .toString(16)
    .toUpperCase()
    .padStart(8, '0')
    .replace(/^(.{4})/, '$1-');

const labelOf = (text: string | undefined): string | undefined => (text === 'NO NAME' ? undefined : text);

/** The volume entry of a root folder. Labels are in a DOS code page; letters outside ASCII come out as they may. */
function labelEntry(root: Uint8Array): string | undefined {
  for (let at = 0; at + ENTRY_BYTES <= root.length; at += ENTRY_BYTES) {
    const first = u8(root, at);
    if (first === 0) return undefined;
    const attributes = u8(root, at + 11);
    const isLong = (attributes & 0x3f) === ATTRIBUTE_LONG_NAME;
    if (first === 0xe5 || isLong || (attributes & ATTRIBUTE_VOLUME) === 0) continue;
    return textField(root, at, 11);
  }
  return undefined;
}

/** From the FSInfo sector: undefined when it is not one, or does not know. */
async function freeClustersOf(peek: Peek, offset: number, clusters: number): Promise<number | undefined> {
  const info = offset === 0 ? undefined : await peek(offset, 512);
  if (info === undefined || be32(info, 0) !== 0x52526141 || be32(info, 0x1e4) !== 0x72724161)
    return undefined;
  const free = u32(info, 0x1e8);
  return free <= clusters ? free : undefined;
}

/** The second entry of the table has a bit that is cleared while the volume is in use; FAT12 has none. */
async function isDirty(peek: Peek, tableOffset: number, kind: FatKind): Promise<boolean | undefined> {
  if (kind === 'fat12') return undefined;
  const table = await peek(tableOffset, 8);
  if (table === undefined) return undefined;
  return kind === 'fat32' ? (u32(table, 4) & 0x0800_0000) === 0 : (u16(table, 2) & 0x8000) === 0;
}
