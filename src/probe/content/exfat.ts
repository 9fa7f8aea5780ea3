import { hasText, known, product, u8, u16, u32, utf16Field } from './bytes.ts';
import type { Content } from './content.ts';
import { at, type Peek } from './peek.ts';

const ENTRY_BYTES = 32;
const ENTRY_LABEL = 0x83;
const FLAG_DIRTY = 2;
/** So much of the root folder is searched for the label: it is among the first entries. */
const MOST_ROOT_BYTES = 4096;

/** exFAT: Microsoft's exFAT specification, sections 3 and 7. */
export async function findExfat(peek: Peek): Promise<Content | undefined> {
  const boot = await peek(0, 512);
  if (boot === undefined || !hasText(boot, 3, 'EXFAT   ')) return undefined;
  const sectorShift = u8(boot, 0x6c);
  const clusterShift = u8(boot, 0x6d);
  if (sectorShift < 9 || sectorShift > 12 || clusterShift > 25 - sectorShift) return undefined;
  const sectorBytes = 2 ** sectorShift;
  const clusterBytes = sectorBytes * 2 ** clusterShift;
  const rootCluster = u32(boot, 0x60);
  const root = u32(boot, 0x58) * sectorBytes + (rootCluster - 2) * clusterBytes;
  const entries = await peek(root, Math.min(clusterBytes, MOST_ROOT_BYTES));
  const revision = u16(boot, 0x68);
  const serial = u32(boot, 0x64).toString(16).toUpperCase().padStart(8, '0');
  return known<Content>({
    kind: 'exfat',
    label: entries && labelOf(entries),
    uuid: `${serial.slice(0, 4)}-${serial.slice(4)}`,
    version: `${revision >> 8}.${revision & 0xff}`,
    totalBytes: product(at(boot, 0x48), sectorBytes),
    blockBytes: clusterBytes,
    dirty: (u16(boot, 0x6a) & FLAG_DIRTY) !== 0,
  });
}

function labelOf(entries: Uint8Array): string | undefined {
  for (let offset = 0; offset + ENTRY_BYTES <= entries.length; offset += ENTRY_BYTES) {
    const type = u8(entries, offset);
    if (type === 0) return undefined;
    if (type === ENTRY_LABEL) return utf16Field(entries, offset + 2, Math.min(11, u8(entries, offset + 1)));
  }
  return undefined;
}

/** ReFS, known by its name only: its structures are not public. */
export async function findRefs(peek: Peek): Promise<Content | undefined> {
  const boot = await peek(0, 512);
  return boot !== undefined && hasText(boot, 3, 'ReFS\0\0\0\0') && hasText(boot, 16, 'FSRS')
    ? { kind: 'refs' }
    : undefined;
}
