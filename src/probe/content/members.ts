import {
  be16,
  be32,
  be64,
  dashed,
  hasText,
  hex,
  known,
  product,
  textField,
  u8,
  u16,
  u32,
  u64,
  uuidField,
} from './bytes.ts';
import type { Content } from './content.ts';
import { at, type Peek } from './peek.ts';

/** Volumes that are parts of something else, or locked: LVM, RAID, ZFS, BitLocker, LUKS. */

/** A Linux RAID member: mdp_superblock_1 and mdp_super_t in the kernel's md_p.h. */
export async function findMdRaid(peek: Peek, sizeBytes: number): Promise<Content | undefined> {
  const MAGIC = 0xa92b4efc;
  const last = Math.floor(sizeBytes / 512);
  // Versions 1.1, 1.2 and 1.0: at the start, 4 KiB in, and at least 8 KiB before the end.
  const places: [string, number][] = [
    ['1.1', 0],
    ['1.2', 4096],
    ['1.0', Math.floor((last - 16) / 8) * 8 * 512],
  ];
  for (const [version, offset] of places) {
    const bytes = await peek(offset, 256);
    if (bytes === undefined || u32(bytes, 0) !== MAGIC || u32(bytes, 4) !== 1) continue;
    if (at(bytes, 144) !== offset / 512) continue;
    const level = u32(bytes, 72) | 0;
    return known<Content>({
      kind: 'md-raid',
      label: textField(bytes, 32, 32),
      uuid: uuidField(bytes, 16),
      version,
      group: `${level >= 0 ? `RAID ${level}` : 'RAID'}, ${u32(bytes, 92)} disks`,
    });
  }
  const old = Math.floor(sizeBytes / 65536) * 65536 - 65536;
  const bytes = await peek(old, 512);
  if (bytes === undefined || u32(bytes, 0) !== MAGIC || u32(bytes, 4) !== 0) return undefined;
  const digits = [20, 52, 56, 60].map((offset) => u32(bytes, offset).toString(16).padStart(8, '0')).join('');
  return {
    kind: 'md-raid',
    uuid: dashed(digits),
    version: `0.${u32(bytes, 8)}.${u32(bytes, 12)}`,
    group: `RAID ${u32(bytes, 28)}, ${u32(bytes, 40)} disks`,
  };
}

/** A member of a RAID that the firmware of the machine makes: Intel's form, or SNIA DDF. Both stand at the end. */
export async function findFirmwareRaid(peek: Peek, sizeBytes: number): Promise<Content | undefined> {
  const end = Math.floor(sizeBytes / 512) * 512;
  const intel = await peek(end - 1024, 512);
  if (intel !== undefined && hasText(intel, 0, 'Intel Raid ISM Cfg Sig. ')) {
    return known<Content>({ kind: 'firmware-raid', version: textField(intel, 24, 6), group: 'Intel RAID' });
  }
  const ddf = await peek(end - 512, 512);
  if (ddf !== undefined && be32(ddf, 0) === 0xde11de11) {
    return known<Content>({ kind: 'firmware-raid', version: textField(ddf, 32, 8), group: 'DDF RAID' });
  }
  return undefined;
}

const LABEL_SECTORS = 4;
/** So much of the text that describes a volume group is looked at: its name comes first. */
const GROUP_TEXT_BYTES = 512;
const MOST_AREAS = 8;

/** A physical volume of LVM: lib/format_text/layout.h of LVM2. */
export async function findLvm(peek: Peek): Promise<Content | undefined> {
  const head = await peek(0, LABEL_SECTORS * 512);
  if (head === undefined) return undefined;
  for (let sector = 0; sector < LABEL_SECTORS; sector++) {
    const label = head.subarray(sector * 512, sector * 512 + 512);
    if (!hasText(label, 0, 'LABELONE') || !hasText(label, 24, 'LVM2 001')) continue;
    const volume = u32(label, 20);
    if (volume + 40 > label.length) return undefined;
    const id = textField(label, volume, 32);
    return known<Content>({
      kind: 'lvm',
      version: '2',
      uuid: id?.replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/, '$1-$2-$3-$4-$5-$6-$7'),
      totalBytes: at(label, volume + 32),
      group: await groupName(peek, label, volume + 40),
    });
  }
  return undefined;
}

/** The name of the volume group: two lists of areas follow, each ended by a zero, and the second leads to the text. */
async function groupName(peek: Peek, label: Uint8Array, lists: number): Promise<string | undefined> {
  let offset = lists;
  for (let i = 0; i < MOST_AREAS && u64(label, offset) !== 0; i++) offset += 16;
  const area = u64(label, offset + 16);
  const header = area === undefined ? undefined : await peek(area, 512);
  if (area === undefined || header === undefined || !hasText(header, 5, 'LVM2 x[5A%r0N*>')) return undefined;
  const start = u64(header, 40);
  if (start === undefined || start === 0) return undefined;
  const text = await peek(area + start, GROUP_TEXT_BYTES);
  const name = text && /^([\w+.-]+) \{/.exec(textField(text, 0, text.length) ?? '')?.[1];
  return name === undefined ? undefined : `volume group ${name}`;
}

/** A part of a ZFS pool: the XDR list of names and values at 16 KiB of its first label. */
export async function findZfs(peek: Peek): Promise<Content | undefined> {
  const bytes = await peek(16384, 8192);
  // The list begins with: XDR, the writer's byte order, and the version 0 and flag 1 that pools use.
  if (bytes === undefined || u8(bytes, 0) !== 1 || be32(bytes, 4) !== 0 || be32(bytes, 8) !== 1)
    return undefined;
  let label: string | undefined;
  let uuid: string | undefined;
  let version: string | undefined;
  for (let offset = 12, pairs = 0; pairs < 64 && offset + 20 < bytes.length; pairs++) {
    const pairBytes = be32(bytes, offset);
    const nameBytes = be32(bytes, offset + 8);
    if (pairBytes < 20 || nameBytes === 0 || nameBytes > 64) break;
    const name = textField(bytes, offset + 12, nameBytes);
    const value = offset + 12 + Math.ceil(nameBytes / 4) * 4 + 8;
    if (name === 'name') label = textField(bytes, value + 4, Math.min(255, be32(bytes, value)));
    if (name === 'pool_guid') uuid = unsigned64(bytes, value);
    if (name === 'version') version = unsigned64(bytes, value);
    offset += pairBytes;
  }
  return version === undefined || uuid === undefined
    ? undefined
    : known<Content>({ kind: 'zfs', label, uuid, version });
}

/** A pool's number uses all 64 bits: shown in decimal, as ZFS shows it. */
const unsigned64 = (bytes: Uint8Array, offset: number): string =>
  String(be64(bytes, offset) ?? (BigInt(be32(bytes, offset)) << 32n) + BigInt(be32(bytes, offset + 4)));

/** The GUID that stands in boot sectors of BitLocker since Windows 7, as its bytes lie. */
const BITLOCKER_GUID = '3bd66749292ed84a8399f6a339e3d001';

/** BitLocker on a fixed drive, or BitLocker To Go, which looks like FAT to other systems. */
export async function findBitlocker(peek: Peek): Promise<Content | undefined> {
  const boot = await peek(0, 512);
  if (boot === undefined) return undefined;
  const guidAt = (offset: number): boolean => hex(boot.subarray(offset, offset + 16)) === BITLOCKER_GUID;
  const isFixed = hasText(boot, 3, '-FVE-FS-');
  const isToGo = hasText(boot, 3, 'MSWIN4.1') && guidAt(0x1a8);
  if (!isFixed && !isToGo) return undefined;
  return known<Content>({
    kind: 'bitlocker',
    // Vista's boot sectors have no such GUID.
    version: isToGo ? 'To Go' : guidAt(0xa0) ? '2' : '1',
    totalBytes: isToGo ? undefined : product(u32(boot, 0x20) || at(boot, 0x28), u16(boot, 0x0b)) || undefined,
    note: 'locked: what is in it cannot be seen without the recovery key',
  });
}

/** LUKS 1 and 2: the LUKS on-disk format specifications. */
export async function findLuks(peek: Peek): Promise<Content | undefined> {
  const bytes = await peek(0, 512);
  if (bytes === undefined || !hasText(bytes, 0, 'LUKS') || be16(bytes, 4) !== 0xbabe) return undefined;
  const version = be16(bytes, 6);
  return known<Content>({
    kind: 'luks',
    version: String(version),
    label: version === 2 ? textField(bytes, 24, 48) : undefined,
    uuid: textField(bytes, 168, 40),
    note: 'encrypted: what is in it cannot be seen without the passphrase',
  });
}
