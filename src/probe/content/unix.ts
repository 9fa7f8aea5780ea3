import {
  be16,
  be32,
  be64,
  hasText,
  known,
  product,
  textField,
  u32,
  usedOf,
  utf16Field,
  uuidField,
} from './bytes.ts';
import type { Content } from './content.ts';
import { at, type Peek } from './peek.ts';

/** XFS: the first superblock, all big-endian (xfs_dsb in the kernel's xfs_format.h). */
export async function findXfs(peek: Peek): Promise<Content | undefined> {
  const bytes = await peek(0, 512);
  if (bytes === undefined || !hasText(bytes, 0, 'XFSB')) return undefined;
  const blockBytes = be32(bytes, 4);
  const totalBytes = product(be64(bytes, 8), blockBytes);
  return known<Content>({
    kind: 'xfs',
    label: textField(bytes, 108, 12),
    uuid: uuidField(bytes, 32),
    version: String(be16(bytes, 100) & 0xf),
    totalBytes,
    usedBytes: usedOf(totalBytes, product(be64(bytes, 144), blockBytes)),
    blockBytes,
  });
}

/** Btrfs: its first superblock at 64 KiB (btrfs_super_block in the kernel's btrfs_tree.h). */
export async function findBtrfs(peek: Peek): Promise<Content | undefined> {
  const bytes = await peek(65536, 4096);
  if (bytes === undefined || !hasText(bytes, 0x40, '_BHRfS_M')) return undefined;
  const devices = at(bytes, 0x88);
  return known<Content>({
    kind: 'btrfs',
    label: textField(bytes, 0x12b, 256),
    uuid: uuidField(bytes, 0x20),
    totalBytes: at(bytes, 0x70),
    usedBytes: at(bytes, 0x78),
    blockBytes: u32(bytes, 0x90),
    note: devices !== undefined && devices > 1 ? `one of ${devices} devices of this file system` : undefined,
  });
}

/** F2FS: its first superblock at 1024 (f2fs_super_block in the kernel's f2fs_fs.h). */
export async function findF2fs(peek: Peek): Promise<Content | undefined> {
  const bytes = await peek(1024, 1024);
  if (bytes === undefined || u32(bytes, 0) !== 0xf2f52010) return undefined;
  const logBlock = u32(bytes, 16);
  if (logBlock < 9 || logBlock > 16) return undefined;
  return known<Content>({
    kind: 'f2fs',
    label: utf16Field(bytes, 124, 256),
    uuid: uuidField(bytes, 108),
    totalBytes: product(at(bytes, 36), 2 ** logBlock),
    blockBytes: 2 ** logBlock,
  });
}

/** Pages of the machines that swap space may come from. */
const PAGE_BYTES = [4096, 8192, 16384, 32768, 65536];
/** What Linux writes in the place of the mark when it has hibernated into the swap space. */
const SLEEPING = ['S1SUSPEND', 'S2SUSPEND', 'ULSUSPEND', 'LINHIB0001'];

/** Linux swap space: its mark is at the end of the first page (union swap_header in the kernel's swap.h). */
export async function findSwap(peek: Peek): Promise<Content | undefined> {
  for (const pageBytes of PAGE_BYTES) {
    const mark = await peek(pageBytes - 10, 10);
    if (mark === undefined) return undefined;
    const hibernated = SLEEPING.some((text) => hasText(mark, 0, text));
    if (!hibernated && !hasText(mark, 0, 'SWAPSPACE2')) continue;
    const header = await peek(1024, 512);
    if (header === undefined) return undefined;
    return known<Content>({
      kind: 'swap',
      label: textField(header, 28, 16),
      uuid: uuidField(header, 12),
      totalBytes: product(u32(header, 4) + 1, pageBytes),
      blockBytes: pageBytes,
      hibernated: hibernated || undefined,
    });
  }
  return undefined;
}
