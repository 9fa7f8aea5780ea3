import {
  be16,
  be32,
  hasText,
  hex,
  known,
  product,
  textField,
  u8,
  u32,
  usedOf,
  utf16Field,
  uuidField,
} from './bytes.ts';
import type { Content } from './content.ts';
import { at, type Peek } from './peek.ts';

const SUPER = 1024;
const ATTRIBUTE_UNMOUNTED = 0x100;
const ATTRIBUTE_INCONSISTENT = 0x800;
/** The folder above the root folder, under which the root folder and with it the volume has its name. */
const PARENT_OF_ROOT = 1;

/** HFS+ and its case-sensitive form: Apple's TN1150. An HFS wrapper around one is named as what is in it. */
export async function findHfs(peek: Peek): Promise<Content | undefined> {
  const header = await peek(SUPER, 512);
  if (header === undefined) return undefined;
  if (hasText(header, 0, 'BD') && be16(header, 2) !== 0) {
    const embedded = hasText(header, 124, 'H+');
    const blockBytes = be32(header, 20);
    return known<Content>({
      kind: embedded ? 'hfsplus' : 'hfs',
      label: textField(header, 37, Math.min(27, u8(header, 36))),
      totalBytes: product(be16(header, 18), blockBytes),
      blockBytes,
      note: embedded ? 'HFS+ inside an older HFS volume' : undefined,
    });
  }
  if (!hasText(header, 0, 'H+') && !hasText(header, 0, 'HX')) return undefined;
  const version = be16(header, 2);
  const blockBytes = be32(header, 40);
  if (version < 4 || version > 5 || blockBytes < 512 || blockBytes > 2 ** 24) return undefined;
  const totalBytes = product(be32(header, 44), blockBytes);
  const attributes = be32(header, 4);
  const id = header.subarray(104, 112);
  return known<Content>({
    kind: 'hfsplus',
    label: await volumeName(peek, be32(header, 288) * blockBytes),
    // The number from which Apple derives the UUID that its systems show.
    uuid: id.some((byte) => byte !== 0) ? hex(id).toUpperCase() : undefined,
    version: String(version),
    totalBytes,
    usedBytes: usedOf(totalBytes, product(be32(header, 48), blockBytes)),
    blockBytes,
    dirty: (attributes & ATTRIBUTE_UNMOUNTED) === 0 || (attributes & ATTRIBUTE_INCONSISTENT) !== 0,
  });
}

/** The name of the root folder: the first record of the first leaf of the catalog that begins at `catalog`. */
async function volumeName(peek: Peek, catalog: number): Promise<string | undefined> {
  const header = await peek(catalog, 512);
  if (header === undefined) return undefined;
  const firstLeaf = be32(header, 24);
  const nodeBytes = be16(header, 32);
  if (nodeBytes < 512 || nodeBytes > 32768) return undefined;
  const leaf = await peek(catalog + firstLeaf * nodeBytes, nodeBytes);
  // Kind -1 is a leaf; its first record follows the 14 bytes of the descriptor.
  if (leaf === undefined || u8(leaf, 8) !== 0xff || be32(leaf, 16) !== PARENT_OF_ROOT) return undefined;
  return utf16Field(leaf, 22, Math.min(255, be16(leaf, 20)), 'big');
}

/** A container of APFS volumes: nx_superblock_t in Apple's File System Reference. */
export async function findApfs(peek: Peek): Promise<Content | undefined> {
  const bytes = await peek(0, 4096);
  if (bytes === undefined || !hasText(bytes, 32, 'NXSB')) return undefined;
  const blockBytes = u32(bytes, 36);
  if (blockBytes < 4096 || blockBytes > 65536) return undefined;
  const blocks = at(bytes, 40);
  return known<Content>({
    kind: 'apfs',
    uuid: uuidField(bytes, 72),
    totalBytes: product(blocks, blockBytes),
    blockBytes,
    note: 'a container; the names of its volumes are not read',
  });
}
