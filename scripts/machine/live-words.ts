/** What the firmware of a virtual machine is; `secure` starts nothing that is not signed. */
export type Firmware = 'bios' | 'uefi' | 'secure';

/** How a disk is attached. */
export type Bus = 'ahci' | 'nvme' | 'virtio' | 'usb';

/** A disk beside the stick. */
export interface LiveDisk {
  /** Name in what QEMU counts, and serial number in the guest. */
  readonly serial: string;
  readonly file: string;
  readonly bus: Bus;
  /** Sectors of 512 bytes that cannot be read, wherever they are tried. */
  readonly badSectors?: readonly number[];
}

/** A machine that starts the live image. */
export interface LiveOptions {
  readonly image: string;
  readonly medium: 'usb' | 'cd';
  readonly firmware: Firmware;
  /** A copy of the firmware's settings, which it writes to; needed but for BIOS. */
  readonly settings?: string;
  readonly disks: readonly LiveDisk[];
  readonly memoryMegabytes?: number;
}

/** Where Debian's package ovmf has the firmware, and the settings with Microsoft's keys for Secure Boot. */
export const OVMF = {
  uefi: { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', settings: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  secure: { code: '/usr/share/OVMF/OVMF_CODE_4M.ms.fd', settings: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd' },
} as const;

/** QEMU's name of the medium that it starts from. */
const MEDIUM = 'medium';

/** Words for `qemu-system-x86_64`, without screen, serial line and monitor. */
export function liveWords(options: LiveOptions): string[] {
  const { image, medium, firmware, settings = '', disks, memoryMegabytes = 1024 } = options;
  const words = ['-nodefaults', '-no-user-config', '-vga', 'std', '-m', String(memoryMegabytes)];
  if (firmware === 'bios') words.push('-machine', 'q35');
  else {
    const isSecure = firmware === 'secure';
    words.push('-machine', isSecure ? 'q35,smm=on' : 'q35');
    // Only the processor's own protected mode may change what is trusted.
    if (isSecure) words.push('-global', 'driver=cfi.pflash01,property=secure,value=on');
    words.push('-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${OVMF[firmware].code}`);
    words.push('-drive', `if=pflash,format=raw,unit=1,file=${settings}`);
  }
  words.push('-device', 'qemu-xhci,id=xhci');
  const isStick = medium === 'usb';
  words.push('-blockdev', JSON.stringify(fileNode(MEDIUM, image, !isStick)));
  words.push(
    '-device',
    isStick
      ? `usb-storage,drive=${MEDIUM},id=${MEDIUM},bus=xhci.0,removable=on,serial=STICK,bootindex=1`
      : `ide-cd,drive=${MEDIUM},id=${MEDIUM},bus=ide.0,bootindex=1`,
  );
  disks.forEach((disk, i) => {
    words.push('-blockdev', JSON.stringify(diskNode(disk)), '-device', deviceWords(disk, i));
  });
  return words;
}

const fileNode = (name: string, filename: string, isReadOnly = false): object => ({
  'node-name': name,
  driver: 'raw',
  'read-only': isReadOnly,
  file: { driver: 'file', filename, locking: 'off' },
});

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

function deviceWords({ serial, bus }: LiveDisk, i: number): string {
  const common = `drive=${serial},id=${serial},serial=${serial}`;
  switch (bus) {
    case 'ahci':
      return `ide-hd,${common},bus=ide.${i + 1}`;
    case 'nvme':
      return `nvme,${common}`;
    case 'virtio':
      return `virtio-blk-pci,${common}`;
    case 'usb':
      return `usb-storage,${common},bus=xhci.0`;
  }
}
