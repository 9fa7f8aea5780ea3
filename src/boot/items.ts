/** A row of the list of what decides whether Windows boots. */
export interface Item {
  /** At most 24 letters: the name of the row in a table. */
  readonly title: string;
  /** What is read, what is expected, and what it means when it is otherwise. */
  readonly about: string;
  /** What a fix does, and what it may cost. */
  readonly fixing: string;
}

/** All rows, in the order in which they are checked and fixed: the table first, then what it leads to. */
export const ITEMS = {
  M1: {
    title: 'Mark of the table',
    about:
      'The first sector of the disk has to end in 55 AA. Without it neither BIOS nor Windows takes it for a partition table.',
    fixing:
      'The two bytes are written when the entries before them make sense. A table that is lost is taken from a saved copy (--mbr-from), which is of high risk: a wrong one hides every file.',
  },
  M2: {
    title: 'Code in the MBR',
    about:
      'A BIOS starts the code in the first 440 bytes of the disk; it starts the active partition. Zeros stop the start; the code of GRUB needs a Linux that is not on this disk any more.',
    fixing:
      'Free code is written (mbr.bin of syslinux), 440 bytes and no more: signature and table stay. It takes the place of whatever started other systems, or opened an encrypted disk.',
  },
  M3: {
    title: 'Signature of the disk',
    about:
      'The boot store and the drive letters name a disk by this number. It must not be 0, and no other disk that is attached may have the same: Windows then takes one of them offline, or gives it a new number, and does not start from it any more.',
    fixing:
      'A missing number is taken from the boot store, so that all fits again. For a twin a new one is made, and written into boot store and drive letters as well. Simpler: never start Windows with both disks attached.',
  },
  M4: {
    title: 'Active partition',
    about:
      'Exactly one of the four primary partitions has to be marked active (80), the others not (00), and it has to hold bootmgr or NTLDR. A logical partition cannot be started.',
    fixing: 'The mark goes to the primary partition with the loader, all others lose it. Four bytes at most.',
  },
  M5: {
    title: 'Logical partitions',
    about:
      'Each link in the chain of logical partitions has to be a table, inside of the extended partition.',
    fixing: 'Nothing is done: a wrong link hides partitions. TestDisk can search for them.',
  },
  M6: {
    title: 'Places of partitions',
    about: 'Every partition has to end before the disk does, and none may overlap another.',
    fixing: 'Nothing is done: the table must be made anew, for this disk.',
  },
  G1: {
    title: 'Both copies of the GPT',
    about: 'The table has two copies, each with checksums. UEFI takes the second when the first is damaged.',
    fixing: 'The damaged copy is written anew from the whole one.',
  },
  G2: {
    title: 'Place of the second GPT',
    about:
      'The second copy belongs into the last sector of the disk. After a clone to a larger disk it lies before.',
    fixing: 'It is written to the end, and the first copy is told so. The partitions stay as they are.',
  },
  G3: {
    title: 'Numbers of disk and parts',
    about:
      'Disk and partitions have a GUID each, by which boot store, drive letters and firmware name them. No other disk that is attached may have the same.',
    fixing:
      'New GUIDs for disk and partitions, and the same in boot store and drive letters. The entry in the firmware must be made anew (E3). Simpler: never start Windows with both disks attached.',
  },
  G4: {
    title: 'Types of partitions',
    about:
      'One partition has to be of the type EFI system, that of Windows a basic data partition that is not hidden.',
    fixing: 'Type and flags are set, with the checksums of both copies.',
  },
  N0: {
    title: 'Type of the partition',
    about: 'An NTFS partition of Windows has the type 07. Hidden ones (17, 27) get no drive letter.',
    fixing: 'One byte of the table is set to 07.',
  },
  N1: {
    title: 'Sector size',
    about: 'The volume has to count in sectors of the size that the disk has, or Windows cannot use it.',
    fixing: 'Nothing is done: the volume must be restored to a disk of its own sector size.',
  },
  N2: {
    title: 'Hidden sectors',
    about:
      'The boot sector says at which sector of the disk the partition begins; its code reads from there. After a move it is wrong, and the start ends in "A disk read error occurred". Volumes that are not started, and all under UEFI, do without.',
    fixing: 'Four bytes in the boot sector and in its copy.',
  },
  N3: {
    title: 'Heads and tracks',
    about: 'Old code counts in heads and tracks, and needs 255 and 63. Zeros stop it.',
    fixing: 'Four bytes in the boot sector and in its copy.',
  },
  N4: {
    title: 'Drive number',
    about: 'The code of Windows XP reads from the drive of this number, which has to be 80.',
    fixing: 'One byte in the boot sector and in its copy.',
  },
  N5: {
    title: 'Size of the volume',
    about: 'The volume must be smaller than its partition, or Windows shows it as RAW.',
    fixing: 'The partition is made larger where there is room behind it.',
  },
  N6: {
    title: 'Copy of the boot sector',
    about: 'The boot sector has a copy behind the volume. Both have to be the same.',
    fixing: 'The good one is written over the other.',
  },
  N7: {
    title: 'Code of the volume',
    about:
      'The first 16 sectors of a volume that is started by a BIOS hold code that looks for bootmgr (Vista and later) or NTLDR (XP). Volumes made by Linux hold none: "This is not a bootable disk".',
    fixing:
      'The code is taken from another NTFS volume that Windows has formatted: one on this disk, or --donor DEVICE. Without one, Windows does it: bootsect /nt60 C: (or bootrec /fixboot; XP: fixboot).',
  },
  X1: {
    title: 'BitLocker',
    about: 'What is encrypted by BitLocker can be neither checked nor repaired here.',
    fixing:
      'Nothing is done. Have the recovery key at hand: Windows asks for it after each change of the start.',
  },
  F1: {
    title: 'Files of the loader',
    about:
      'The active partition has to hold bootmgr and Boot\\BCD, or NTLDR, NTDETECT.COM and boot.ini; none of them compressed ("BOOTMGR is compressed"), sparse or encrypted.',
    fixing:
      'Compressed ones are written anew, as they are. A missing bootmgr is copied from \\Windows\\Boot\\PCAT, missing files of XP from its service pack, a missing store is built.',
  },
  F2: {
    title: 'State of the volume',
    about:
      'A Windows that sleeps (hibernated, or shut down with fast start) goes on with what it had in memory, and would destroy what was changed meanwhile. Waiting changes in the log, and the mark for a check, are dealt with at its next start.',
    fixing:
      'The file with the sleeping memory is removed (what was open in that session is lost), or the log is emptied (what was not finished then is lost). Both only if asked for by name.',
  },
  I1: {
    title: 'boot.ini',
    about:
      'Each line of boot.ini names a partition by a number that is not that of Linux; there has to be a Windows.',
    fixing: 'The number is put right in all lines at once. Or edit the file yourself: --edit.',
  },
  B1: {
    title: 'Places in the boot store',
    about:
      'The boot store (BCD) names disk and partition of Windows by their numbers. After a move they are wrong.',
    fixing: 'The numbers are replaced in their place, where it is beyond doubt which partition is meant.',
  },
  B2: {
    title: 'Boot store',
    about: 'The store has to be a whole registry hive that was closed properly.',
    fixing:
      'Nothing is done: one that was not closed is not written to. Windows does it: bootrec /rebuildbcd.',
  },
  B3: {
    title: 'Default system',
    about: 'The store has to name a system to start, and the loader of that system has to be there.',
    fixing: 'Nothing is done.',
  },
  R1: {
    title: 'Letter of the system',
    about:
      'Windows remembers which partition is C:. If it is another one, XP hangs at its welcome screen, and later ones start with the wrong letters.',
    fixing:
      'The place is replaced. If its form has another length all letters are cleared; Windows gives new ones.',
  },
  R2: {
    title: 'Drivers of controllers',
    about:
      'Windows has to load the driver for the controller of its disk when it starts. On the same computer nothing changes; another one may need another driver.',
    fixing: 'The driver is set to be loaded at the start. Only if asked for by name.',
  },
  E1: {
    title: 'Files for UEFI',
    about:
      'The EFI system partition has to hold \\EFI\\Microsoft\\Boot\\bootmgfw.efi and the boot store BCD beside it.',
    fixing: 'The files are copied from \\Windows\\Boot\\EFI, and a store is built if there is none.',
  },
  E2: {
    title: 'Loader of last resort',
    about:
      'Firmware that does not know this disk starts \\EFI\\Boot\\bootx64.efi. Another computer, or this one after a change of disks, needs it.',
    fixing: 'bootmgfw.efi is copied there. Another loader is never overwritten.',
  },
  E3: {
    title: 'Entry in the firmware',
    about:
      'The firmware of this computer has a list of loaders, each on a partition that it names by its GUID.',
    fixing: 'An entry is added with efibootmgr. Some firmware forgets it; E2 helps then.',
  },
} as const satisfies Readonly<Record<string, Item>>;

export type ItemId = keyof typeof ITEMS;

/** All items, in the order in which they are fixed. */
export const ITEM_IDS = Object.keys(ITEMS) as readonly ItemId[];

export const isItemId = (word: string): word is ItemId => Object.hasOwn(ITEMS, word);
