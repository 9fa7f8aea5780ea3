import { type Bus, diskWords, fileNode, type LiveDisk } from './disk-words.ts';

/** What the firmware of a virtual machine is; `secure` starts nothing that is not signed. */
export const FIRMWARES = ['bios', 'uefi', 'uefi32', 'secure'] as const;
export type Firmware = (typeof FIRMWARES)[number];

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

/**
 * Where Debian's packages ovmf and ovmf-ia32 have the firmware, and its settings: those of `secure` with Microsoft's
 * keys, and Secure Boot on.
 */
export const OVMF = {
  uefi: { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', settings: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  uefi32: {
    code: '/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd',
    settings: '/usr/share/OVMF/OVMF32_VARS_4M.fd',
  },
  secure: { code: '/usr/share/OVMF/OVMF_CODE_4M.ms.fd', settings: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd' },
} as const;

/** QEMU's name of the medium that a machine starts from. */
export const MEDIUM = 'medium';

/** Firmware that keeps its settings from the system, which only the processor's own protected mode may change. */
const GUARDED: readonly Firmware[] = ['secure', 'uefi32'];

/** Words for `qemu-system-x86_64`, without screen, serial line and monitor. */
export function liveWords(options: LiveOptions): string[] {
  const { image, medium, firmware, settings = '', disks, memoryMegabytes = 1024 } = options;
  const words = ['-nodefaults', '-no-user-config', '-vga', 'std', '-m', String(memoryMegabytes)];
  if (firmware === 'bios') words.push('-machine', 'q35');
  else {
    const isGuarded = GUARDED.includes(firmware);
    words.push('-machine', isGuarded ? 'q35,smm=on' : 'q35');
    if (isGuarded) words.push('-global', 'driver=cfi.pflash01,property=secure,value=on');
    words.push('-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${OVMF[firmware].code}`);
    words.push('-drive', `if=pflash,format=raw,unit=1,file=${settings}`);
  }
  words.push('-device', 'qemu-xhci,id=xhci,p2=8,p3=8');
  const isStick = medium === 'usb';
  words.push('-blockdev', JSON.stringify(fileNode(MEDIUM, image, !isStick)));
  words.push(
    '-device',
    isStick
      ? `usb-storage,drive=${MEDIUM},id=${MEDIUM},bus=xhci.0,removable=on,serial=STICK,bootindex=1`
      : `ide-cd,drive=${MEDIUM},id=${MEDIUM},bus=ide.0,bootindex=1`,
  );
  const counts = new Map<Bus, number>();
  for (const disk of disks) {
    const before = counts.get(disk.bus) ?? 0;
    counts.set(disk.bus, before + 1);
    words.push(...diskWords(disk, before));
  }
  return words;
}
