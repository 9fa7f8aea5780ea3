import { guidText } from '../partition/guid.ts';
import { type NewKey, type NewValue, writeHive } from '../registry/hive-writer.ts';
import { VALUE_TYPE } from '../registry/value.ts';
import { deviceValue } from './bcd-device.ts';
import { BCD, ELEMENT } from './bcd-store.ts';
import { type BootPart, filesOf } from './boot-disk.ts';
import type { WindowsInstall } from './boot-system.ts';
import type { CheckContext } from './context.ts';
import { littleEndian32 } from './hex.ts';
import { isThere } from './part-files.ts';

/** A boot store made from nothing. */
export interface BuiltStore {
  readonly bytes: Uint8Array;
  /** What it starts, for people. */
  readonly from: string;
}

/** Elements of a loader beside those that are needed in any case. */
const NX = 0x25000020;
const MENU_SECONDS = 30;
const LOCALE = 'en-US';

/**
 * Builds a boot store for the Windows of this disk: the boot manager on `home`, and one loader for each Windows since
 * Vista. Gives a sentence where there is none, or where the disk has no number by which it could be named.
 */
export async function buildStore(
  { disk, system, supplies }: CheckContext,
  home: BootPart,
  firmware: 'bios' | 'uefi',
): Promise<BuiltStore | string> {
  const { table } = disk;
  if (table.scheme === 'none' || table.diskId === undefined || home.partition === undefined) {
    return 'A store can only be built on a disk with a partition table that has a number (M3).';
  }
  const file = firmware === 'uefi' ? 'winload.efi' : 'winload.exe';
  const installs: WindowsInstall[] = [];
  for (const install of system.installs) {
    const found = await filesOf(install.part)?.find(`${install.folder}/System32/${file}`);
    if (found !== undefined && isThere(found)) installs.push(install);
  }
  if (installs.length === 0) return `There is no Windows with ${file} on this disk.`;
  const loaders = installs.map((install) => ({ install, id: newId(supplies.random(16)) }));
  const objects: NewKey[] = loaders.map(({ install, id }) => {
    const device =
      install.part.partition === undefined ? new Uint8Array(0) : deviceValue(table, install.part.partition);
    return object(id, BCD.TYPE_LOADER, [
      [ELEMENT.DEVICE, binary(device)],
      [ELEMENT.PATH, text(`\\${install.folder}\\System32\\${file}`)],
      [ELEMENT.DESCRIPTION, text('Windows')],
      [ELEMENT.LOCALE, text(LOCALE)],
      [ELEMENT.OS_DEVICE, binary(device)],
      [ELEMENT.ROOT, text(`\\${install.folder}`)],
      [NX, binary(number64(0))],
    ]);
  });
  objects.push(
    object(BCD.BOOTMGR, BCD.TYPE_BOOTMGR, [
      [ELEMENT.DEVICE, binary(deviceValue(table, home.partition))],
      ...(firmware === 'uefi' ? [[ELEMENT.PATH, text('\\EFI\\Microsoft\\Boot\\bootmgfw.efi')] as const] : []),
      [ELEMENT.DESCRIPTION, text('Windows Boot Manager')],
      [ELEMENT.LOCALE, text(LOCALE)],
      [ELEMENT.DEFAULT, text(loaders[0]?.id ?? '')],
      [ELEMENT.ORDER, texts(loaders.map(({ id }) => id))],
      [ELEMENT.TIMEOUT, binary(number64(MENU_SECONDS))],
    ]),
  );
  const root: NewKey = {
    name: 'NewStoreRoot',
    keys: [
      {
        name: 'Description',
        values: [
          { name: 'KeyName', type: VALUE_TYPE.SZ, data: utf16('BCD00000000') },
          { name: 'System', type: VALUE_TYPE.DWORD, data: littleEndian32(1) },
          { name: 'TreatAsSystem', type: VALUE_TYPE.DWORD, data: littleEndian32(1) },
        ],
      },
      { name: 'Objects', keys: objects },
    ],
  };
  const names = installs.map(({ part, folder }) => `\\${folder} on partition ${part.number}`);
  return { bytes: writeHive(root, supplies.now()), from: `new, for ${names.join(' and ')}` };
}

function object(
  id: string,
  type: number,
  elements: readonly (readonly [number, Omit<NewValue, 'name'>])[],
): NewKey {
  return {
    name: id,
    keys: [
      { name: 'Description', values: [{ name: 'Type', type: VALUE_TYPE.DWORD, data: littleEndian32(type) }] },
      {
        name: 'Elements',
        keys: elements.map(([element, value]) => ({
          name: element.toString(16).padStart(8, '0'),
          values: [{ name: 'Element', ...value }],
        })),
      },
    ],
  };
}

/** A GUID of random bytes (version 4), in the form of the store. */
function newId(random: Uint8Array): string {
  const bytes = random.slice();
  bytes[7] = ((bytes[7] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `{${guidText(bytes, 0).toLowerCase()}}`;
}

const binary = (data: Uint8Array) => ({ type: VALUE_TYPE.BINARY, data });
const text = (value: string) => ({ type: VALUE_TYPE.SZ, data: utf16(value) });
const texts = (values: readonly string[]) => ({
  type: VALUE_TYPE.MULTI_SZ,
  data: utf16(`${values.join('\0')}\0`),
});

const utf16 = (value: string): Uint8Array => Uint8Array.from(Buffer.from(`${value}\0`, 'utf16le'));

function number64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}
