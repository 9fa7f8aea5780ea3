import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Place, storeBytes, systemBytes } from './boot-hives.ts';
import { type BootFiles, bootCode, makeEsp, makeNtfs, putInto } from './boot-volumes.ts';
import { writeTable } from './partition-tables.ts';

/** What fixtures of boot disks are made with. */
export const BOOT_TOOLS = [
  'sfdisk',
  'sgdisk',
  'mkntfs',
  'ntfslabel',
  'ntfs-3g',
  'setfattr',
  'nasm',
  'mkfs.vfat',
  'mcopy',
];

export type Layout = 'xp' | 'mbr' | 'logical' | 'late' | 'gpt';

/** A disk from which Windows would start, as far as its structures go. */
export interface BootDiskImage {
  readonly layout: Layout;
  readonly path: string;
  readonly sizeBytes: number;
  /** First sector and number of sectors of each partition, by its number. */
  readonly parts: Readonly<Record<number, { readonly start: number; readonly sectors: number }>>;
  /** Number of the partition that is started (with UEFI: the EFI system partition), and of that with Windows. */
  readonly home: number;
  readonly windows: number;
  readonly place: (part: number) => Place;
}

const MIB_SECTORS = 2048;
/** Free code for an MBR, of the package syslinux-common. */
export const MBR_CODE = '/usr/lib/syslinux/mbr/mbr.bin';
/** A loader for UEFI, as far as its header is looked at. */
const EFI_LOADER = ((): Buffer => {
  const bytes = Buffer.alloc(20_000, 0x90);
  bytes.write('MZ');
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write('PE\0\0', 0x80);
  bytes.writeUInt16LE(0x8664, 0x84);
  return bytes;
})();

const bootIni = (partition: number, folder = 'WINDOWS'): string =>
  [
    '[boot loader]',
    'timeout=30',
    `default=multi(0)disk(0)rdisk(0)partition(${partition})\\${folder}`,
    '[operating systems]',
    `multi(0)disk(0)rdisk(0)partition(${partition})\\${folder}="Windows XP f\u00fcr alle" /noexecute=optin /fastdetect`,
    '',
  ].join('\r\n');

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Files of the loader of XP, with boot.ini for that partition. */
const ntldrFiles = (partition: number): BootFiles => ({
  NTLDR: { content: new Uint8Array(250_000).fill(0x11), attributes: 0x27 },
  'NTDETECT.COM': { content: new Uint8Array(47_564).fill(0x12), attributes: 0x27 },
  'boot.ini': { content: latin1(bootIni(partition)), attributes: 0x26 },
});

const xpFiles = (system: Buffer): BootFiles => ({
  'WINDOWS/system32/ntoskrnl.exe': new Uint8Array(5000).fill(1),
  'WINDOWS/system32/hal.dll': new Uint8Array(5000).fill(2),
  'WINDOWS/system32/config/system': system,
  'WINDOWS/ServicePackFiles/i386/ntldr': new Uint8Array(250_000).fill(0x11),
  'WINDOWS/ServicePackFiles/i386/ntdetect.com': new Uint8Array(47_564).fill(0x12),
});

const bootmgrFiles = (store: Buffer): BootFiles => ({
  bootmgr: { content: new Uint8Array(380_000).fill(0x21), attributes: 0x27 },
  'Boot/BCD': { content: store, attributes: 0x26 },
  'Boot/memtest.exe': new Uint8Array(3000).fill(3),
});

const windowsFiles = (system: Buffer): BootFiles => ({
  'Windows/System32/ntoskrnl.exe': new Uint8Array(5000).fill(1),
  'Windows/System32/winload.exe': new Uint8Array(5000).fill(4),
  'Windows/System32/winload.efi': new Uint8Array(5000).fill(5),
  'Windows/System32/winresume.exe': new Uint8Array(500).fill(6),
  'Windows/System32/winresume.efi': new Uint8Array(500).fill(6),
  'Windows/System32/config/SYSTEM': system,
  'Windows/Boot/PCAT/bootmgr': new Uint8Array(380_000).fill(0x21),
  'Windows/Boot/EFI/bootmgfw.efi': EFI_LOADER,
  'Windows/Boot/EFI/en-US/bootmgfw.efi.mui': new Uint8Array(900).fill(7),
  'Users/Ann/letter.txt': 'Dear Bob',
});

const RECOVERY: BootFiles = { 'Recovery/WindowsRE/Winre.wim': new Uint8Array(40_000).fill(9) };

interface Part {
  readonly start: number;
  readonly sectors: number;
  readonly label: string;
  readonly files: (place: (part: number) => Place) => BootFiles;
  readonly code?: 'bootmgr' | 'ntldr';
  readonly fat?: boolean;
  /** Nothing is made in it. */
  readonly raw?: boolean;
}

interface Plan {
  readonly sizeSectors: number;
  readonly home: number;
  readonly windows: number;
  readonly parts: Readonly<Record<number, Part>>;
  /** For sfdisk. */
  readonly script: (signature: string) => string;
}

const PLANS: Readonly<Record<Layout, Plan>> = {
  xp: {
    sizeSectors: 40 * MIB_SECTORS,
    home: 1,
    windows: 1,
    parts: {
      1: {
        start: 63,
        sectors: 20 * MIB_SECTORS,
        label: 'XP',
        code: 'ntldr',
        files: (place) => ({ ...ntldrFiles(1), ...xpFiles(systemBytes({ c: place(1), d: place(2) })) }),
      },
      2: {
        start: 22 * MIB_SECTORS,
        sectors: 10 * MIB_SECTORS,
        label: 'Data',
        code: 'ntldr',
        files: () => ({ 'a.txt': 'a' }),
      },
    },
    script: (id) =>
      `label: dos\nlabel-id: 0x${id}\n1: start=63,size=${20 * MIB_SECTORS},type=7,bootable\n2: start=${22 * MIB_SECTORS},size=${10 * MIB_SECTORS},type=7\n`,
  },
  mbr: {
    sizeSectors: 64 * MIB_SECTORS,
    home: 1,
    windows: 2,
    parts: {
      1: {
        start: 2048,
        sectors: 12 * MIB_SECTORS,
        label: 'System Reserved',
        code: 'bootmgr',
        files: (place) =>
          bootmgrFiles(
            storeBytes({ home: place(1), windows: place(2), recovery: place(3), firmware: 'bios' }),
          ),
      },
      2: {
        start: 13 * MIB_SECTORS,
        sectors: 30 * MIB_SECTORS,
        label: 'Windows',
        code: 'bootmgr',
        files: (place) => windowsFiles(systemBytes({ c: place(2) })),
      },
      3: {
        start: 45 * MIB_SECTORS,
        sectors: 10 * MIB_SECTORS,
        label: 'Recovery',
        code: 'bootmgr',
        files: () => RECOVERY,
      },
    },
    script: (id) =>
      `label: dos\nlabel-id: 0x${id}\n1: start=2048,size=${12 * MIB_SECTORS},type=7,bootable\n2: start=${13 * MIB_SECTORS},size=${30 * MIB_SECTORS},type=7\n3: start=${45 * MIB_SECTORS},size=${10 * MIB_SECTORS},type=27\n`,
  },
  // The slots of a disk on which Linux came first: NTLDR is in slot 3, its Windows on the second logical partition.
  logical: {
    sizeSectors: 80 * MIB_SECTORS,
    home: 3,
    windows: 6,
    parts: {
      1: { start: 2048, sectors: 4 * MIB_SECTORS, label: '', files: () => ({}), raw: true },
      3: {
        start: 60 * MIB_SECTORS,
        sectors: 12 * MIB_SECTORS,
        label: 'Start',
        code: 'ntldr',
        files: () => ntldrFiles(4),
      },
      5: {
        start: 8 * MIB_SECTORS,
        sectors: 12 * MIB_SECTORS,
        label: 'Data',
        code: 'ntldr',
        files: () => ({ 'b.txt': 'b' }),
      },
      6: {
        start: 24 * MIB_SECTORS,
        sectors: 20 * MIB_SECTORS,
        label: 'XP',
        code: 'ntldr',
        files: (place) => xpFiles(systemBytes({ c: place(6), d: place(5) })),
      },
    },
    script: (id) =>
      `label: dos\nlabel-id: 0x${id}\n1: start=2048,size=${4 * MIB_SECTORS},type=83\n2: start=${6 * MIB_SECTORS},size=${46 * MIB_SECTORS},type=f\n3: start=${60 * MIB_SECTORS},size=${12 * MIB_SECTORS},type=7,bootable\n5: start=${8 * MIB_SECTORS},size=${12 * MIB_SECTORS},type=7\n6: start=${24 * MIB_SECTORS},size=${20 * MIB_SECTORS},type=7\n`,
  },
  // The same with a later Windows: its loader on a primary partition, itself on a logical one.
  late: {
    sizeSectors: 80 * MIB_SECTORS,
    home: 1,
    windows: 6,
    parts: {
      1: {
        start: 2048,
        sectors: 12 * MIB_SECTORS,
        label: 'System Reserved',
        code: 'bootmgr',
        files: (place) =>
          bootmgrFiles(
            storeBytes({ home: place(1), windows: place(6), recovery: place(5), firmware: 'bios' }),
          ),
      },
      5: {
        start: 16 * MIB_SECTORS,
        sectors: 10 * MIB_SECTORS,
        label: 'Recovery',
        code: 'bootmgr',
        files: () => RECOVERY,
      },
      6: {
        start: 30 * MIB_SECTORS,
        sectors: 30 * MIB_SECTORS,
        label: 'Windows',
        code: 'bootmgr',
        files: (place) => windowsFiles(systemBytes({ c: place(6) })),
      },
    },
    script: (id) =>
      `label: dos\nlabel-id: 0x${id}\n1: start=2048,size=${12 * MIB_SECTORS},type=7,bootable\n2: start=${14 * MIB_SECTORS},size=${60 * MIB_SECTORS},type=f\n5: start=${16 * MIB_SECTORS},size=${10 * MIB_SECTORS},type=7\n6: start=${30 * MIB_SECTORS},size=${30 * MIB_SECTORS},type=7\n`,
  },
  gpt: {
    sizeSectors: 110 * MIB_SECTORS,
    home: 1,
    windows: 3,
    parts: {
      1: {
        start: 2048,
        sectors: 36 * MIB_SECTORS,
        label: 'SYSTEM',
        fat: true,
        files: (place) => ({
          'EFI/Microsoft/Boot/BCD': storeBytes({
            home: place(1),
            windows: place(3),
            recovery: place(4),
            firmware: 'uefi',
          }),
          'EFI/Microsoft/Boot/bootmgfw.efi': EFI_LOADER,
          'EFI/Microsoft/Boot/memtest.efi': new Uint8Array(300).fill(8),
          'EFI/Boot/bootx64.efi': EFI_LOADER,
        }),
      },
      2: { start: 38 * MIB_SECTORS, sectors: 16 * MIB_SECTORS, label: '', files: () => ({}), raw: true },
      3: {
        start: 55 * MIB_SECTORS,
        sectors: 30 * MIB_SECTORS,
        label: 'Windows',
        code: 'bootmgr',
        files: (place) => windowsFiles(systemBytes({ c: place(3) })),
      },
      4: {
        start: 86 * MIB_SECTORS,
        sectors: 10 * MIB_SECTORS,
        label: 'Recovery',
        code: 'bootmgr',
        files: () => RECOVERY,
      },
    },
    script: () => '',
  },
};

const TYPES: Readonly<Record<number, string>> = {
  1: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  2: 'E3C9E316-0B5C-4DB8-817D-F92DF00215AE',
  3: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',
  4: 'DE94BBA4-06D1-4D40-A16A-BFD50179D6AC',
};

/** Makes a disk of that layout in `folder`, with a signature or GUIDs of its own. */
export async function makeBootDisk(folder: string, layout: Layout): Promise<BootDiskImage> {
  const plan = PLANS[layout];
  const path = join(folder, `${layout}.img`);
  writeFileSync(path, '');
  const signature = randomBytes(4).readUInt32LE();
  const guids = { disk: randomUUID().toUpperCase(), parts: new Map<number, string>() };
  for (const number of Object.keys(plan.parts)) guids.parts.set(Number(number), randomUUID().toUpperCase());
  const place = (number: number): Place =>
    layout === 'gpt'
      ? { diskGuid: guids.disk, partitionGuid: guids.parts.get(number) ?? '' }
      : { signature, offsetBytes: (plan.parts[number]?.start ?? 0) * 512 };
  const script =
    layout === 'gpt' ? gptScript(plan, guids) : plan.script(signature.toString(16).padStart(8, '0'));
  writeTable(path, script, plan.sizeSectors * 512);
  for (const [number, part] of Object.entries(plan.parts)) {
    if (part.raw) continue;
    const volume = join(folder, `${layout}-${number}.part`);
    const { start, sectors, label } = part;
    const files = part.files(place);
    if (part.fat) await makeEsp(volume, sectors, start, files);
    else
      await makeNtfs({
        image: volume,
        sectors,
        start,
        label,
        files,
        ...(part.code && { code: bootCode(part.code) }),
      });
    await putInto(path, start, volume);
    rmSync(volume);
  }
  if (layout !== 'gpt') {
    const disk = await open(path, 'r+');
    await disk.write(readFileSync(MBR_CODE), 0, 440, 0);
    await disk.close();
  }
  const parts = Object.fromEntries(
    Object.entries(plan.parts).map(([number, { start, sectors }]) => [number, { start, sectors }]),
  );
  return {
    layout,
    path,
    sizeBytes: plan.sizeSectors * 512,
    parts,
    home: plan.home,
    windows: plan.windows,
    place,
  };
}

function gptScript(plan: Plan, guids: { disk: string; parts: ReadonlyMap<number, string> }): string {
  const lines = Object.entries(plan.parts).map(
    ([number, { start, sectors }]) =>
      `${number}: start=${start},size=${sectors},type=${TYPES[Number(number)]},uuid=${guids.parts.get(Number(number))}`,
  );
  return `label: gpt\nlabel-id: ${guids.disk}\n${lines.join('\n')}\n`;
}
