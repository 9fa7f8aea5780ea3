import { guidBytes } from '../../src/partition/guid.ts';
import { type HiveForm, type HiveTree, hiveBytes } from './hive.ts';

/** A partition as boot stores and registry name it. */
export type Place =
  | { readonly signature: number; readonly offsetBytes: number }
  | { readonly diskGuid: string; readonly partitionGuid: string };

/** A device element for a partition, written down by the published description of its 88 bytes. */
export function deviceElement(place: Place): Buffer {
  const value = Buffer.alloc(88);
  value.writeUInt32LE(6, 0x10);
  value.writeUInt32LE(0x48, 0x18);
  if ('signature' in place) {
    value.writeBigUInt64LE(BigInt(place.offsetBytes), 0x20);
    value.writeUInt32LE(1, 0x34);
    value.writeUInt32LE(place.signature, 0x38);
  } else {
    value.set(uuid(place.partitionGuid), 0x20);
    value.set(uuid(place.diskGuid), 0x38);
  }
  return value;
}

/** A file on a partition as the device of a RAM disk: 16 bytes, then descriptors one in another, then the path. */
export function ramdiskElement(place: Place, path: string): Buffer {
  const head = Buffer.alloc(0x38);
  head.writeUInt32LE(0, 0x10);
  head.writeUInt32LE(5, 0x30);
  return Buffer.concat([head, deviceElement(place).subarray(0x10), Buffer.from(`${path}\0`, 'utf16le')]);
}

const uuid = (text: string): Uint8Array => guidBytes(text);

const DEFAULT_ID = '{11111111-2222-3333-4444-555555555555}';
const RESUME_ID = '{66666666-2222-3333-4444-555555555555}';
const RECOVERY_ID = '{77777777-2222-3333-4444-555555555555}';
const BOOTMGR_ID = '{9dea862c-5cdd-4e70-acc1-f32b344d4795}';
const MEMTEST_ID = '{b2721d73-1db4-4c62-bf78-c548a880142d}';

export interface StorePlaces {
  readonly home: Place;
  readonly windows: Place;
  /** Where WinRE lies; left out when there is none. */
  readonly recovery?: Place;
  readonly firmware: 'bios' | 'uefi';
}

/** A boot store of the form that Windows makes. */
function storeTree({ home, windows, recovery, firmware }: StorePlaces): HiveTree {
  const kind = firmware === 'uefi' ? 'efi' : 'exe';
  const object = (type: number, elements: Record<string, Parameters<typeof element>[0]>): HiveTree => ({
    keys: {
      Description: { values: { Type: { dword: type } } },
      Elements: {
        keys: Object.fromEntries(Object.entries(elements).map(([id, value]) => [id, element(value)])),
      },
    },
  });
  const element = (value: string | readonly string[] | Uint8Array): HiveTree => ({
    values: {
      Element:
        typeof value === 'string'
          ? { sz: value }
          : value instanceof Uint8Array
            ? { binary: value }
            : { multi: value as readonly string[] },
    },
  });
  const at = (place: Place): Uint8Array => deviceElement(place);
  return {
    keys: {
      Description: {
        values: { KeyName: { sz: 'BCD00000000' }, System: { dword: 1 }, TreatAsSystem: { dword: 1 } },
      },
      Objects: {
        keys: {
          [BOOTMGR_ID]: object(0x10100002, {
            '11000001': at(home),
            ...(firmware === 'uefi' && { '12000002': '\\EFI\\Microsoft\\Boot\\bootmgfw.efi' }),
            '12000004': 'Windows Boot Manager',
            '23000003': DEFAULT_ID,
            '24000001': [DEFAULT_ID],
          }),
          [DEFAULT_ID]: object(0x10200003, {
            '11000001': at(windows),
            '12000002': `\\Windows\\system32\\winload.${kind}`,
            '12000004': 'Windows 10',
            '21000001': at(windows),
            '22000002': '\\Windows',
          }),
          [RESUME_ID]: object(0x10200004, {
            '11000001': at(windows),
            '12000002': `\\Windows\\system32\\winresume.${kind}`,
            '21000001': at(windows),
            '22000002': '\\hiberfil.sys',
          }),
          [MEMTEST_ID]: object(0x10200005, {
            '11000001': at(home),
            '12000002': firmware === 'uefi' ? '\\EFI\\Microsoft\\Boot\\memtest.efi' : '\\Boot\\memtest.exe',
          }),
          ...(recovery !== undefined && {
            [RECOVERY_ID]: object(0x10200003, {
              '11000001': ramdiskElement(recovery, '\\Recovery\\WindowsRE\\Winre.wim'),
              '12000004': 'Windows Recovery Environment',
            }),
          }),
        },
      },
    },
  };
}

export const storeBytes = (places: StorePlaces, form?: HiveForm): Buffer =>
  hiveBytes(storeTree(places), form);

/** What MountedDevices holds for a partition. */
export function letterData(place: Place): Buffer {
  if ('signature' in place) {
    const data = Buffer.alloc(12);
    data.writeUInt32LE(place.signature, 0);
    data.writeBigUInt64LE(BigInt(place.offsetBytes), 4);
    return data;
  }
  return Buffer.concat([Buffer.from('DMIO:ID:'), uuid(place.partitionGuid)]);
}

export interface SystemOptions {
  readonly c: Place;
  readonly d?: Place;
  /** Drivers and when they are loaded. */
  readonly drivers?: Readonly<Record<string, number>>;
}

/** A hive SYSTEM with what decides about the start. */
export function systemBytes(
  { c, d, drivers = { storahci: 0, stornvme: 0, atapi: 0 } }: SystemOptions,
  form?: HiveForm,
): Buffer {
  return hiveBytes(
    {
      keys: {
        Select: { values: { Current: { dword: 1 } } },
        ControlSet001: {
          keys: {
            Services: {
              keys: Object.fromEntries(
                Object.entries(drivers).map(([name, start]) => [
                  name,
                  {
                    values: { Start: { dword: start } },
                    keys: { StartOverride: { values: { '0': { dword: start } } } },
                  },
                ]),
              ),
            },
          },
        },
        MountedDevices: {
          values: {
            '\\DosDevices\\C:': { binary: letterData(c) },
            ...(d !== undefined && { '\\DosDevices\\D:': { binary: letterData(d) } }),
            '\\??\\Volume{00000000-1111-2222-3333-444444444444}': { binary: letterData(c) },
          },
        },
      },
    },
    { list: 'lh', version: 5, ...form },
  );
}
