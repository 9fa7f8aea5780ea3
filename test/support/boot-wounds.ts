import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FindingState } from '../../src/boot/finding.ts';
import type { ItemId } from '../../src/boot/items.ts';
import { crc32 } from '../../src/partition/crc32.ts';
import type { Layout } from './boot-disks.ts';
import { deviceElement, letterData, ramdiskElement, systemBytes } from './boot-hives.ts';
import { type BootImage, le32 } from './boot-image.ts';
import { sealed } from './hive.ts';

/** Something that is broken on purpose, and what is to become of it. */
export interface Wound {
  readonly name: string;
  readonly layout: Layout;
  /** The finding that has to tell of it: `M4`, `N2:1`. */
  readonly finding: string;
  readonly state: FindingState;
  /** What it has to say: of what was read, what that means, or what to do. */
  readonly says: RegExp;
  readonly wound: (image: BootImage) => void | Promise<void>;
  /** Other items that are hit as well. */
  readonly also?: readonly ItemId[];
  /** There is no fix, and that is right. */
  readonly unfixable?: true;
  /** State of the finding after the fix, if it is not `ok`. */
  readonly after?: FindingState;
  /** What the screen of a machine with a BIOS shows when it is started from the disk; once fixed it starts the loader. */
  readonly screen?: RegExp;
  /** Nothing more comes on the screen. */
  readonly isSilent?: true;
  readonly supplies?: { readonly activePartition?: number };
  /** Looks at what the fix has made of it. */
  readonly judge?: (image: BootImage) => void | Promise<void>;
}

const ENTRIES = 446;
const STATUS = (slot: number): number => ENTRIES + 16 * (slot - 1);
const TYPE = (slot: number): number => STATUS(slot) + 4;

const zeros = (length: number): Buffer => Buffer.alloc(length);

/** Puts the code of mkntfs into a volume, in both boot sectors. */
function stub(image: BootImage, part: number): void {
  const volume = `${image.disk.path}.stub`;
  writeFileSync(volume, '');
  truncateSync(volume, 4 * 2 ** 20);
  execFileSync('mkntfs', ['-F', '-q', '-Q', '-p', '0', '-H', '0', '-S', '0', volume], { stdio: 'ignore' });
  const code = readFileSync(volume).subarray(0, 8192);
  rmSync(volume);
  for (const [from, to] of [
    [0, 3],
    [0x54, 0x1fe],
  ] as const) {
    bothSectors(image, part, from, code.subarray(from, to));
  }
  image.writeIn(part, 0x200, code.subarray(0x200));
}

function bothSectors(image: BootImage, part: number, at: number, bytes: Uint8Array): void {
  image.writeIn(part, at, bytes);
  image.writeIn(part, image.size(part) - 512 + at, bytes);
}

/** Makes the size in an entry of a table smaller. */
function shrink(image: BootImage, entryAt: number, sectors: number): void {
  image.write(entryAt + 12, le32(image.read(entryAt + 12, 4).readUInt32LE() - sectors));
}

/** A file in a folder that is compressed. */
async function compress(root: string, path: string): Promise<void> {
  const folder = join(root, 'squeezed');
  mkdirSync(folder);
  execFileSync('setfattr', ['-h', '-v', '0x00000810', '-n', 'system.ntfs_attrib_be', folder]);
  execFileSync('cp', [join(root, path), join(folder, 'file')]);
  execFileSync('mv', [join(folder, 'file'), join(root, path)]);
  rmSync(folder, { recursive: true });
}

const OTHER_GUIDS = {
  diskGuid: 'AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE',
  partitionGuid: 'AAAAAAAA-0000-0000-0000-EEEEEEEEEEEE',
};

/** The place that a partition would have been at on the disk that the volumes came from. */
const oldPlace = (image: BootImage, part: number) =>
  image.disk.layout === 'gpt'
    ? { ...OTHER_GUIDS, partitionGuid: OTHER_GUIDS.partitionGuid.replace('0000', `000${part}`) }
    : { signature: 0xdeadbeef, offsetBytes: image.start(part) + 63 * 512 };

/** Makes the store name all partitions as they were on another disk. */
function moveStore(image: BootImage): void {
  const { home, windows, layout } = image.disk;
  for (const part of [home, windows]) {
    image.replace(home, deviceElement(image.disk.place(part)), deviceElement(oldPlace(image, part)));
  }
  const recovery = { gpt: 4, late: 5 }[layout as string] ?? 3;
  const path = '\\Recovery\\WindowsRE\\Winre.wim';
  image.replace(
    home,
    ramdiskElement(image.disk.place(recovery), path),
    ramdiskElement(oldPlace(image, recovery), path),
  );
}

function moveLetter(image: BootImage): void {
  const { windows } = image.disk;
  image.replace(windows, letterData(image.disk.place(windows)), letterData(oldPlace(image, windows)));
}

const lastSector = ({ disk }: BootImage): number => disk.sizeBytes / 512 - 1;

/** Changes the GPT in both copies, checksums included. */
function editGpt(
  image: BootImage,
  edit: (entries: Buffer, header: Buffer) => void,
  lbas: readonly number[] = [1, lastSector(image)],
): void {
  for (const lba of lbas) {
    const header = image.read(lba * 512, 512);
    const at = Number(header.readBigUInt64LE(72)) * 512;
    const entries = image.read(at, 128 * 128);
    edit(entries, header);
    header.writeUInt32LE(crc32(entries), 88);
    header.writeUInt32LE(0, 16);
    header.writeUInt32LE(crc32(header.subarray(0, 92)), 16);
    image.write(at, entries);
    image.write(lba * 512, header);
  }
}

const entryOf = (part: number): number => (part - 1) * 128;

/** Sets the base block of the hive that begins at a place of a partition. */
function unclean(image: BootImage, part: number, at: number): void {
  const base = image.read(image.start(part) + at, 4096);
  base.writeUInt32LE(base.readUInt32LE(4) + 1, 4);
  image.writeIn(part, at, sealed(base));
}

/** A restart page of $LogFile in which a client still has the log open. */
function openLog(image: BootImage, part: number): void {
  const page = Buffer.alloc(4096);
  page.write('RSTR');
  page.writeUInt16LE(0x1e, 4);
  page.writeUInt16LE(9, 6);
  page.writeUInt32LE(4096, 0x10);
  page.writeUInt32LE(4096, 0x14);
  page.writeUInt16LE(0x30, 0x18);
  page.writeUInt16LE(1, 0x1c);
  page.writeBigUInt64LE(1000n, 0x30);
  page.writeUInt16LE(0, 0x30 + 0x0c);
  const at = logPlace(image, part);
  image.writeIn(part, at, page);
  image.writeIn(part, at + 4096, page);
}

/** The log of a volume of mkntfs is the longest stretch of ones in it. */
function logPlace(image: BootImage, part: number): number {
  const at = image.find(part, Buffer.alloc(65_536, 0xff));
  if (at < 0 || at % 4096 !== 0) throw new Error(`no log was found in partition ${part}: ${at}`);
  return at;
}

const iniPlace = (image: BootImage, part: number): number => {
  const at = image.find(part, '[boot loader]');
  if (at < 0) throw new Error('no boot.ini was found');
  return at;
};

/** Writes another number into both lines of boot.ini, which is small and lies in its record. */
function renumberIni(image: BootImage, part: number, from: number, to: number): void {
  for (let i = 0; i < 2; i++) {
    const at = image.find(part, `partition(${from})`, iniPlace(image, part));
    image.writeIn(part, at + 'partition('.length, Buffer.from(String(to)));
  }
}

export const WOUNDS: readonly Wound[] = [
  // The table of an MBR.
  ...(['xp', 'logical', 'gpt'] as const).map(
    (layout): Wound => ({
      name: 'the mark of the table is gone',
      layout,
      finding: 'M1',
      state: 'failing',
      says: /Neither BIOS nor Windows/,
      wound: (image) => image.write(510, zeros(2)),
      also: layout === 'gpt' ? ['G1'] : [],
      ...(layout !== 'gpt' && { screen: /not a bootable disk/ }),
    }),
  ),
  ...(['xp', 'mbr', 'logical'] as const).flatMap((layout): Wound[] => [
    {
      name: 'no code in the MBR',
      layout,
      finding: 'M2',
      state: 'failing',
      says: /no code/,
      wound: (image) => image.write(0, zeros(440)),
      ...(layout !== 'mbr' && { screen: /Booting from Hard Disk/, isSilent: true }),
    },
    {
      name: 'no signature',
      layout,
      finding: 'M3',
      state: layout === 'mbr' ? 'failing' : 'warning',
      says: layout === 'mbr' ? /0xc000000e/ : /gives it a number/,
      wound: (image) => image.write(0x1b8, zeros(4)),
      also: ['B1', 'R1'],
      judge: (image) => {
        const place = image.disk.place(image.disk.home);
        const signature = 'signature' in place ? place.signature : 0;
        if (image.read(0x1b8, 4).readUInt32LE() !== signature) throw new Error('it is not the old one');
      },
    },
    {
      name: 'no partition is active',
      layout,
      finding: 'M4',
      state: 'failing',
      says: /finds no partition/,
      wound: (image) => image.write(STATUS(image.disk.home), zeros(1)),
      // The code of syslinux looks for an active one in an extended partition too, and never ends when there is none.
      ...(layout !== 'logical' && { screen: /Missing operating system/ }),
    },
    {
      name: 'two partitions are active',
      layout,
      finding: 'M4',
      state: 'failing',
      says: /several are active/,
      wound: (image) => image.write(STATUS(layout === 'logical' ? 1 : 2), Buffer.of(0x80)),
      screen: /Multiple active partitions/,
    },
    {
      name: 'the first sector of the volume says that it begins elsewhere',
      layout,
      finding: `N2:${layout === 'logical' ? 3 : 1}`,
      state: 'failing',
      says: /disk read error/,
      wound: (image) => bothSectors(image, image.disk.home, 0x1c, le32(12_345)),
      screen: /A disk read error occurred/,
    },
    {
      name: 'the code of mkntfs',
      layout,
      finding: `N7:${layout === 'logical' ? 3 : 1}`,
      state: 'failing',
      says: /not a bootable disk/,
      wound: (image) => stub(image, image.disk.home),
      screen: /This is not a bootable disk/,
    },
    {
      name: 'the partition is hidden',
      layout,
      finding: `N0:${layout === 'logical' ? 3 : 1}`,
      state: 'failing',
      says: /gives it no letter/,
      wound: (image) => image.write(TYPE(image.disk.home), Buffer.of(0x17)),
    },
  ]),
  {
    name: 'GRUB, and its Linux is gone',
    layout: 'xp',
    finding: 'M2',
    state: 'failing',
    says: /GRUB starts the computer/,
    wound: (image) => image.write(0x180, Buffer.from('GRUB \0Geom\0Hard Disk\0Read\0 Error')),
    // The text of syslinux is what it was recognised by.
  },
  {
    name: 'a status that is neither 80 nor 00',
    layout: 'mbr',
    finding: 'M4',
    state: 'failing',
    says: /other than 80 and 00/,
    wound: (image) => image.write(STATUS(3), Buffer.of(0x7f)),
    also: [],
  },
  {
    name: 'the wrong partition is active',
    layout: 'mbr',
    finding: 'M4',
    state: 'failing',
    says: /neither bootmgr nor NTLDR/,
    wound: (image) => {
      image.write(STATUS(1), zeros(1));
      image.write(STATUS(2), Buffer.of(0x80));
    },
  },
  {
    name: 'a link in the chain of logical partitions is damaged',
    layout: 'logical',
    finding: 'M5',
    state: 'failing',
    says: /TestDisk/,
    wound: (image) => image.write((24 * 2048 - 2048) * 512 + 510, zeros(2)),
    also: ['M6', 'I1', 'F1', 'N7', 'M4', 'R1', 'F2'],
    unfixable: true,
  },
  {
    name: 'a partition ends behind the disk',
    layout: 'mbr',
    finding: 'M6',
    state: 'failing',
    says: /behind the end of the disk/,
    wound: (image) => image.write(ENTRIES + 32 + 12, le32(900_000)),
    unfixable: true,
  },
  // GPT.
  {
    name: 'the first header is damaged',
    layout: 'gpt',
    finding: 'G1',
    state: 'warning',
    says: /the first is damaged/,
    wound: (image) => image.write(512 + 40, Buffer.of(0xff)),
  },
  {
    name: 'the entries of the second copy are damaged',
    layout: 'gpt',
    finding: 'G1',
    state: 'warning',
    says: /the second is damaged/,
    wound: (image) => image.write(image.disk.sizeBytes - 512 - 16_384, Buffer.of(0xff)),
  },
  {
    name: 'the second copy is whole, and of an older table',
    layout: 'gpt',
    finding: 'G1',
    state: 'warning',
    says: /they differ/,
    wound: (image) =>
      editGpt(image, (entries) => void entries.fill(0, entryOf(3), entryOf(4)), [lastSector(image)]),
    unfixable: true,
  },
  {
    name: 'the disk is larger than the table says',
    layout: 'gpt',
    finding: 'G2',
    state: 'warning',
    says: /does not lie at the end/,
    wound: (image) => truncateSync(image.disk.path, image.disk.sizeBytes + 8 * 2 ** 20),
  },
  {
    name: 'two partitions have the same GUID',
    layout: 'gpt',
    finding: 'G3',
    state: 'failing',
    says: /same GUID/,
    wound: (image) =>
      editGpt(image, (entries) => entries.copy(entries, entryOf(4) + 16, entryOf(2) + 16, entryOf(2) + 32)),
    also: ['B1', 'R1', 'E3'],
  },
  {
    name: 'no partition is an EFI system partition',
    layout: 'gpt',
    finding: 'G4',
    state: 'failing',
    says: /finds no partition to start from/,
    wound: (image) =>
      editGpt(image, (entries) => entries.copy(entries, entryOf(1), entryOf(3), entryOf(3) + 16)),
  },
  {
    name: 'the partition of Windows is hidden',
    layout: 'gpt',
    finding: 'G4:3',
    state: 'failing',
    says: /a letter/,
    wound: (image) => editGpt(image, (entries) => void entries.writeUInt8(0xc0, entryOf(3) + 48 + 7)),
  },
  {
    name: 'the first sector is zeros',
    layout: 'gpt',
    finding: 'G1',
    state: 'failing',
    says: /does not say so/,
    wound: (image) => image.write(0, zeros(512)),
    also: ['M1'],
  },
  // Boot sectors: in each layout those of another sort of partition.
  ...(
    [
      ['xp', 1, 'failing'],
      ['logical', 6, 'warning'],
      ['gpt', 3, 'warning'],
    ] as const
  ).flatMap(([layout, part, drive]): Wound[] => [
    {
      name: 'no heads and tracks',
      layout,
      finding: `N3:${part}`,
      state: 'warning',
      says: /divides by these numbers/,
      wound: (image) => bothSectors(image, part, 0x18, zeros(4)),
    },
    {
      name: 'another drive',
      layout,
      finding: `N4:${part}`,
      state: drive,
      says: drive === 'failing' ? /from another drive/ : /Only the code of XP/,
      wound: (image) => bothSectors(image, part, 0x24, Buffer.of(0x81)),
      ...(drive === 'failing' && { screen: /A disk read error occurred/ }),
    },
    {
      name: 'the copy of the boot sector is gone',
      layout,
      finding: `N6:${part}`,
      state: 'warning',
      says: /another/,
      wound: (image) => image.writeIn(part, image.size(part) - 512, zeros(512)),
    },
    {
      name: 'the boot sector is gone',
      layout,
      finding: `N6:${part}`,
      state: 'failing',
      says: /boot sector damaged/,
      wound: (image) => image.writeIn(part, 0, zeros(512)),
      ...(layout === 'xp' && { screen: /Missing operating system|load error/ }),
      also: ['N1', 'N2', 'N3', 'N4', 'N5', 'N7'],
    },
  ]),
  {
    name: 'a volume for another sector size',
    layout: 'gpt',
    finding: 'N1:3',
    state: 'failing',
    says: /counts in sectors of 4096/,
    wound: (image) => {
      // Sectors of 4096 bytes with one of them in a cluster: the same volume, counted otherwise.
      const total = image.read(image.start(3) + 0x28, 8).readBigUInt64LE();
      const count = Buffer.alloc(8);
      count.writeBigUInt64LE(total / 8n);
      for (const at of [0, image.size(3) - 512]) {
        image.writeIn(3, at + 0x0b, Buffer.of(0, 0x10, 1));
        image.writeIn(3, at + 0x28, count);
      }
    },
    also: ['N6', 'N5'],
    unfixable: true,
  },
  {
    name: 'a volume that is not started says that it begins elsewhere',
    layout: 'mbr',
    finding: 'N2:2',
    state: 'warning',
    says: /does without it/,
    wound: (image) => bothSectors(image, 2, 0x1c, le32(63)),
  },
  {
    name: 'a logical volume that begins nowhere',
    layout: 'logical',
    finding: 'N2:6',
    state: 'warning',
    says: /does without it/,
    wound: (image) => bothSectors(image, 6, 0x1c, le32(77)),
  },
  {
    name: 'UEFI does without hidden sectors',
    layout: 'gpt',
    finding: 'N2:3',
    state: 'warning',
    says: /UEFI does without it/,
    wound: (image) => bothSectors(image, 3, 0x1c, le32(63)),
  },
  {
    name: 'UEFI does without code',
    layout: 'gpt',
    finding: 'N7:3',
    state: 'warning',
    says: /UEFI does without it/,
    wound: (image) => stub(image, 3),
  },
  {
    name: 'a partition that is too small for its volume',
    layout: 'xp',
    finding: 'N5:1',
    state: 'failing',
    says: /RAW/,
    wound: (image) => shrink(image, ENTRIES, 100),
    also: ['N6'],
  },
  {
    name: 'a logical partition that is too small for its volume',
    layout: 'logical',
    finding: 'N5:6',
    state: 'failing',
    says: /RAW/,
    wound: (image) => {
      // Its own entry, and the link that leads to it.
      shrink(image, (24 * 2048 - 2048) * 512 + ENTRIES, 100);
      shrink(image, 6 * 2048 * 512 + ENTRIES + 16, 2200);
    },
    also: ['N6'],
  },
  {
    name: 'a partition of a GPT that is too small for its volume',
    layout: 'gpt',
    finding: 'N5:3',
    state: 'failing',
    says: /RAW/,
    wound: (image) =>
      editGpt(image, (entries) => {
        const at = entryOf(3) + 40;
        entries.writeBigUInt64LE(entries.readBigUInt64LE(at) - 100n, at);
      }),
    also: ['N6'],
  },
  {
    name: 'BitLocker',
    layout: 'mbr',
    finding: 'X1:2',
    state: 'unknown',
    says: /recovery key/,
    wound: (image) => image.writeIn(2, 3, Buffer.from('-FVE-FS-')),
    also: ['B1', 'B3', 'N0', 'N6', 'R1'],
    unfixable: true,
  },
  // Files of the loader.
  {
    name: 'NTLDR is missing',
    layout: 'xp',
    finding: 'F1:1',
    state: 'failing',
    says: /NTLDR is missing/,
    wound: (image) => image.change(1, (root) => rmSync(join(root, 'NTLDR'))),
    also: ['N7', 'M4', 'I1'],
  },
  {
    name: 'boot.ini is missing',
    layout: 'logical',
    finding: 'F1:3',
    state: 'failing',
    says: /boot.ini is missing/,
    wound: (image) => image.change(3, (root) => rmSync(join(root, 'boot.ini'))),
  },
  {
    name: 'NTLDR and boot.ini are compressed',
    layout: 'logical',
    finding: 'F1:3',
    state: 'failing',
    says: /NTLDR is compressed/,
    wound: (image) =>
      image.change(3, async (root) => {
        await compress(root, 'NTLDR');
        await compress(root, 'boot.ini');
      }),
  },
  {
    name: 'bootmgr is compressed',
    layout: 'mbr',
    finding: 'F1:1',
    state: 'failing',
    says: /BOOTMGR is compressed/,
    wound: (image) => image.change(1, (root) => compress(root, 'bootmgr')),
  },
  {
    name: 'bootmgr is missing',
    layout: 'mbr',
    finding: 'F1:1',
    state: 'failing',
    says: /bootmgr is missing/,
    wound: (image) => image.change(1, (root) => rmSync(join(root, 'bootmgr'))),
    also: ['N7', 'M4'],
  },
  ...(['mbr', 'late'] as const).map(
    (layout): Wound => ({
      name: 'the boot store is missing',
      layout,
      finding: 'F1:1',
      state: 'failing',
      says: /Boot\/BCD is missing/,
      wound: (image) => image.change(1, (root) => rmSync(join(root, 'Boot/BCD'))),
      judge: (image) => {
        // The new store names the partition of Windows.
        const element = deviceElement(image.disk.place(image.disk.windows));
        if (image.find(1, element) < 0) throw new Error('the new store does not name it');
      },
    }),
  ),
  {
    name: 'a sleeping Windows remembers the boot store too',
    layout: 'mbr',
    finding: 'B1:1',
    state: 'failing',
    says: /Windows sleeps on partition 2/,
    wound: async (image) => {
      moveStore(image);
      await image.change(2, (root) => {
        const memory = Buffer.alloc(70_000, 7);
        memory.write('hibr');
        writeFileSync(join(root, 'hiberfil.sys'), memory);
      });
    },
    also: ['F2'],
    unfixable: true,
  },
  // The state of volumes.
  ...(
    [
      ['xp', 1],
      ['logical', 6],
      ['gpt', 3],
    ] as const
  ).flatMap(([layout, part]): Wound[] => [
    {
      name: 'Windows sleeps',
      layout,
      finding: `F2:${part}`,
      state: 'warning',
      says: /Windows sleeps/,
      wound: (image) =>
        image.change(part, (root) => {
          const memory = Buffer.alloc(70_000, 7);
          memory.write('hibr');
          writeFileSync(join(root, 'hiberfil.sys'), memory);
        }),
    },
    {
      name: 'changes wait in the log',
      layout,
      finding: `F2:${part}`,
      state: 'warning',
      says: /changes wait/,
      wound: (image) => openLog(image, part),
      // ntfsfix has Windows check the volume.
      after: 'warning',
    },
  ]),
  {
    name: 'the volume asks for a check',
    layout: 'mbr',
    finding: 'F2:2',
    state: 'warning',
    says: /asks for a check/,
    wound: (image) => {
      const volume = `${image.disk.path}.dirty`;
      execFileSync('dd', [
        `if=${image.disk.path}`,
        `of=${volume}`,
        `skip=${image.start(2)}`,
        `count=${image.size(2)}`,
        'iflag=skip_bytes,count_bytes',
        'bs=1M',
        'status=none',
      ]);
      execFileSync('ntfsfix', [volume], { stdio: 'ignore' });
      execFileSync('dd', [
        `if=${volume}`,
        `of=${image.disk.path}`,
        `seek=${image.start(2)}`,
        'oflag=seek_bytes',
        'conv=notrunc',
        'bs=1M',
        'status=none',
      ]);
      rmSync(volume);
    },
    unfixable: true,
  },
  // boot.ini.
  {
    name: 'boot.ini names a partition without Windows',
    layout: 'xp',
    finding: 'I1:1',
    state: 'failing',
    says: /hal\.dll/,
    wound: (image) => renumberIni(image, 1, 1, 2),
  },
  {
    name: 'boot.ini names the partition as Linux counts it',
    layout: 'logical',
    finding: 'I1:3',
    state: 'failing',
    says: /partition\(6\)/,
    wound: (image) => renumberIni(image, 3, 4, 6),
  },
  {
    name: 'boot.ini has to grow',
    layout: 'logical',
    finding: 'I1:3',
    state: 'failing',
    says: /partition\(12\)/,
    wound: (image) =>
      image.change(3, (root) => {
        execFileSync('sed', ['-i', 's/partition(4)/partition(12)/', join(root, 'boot.ini')]);
      }),
  },
  {
    name: 'boot.ini names another disk by its signature',
    layout: 'xp',
    finding: 'I1:1',
    state: 'warning',
    says: /signature deadbeef; this one has/,
    wound: (image) =>
      image.change(1, (root) => {
        execFileSync('sed', ['-i', 's/multi(0)/signature(DEADBEEF)/', join(root, 'boot.ini')]);
      }),
    unfixable: true,
  },
  // Boot stores and letters.
  ...(
    [
      ['mbr', 1, 2],
      ['late', 1, 6],
      ['gpt', 1, 3],
    ] as const
  ).flatMap(([layout, home, windows]): Wound[] => [
    {
      name: 'the boot store names another disk',
      layout,
      finding: `B1:${home}`,
      state: 'failing',
      says: /7 of 7 places wrong/,
      wound: moveStore,
    },
    {
      name: 'C: is on another disk',
      layout,
      finding: `R1:${windows}`,
      state: 'warning',
      says: /other letters/,
      wound: moveLetter,
    },
    {
      name: 'the boot store was not closed',
      layout,
      finding: `B2:${home}`,
      state: 'warning',
      says: /8 and 7/,
      wound: (image) => unclean(image, home, image.find(home, 'regf')),
      unfixable: true,
    },
    {
      name: 'the boot store is no hive any more',
      layout,
      finding: `B2:${home}`,
      state: 'failing',
      says: /byte \d+: found .*, expected/,
      wound: (image) => image.writeIn(home, image.find(home, 'regf') + 36, le32(0xffff_fff0)),
      also: ['B1', 'B3'],
      unfixable: true,
    },
    {
      name: 'the default is an entry that is not there',
      layout,
      finding: `B3:${home}`,
      state: 'failing',
      says: /which it does not have/,
      wound: (image) => {
        const text = Buffer.from('{11111111-2222-3333-4444-555555555555}\0', 'utf16le');
        const wrong = Buffer.from('{99999999-2222-3333-4444-555555555555}\0', 'utf16le');
        image.replace(home, text, wrong);
      },
      unfixable: true,
    },
  ]),
  {
    name: 'the store was made for the other firmware',
    layout: 'mbr',
    finding: 'B3:1',
    state: 'failing',
    says: /made for the other kind of firmware/,
    wound: (image) => {
      image.replace(1, Buffer.from('winload.exe', 'utf16le'), Buffer.from('winload.efi', 'utf16le'));
    },
    unfixable: true,
  },
  ...(
    [
      ['xp', 1],
      ['logical', 6],
    ] as const
  ).map(
    ([layout, part]): Wound => ({
      name: 'C: is another partition',
      layout,
      finding: `R1:${part}`,
      state: 'failing',
      says: /welcome screen/,
      wound: moveLetter,
    }),
  ),
  {
    name: 'C: of a Windows in a folder that only boot.ini tells of is another partition',
    layout: 'xp',
    finding: 'R1:1',
    state: 'failing',
    says: /welcome screen/,
    wound: async (image) => {
      await image.change(1, (root) => {
        execFileSync('mv', [join(root, 'WINDOWS'), join(root, 'WINXP')]);
        execFileSync('sed', ['-i', 's/\\\\WINDOWS/\\\\WINXP/', join(root, 'boot.ini')]);
      });
      moveLetter(image);
    },
  },
  {
    name: 'C: is remembered in the form of a GPT',
    layout: 'mbr',
    finding: 'R1:2',
    state: 'warning',
    says: /Clears all letters|other letters/,
    wound: (image) =>
      image.change(2, async (root) => {
        writeFileSync(join(root, 'Windows/System32/config/SYSTEM'), systemBytes({ c: OTHER_GUIDS }));
      }),
  },
  {
    name: 'the registry was not closed',
    layout: 'mbr',
    finding: 'R1:2',
    state: 'warning',
    says: /not written to/,
    wound: (image) => {
      moveLetter(image);
      unclean(image, 2, image.find(2, 'regf'));
    },
    unfixable: true,
  },
  ...(
    [
      ['xp', 1],
      ['logical', 6],
      ['gpt', 3],
    ] as const
  ).map(
    ([layout, part]): Wound => ({
      name: 'no driver is loaded at the start',
      layout,
      finding: `R2:${part}`,
      state: 'warning',
      says: /none of the usual drivers/,
      wound: (image) =>
        image.change(part, async (root) => {
          const drivers = { storahci: 3, stornvme: 3, atapi: 3 };
          const folder =
            layout === 'gpt' ? 'Windows/System32/config/SYSTEM' : 'WINDOWS/system32/config/system';
          writeFileSync(join(root, folder), systemBytes({ c: image.disk.place(part), drivers }));
        }),
    }),
  ),
  // UEFI.
  {
    name: 'the loader for UEFI is missing',
    layout: 'gpt',
    finding: 'E1:1',
    state: 'failing',
    says: /bootmgfw.efi is not there/,
    wound: (image) => image.mtools('mdel', 1, '::EFI/Microsoft/Boot/bootmgfw.efi'),
    also: ['E2', 'E3'],
  },
  {
    name: 'the store for UEFI is missing',
    layout: 'gpt',
    finding: 'E1:1',
    state: 'failing',
    says: /BCD is not there/,
    wound: (image) => image.mtools('mdel', 1, '::EFI/Microsoft/Boot/BCD'),
    judge: (image) => {
      if (image.find(1, deviceElement(image.disk.place(3))) < 0)
        throw new Error('the new store does not name partition 3');
    },
  },
  {
    name: 'the EFI system partition is empty',
    layout: 'gpt',
    finding: 'E1:1',
    state: 'failing',
    says: /bootmgfw.efi and BCD missing/,
    wound: (image) => image.mtools('mdeltree', 1, '::EFI'),
    also: ['E2', 'E3'],
  },
  {
    name: 'the EFI system partition is no FAT any more',
    layout: 'gpt',
    finding: 'E1:1',
    state: 'failing',
    says: /no FAT file system/,
    wound: (image) => image.writeIn(1, 0, zeros(512)),
    unfixable: true,
  },
  {
    name: 'the loader of last resort is missing',
    layout: 'gpt',
    finding: 'E2:1',
    state: 'warning',
    says: /starts nothing/,
    wound: (image) => image.mtools('mdel', 1, '::EFI/Boot/bootx64.efi'),
  },
];
