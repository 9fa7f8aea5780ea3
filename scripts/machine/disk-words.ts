/** How a disk is attached. `uas` is USB as well, in its newer protocol. */
export const BUSES = ['ahci', 'nvme', 'virtio', 'usb', 'uas', 'sd'] as const;
export type Bus = (typeof BUSES)[number];

/** A disk of a virtual machine, beside the medium that it starts from. */
export interface LiveDisk {
  /** Name in what QEMU counts, and serial number in the guest but for `sd`, where QEMU's card has none. */
  readonly serial: string;
  readonly file: string;
  readonly bus: Bus;
  /**
   * Sectors of 512 bytes that cannot be read, wherever they are tried. Not for `sd`: QEMU's card gives old data
   * instead of an error.
   */
  readonly badSectors?: readonly number[];
  /** So many reads and writes a second, for a disk that is nearly dead. */
  readonly requestsPerSecond?: number;
  /** Whether the firmware may start from it, after the medium. UEFI does not even look at disks that it may not. */
  readonly isBootable?: boolean;
}

/** A node of QEMU over a plain file. */
export const fileNode = (name: string, filename: string, isReadOnly = false): object => ({
  'node-name': name,
  driver: 'raw',
  'read-only': isReadOnly,
  file: { driver: 'file', filename, locking: 'off' },
});

/** Words for QEMU that attach a disk; `before` is how many are on its bus already. */
export function diskWords(disk: LiveDisk, before: number): string[] {
  const words: string[] = [];
  let node = diskNode(disk);
  if (disk.requestsPerSecond !== undefined) {
    const group = `${disk.serial}-pace`;
    words.push('-object', `throttle-group,id=${group},x-iops-total=${disk.requestsPerSecond}`);
    node = {
      'node-name': disk.serial,
      driver: 'throttle',
      'throttle-group': group,
      file: { ...node, 'node-name': `${disk.serial}-disk` },
    };
  }
  return [...words, '-blockdev', JSON.stringify(node), ...deviceWords(disk, before)];
}

function diskNode({ serial, file, badSectors = [] }: LiveDisk): object {
  if (badSectors.length === 0) return fileNode(serial, file);
  return {
    'node-name': serial,
    driver: 'raw',
    file: {
      driver: 'blkdebug',
      image: { driver: 'file', filename: file, locking: 'off' },
      'inject-error': badSectors.map((sector) => ({
        event: 'none',
        iotype: 'read',
        errno: 5,
        sector,
        once: false,
        immediately: false,
      })),
    },
  };
}

function deviceWords({ serial, bus, isBootable = false }: LiveDisk, before: number): string[] {
  const common = `drive=${serial},id=${serial}${isBootable ? ',bootindex=2' : ''}`;
  switch (bus) {
    case 'ahci':
      // The first socket is for the CD.
      return ['-device', `ide-hd,${common},serial=${serial},bus=ide.${before + 1}`];
    case 'nvme':
      return ['-device', `nvme,${common},serial=${serial}`];
    case 'virtio':
      return ['-device', `virtio-blk-pci,${common},serial=${serial}`];
    case 'usb':
      return ['-device', `usb-storage,${common},serial=${serial},bus=xhci.0`];
    case 'uas':
      return [
        ...['-device', `usb-uas,id=uas${before},bus=xhci.0`],
        ...['-device', `scsi-hd,${common},serial=${serial},bus=uas${before}.0`],
      ];
    case 'sd':
      return ['-device', `sdhci-pci,id=sdhci${before}`, '-device', `sd-card,${common},bus=sd-bus`];
  }
}
