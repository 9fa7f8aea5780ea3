import { hasText, known, product, textField, u16, u32, usedOf, uuidField } from './bytes.ts';
import type { Content } from './content.ts';
import { at, type Peek } from './peek.ts';

/** Place of the superblock and its fields: the kernel's Documentation/filesystems/ext4/super.rst. */
const SUPER = 1024;
const MAGIC = 0xef53;
const COMPAT_JOURNAL = 0x4;
const INCOMPAT_RECOVER = 0x4;
const INCOMPAT_JOURNAL_DEVICE = 0x8;
const INCOMPAT_64BIT = 0x80;
/** Features that ext3 has: file types, recovery, meta block groups; sparse superblocks, large files, B-tree folders. */
const INCOMPAT_EXT3 = 0x2 | 0x4 | 0x10;
const RO_COMPAT_EXT3 = 0x1 | 0x2 | 0x4;
const STATE_CLEAN = 1;
const STATE_ERRORS = 2;

/** ext2, ext3, ext4, or the journal of one on a device of its own. */
export async function findExt(peek: Peek): Promise<Content | undefined> {
  const bytes = await peek(SUPER, 1024);
  if (bytes === undefined || u16(bytes, 0x38) !== MAGIC) return undefined;
  const logBlock = u32(bytes, 0x18);
  if (logBlock > 6) return undefined;
  const blockBytes = 1024 << logBlock;
  const compat = u32(bytes, 0x5c);
  const incompat = u32(bytes, 0x60);
  const roCompat = u32(bytes, 0x64);
  const high = (incompat & INCOMPAT_64BIT) !== 0;
  const count = (low: number, up: number): number => u32(bytes, low) + (high ? u32(bytes, up) * 2 ** 32 : 0);
  const totalBytes = product(count(0x04, 0x150), blockBytes);
  const freeBytes = product(count(0x0c, 0x158), blockBytes);
  const isJournal = (incompat & INCOMPAT_JOURNAL_DEVICE) !== 0;
  const isExt4 = (incompat & ~INCOMPAT_EXT3) !== 0 || (roCompat & ~RO_COMPAT_EXT3) !== 0;
  const kind = isJournal
    ? 'ext-journal'
    : isExt4
      ? 'ext4'
      : (compat & COMPAT_JOURNAL) !== 0
        ? 'ext3'
        : 'ext2';
  const state = u16(bytes, 0x3a);
  const hasErrors = (state & STATE_ERRORS) !== 0;
  return known<Content>({
    kind,
    label: textField(bytes, 0x78, 16),
    uuid: uuidField(bytes, 0x68),
    totalBytes,
    usedBytes: isJournal ? undefined : usedOf(totalBytes, freeBytes),
    blockBytes,
    dirty: (incompat & INCOMPAT_RECOVER) !== 0 || (state & STATE_CLEAN) === 0 || hasErrors,
    note: hasErrors ? 'the file system has noted errors in itself' : undefined,
  });
}

const REISER_SUPER = 65536;

/** ReiserFS 3.5, 3.6 and its form for other journals. */
export async function findReiserfs(peek: Peek): Promise<Content | undefined> {
  const bytes = await peek(REISER_SUPER, 204);
  if (bytes === undefined) return undefined;
  const version = hasText(bytes, 52, 'ReIsEr2Fs')
    ? '3.6'
    : hasText(bytes, 52, 'ReIsErFs')
      ? '3.5'
      : hasText(bytes, 52, 'ReIsEr3Fs')
        ? 'JR'
        : undefined;
  if (version === undefined) return undefined;
  const blockBytes = u16(bytes, 44);
  const totalBytes = product(u32(bytes, 0), blockBytes);
  return known<Content>({
    kind: 'reiserfs',
    version,
    label: version === '3.5' ? undefined : textField(bytes, 100, 16),
    uuid: version === '3.5' ? undefined : uuidField(bytes, 84),
    totalBytes,
    usedBytes: usedOf(totalBytes, product(u32(bytes, 4), blockBytes)),
    blockBytes,
  });
}

/** Superblock of JFS: jfs_superblock.h of the kernel. */
export async function findJfs(peek: Peek): Promise<Content | undefined> {
  const bytes = await peek(32768, 184);
  if (bytes === undefined || !hasText(bytes, 0, 'JFS1')) return undefined;
  const physicalBytes = u32(bytes, 24);
  return known<Content>({
    kind: 'jfs',
    version: String(u32(bytes, 4)),
    label: textField(bytes, 152, 16),
    uuid: uuidField(bytes, 136),
    totalBytes: product(u32(bytes, 12) === 0 ? u32(bytes, 8) : undefined, physicalBytes),
    blockBytes: u32(bytes, 16),
    dirty: u32(bytes, 40) !== 0,
  });
}

/** The magic number of a squashfs, little-endian, as version 4 writes it. */
export async function findSquashfs(peek: Peek): Promise<Content | undefined> {
  const bytes = await peek(0, 96);
  if (bytes === undefined || !hasText(bytes, 0, 'hsqs') || u16(bytes, 28) !== 4) return undefined;
  return known<Content>({ kind: 'squashfs', version: '4', totalBytes: at(bytes, 40) });
}
