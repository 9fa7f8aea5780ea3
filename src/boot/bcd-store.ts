import { HiveError } from '../registry/error.ts';
import type { Hive } from '../registry/hive.ts';
import type { HiveKey } from '../registry/key.ts';
import { type HiveValue, valueText, valueTexts } from '../registry/value.ts';

/** Objects with names of their own, and the sorts of others. */
export const BCD = {
  BOOTMGR: '{9dea862c-5cdd-4e70-acc1-f32b344d4795}',
  MEMTEST: '{b2721d73-1db4-4c62-bf78-c548a880142d}',
  NTLDR: '{466f5a88-0af2-4f76-9038-095b170dc21c}',
  TYPE_BOOTMGR: 0x10100002,
  TYPE_LOADER: 0x10200003,
  TYPE_RESUME: 0x10200004,
} as const;

/** Elements by their numbers. The second digit tells the form: 1 device, 2 text, 3 object, 4 objects. */
export const ELEMENT = {
  DEVICE: 0x11000001,
  PATH: 0x12000002,
  DESCRIPTION: 0x12000004,
  LOCALE: 0x12000005,
  DEFAULT: 0x23000003,
  ORDER: 0x24000001,
  TIMEOUT: 0x25000004,
  OS_DEVICE: 0x21000001,
  /** The folder of Windows; of an object that resumes, the file with the sleeping memory. */
  ROOT: 0x22000002,
} as const;

/** An object of a boot store: a loader, bootmgr itself, what they have in common. */
export interface BcdObject {
  /** GUID in braces, lower case. */
  readonly id: string;
  readonly type: number | undefined;
  readonly elements: ReadonlyMap<number, HiveValue>;
}

/** A boot store (BCD). */
export interface BcdStore {
  readonly objects: ReadonlyMap<string, BcdObject>;
}

/** A store has some ten objects of some ten elements each. */
const MOST_ELEMENTS = 5000;

/** Reads all objects of a boot store. Rejects with a `HiveError` for a damaged one, and for one that is no store. */
export async function readBcd(hive: Hive): Promise<BcdStore> {
  const list = await hive.find('Objects');
  if (list === undefined)
    throw new HiveError(hive.root.position, 'the key "Objects" of a boot store', 'none');
  const objects = new Map<string, BcdObject>();
  let left = MOST_ELEMENTS;
  for await (const key of list.subkeys()) {
    if (left-- <= 0) throw new HiveError(key.position, `at most ${MOST_ELEMENTS} elements`, 'more');
    const elements = new Map<number, HiveValue>();
    const type = await typeOf(key);
    const below = await key.subkey('Elements');
    for await (const element of below?.subkeys() ?? []) {
      if (left-- <= 0) throw new HiveError(element.position, `at most ${MOST_ELEMENTS} elements`, 'more');
      const number = Number.parseInt(element.name, 16);
      const value = /^[0-9a-f]{8}$/i.test(element.name) ? await element.value('Element') : undefined;
      if (value !== undefined) elements.set(number, value);
    }
    objects.set(key.name.toLowerCase(), { id: key.name.toLowerCase(), type, elements });
  }
  return { objects };
}

async function typeOf(key: HiveKey): Promise<number | undefined> {
  const description = await key.subkey('Description');
  const value = await description?.value('Type');
  if (value === undefined || value.data.length < 4) return undefined;
  return new DataView(value.data.buffer, value.data.byteOffset).getUint32(0, true);
}

/** Whether an element names a device. */
export const isDevice = (element: number): boolean => ((element >>> 24) & 0x0f) === 1;

/** The text of an element. */
export function textOf(object: BcdObject | undefined, element: number): string | undefined {
  const value = object?.elements.get(element);
  return value === undefined ? undefined : valueText(value);
}

/** The system that is started when nobody chooses; the first in the list where none is named. */
export function defaultId({ objects }: BcdStore): string | undefined {
  const bootmgr = objects.get(BCD.BOOTMGR);
  const named = textOf(bootmgr, ELEMENT.DEFAULT);
  const order = bootmgr?.elements.get(ELEMENT.ORDER);
  return (named ?? (order && valueTexts(order.data)[0]))?.toLowerCase();
}

/** What an object is called, for people. */
export function objectName(object: BcdObject): string {
  const description = textOf(object, ELEMENT.DESCRIPTION);
  if (description) return `"${description}"`;
  if (object.id === BCD.BOOTMGR) return 'the boot manager';
  return object.type === BCD.TYPE_RESUME ? 'the resume entry' : `the entry ${object.id}`;
}
