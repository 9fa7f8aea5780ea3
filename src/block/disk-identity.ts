import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoName } from './errno.ts';
import { readAttribute, readAttributeBytes } from './sysfs.ts';

/** What a disk says about itself; what it does not say is left out. */
export interface DiskIdentity {
  readonly model?: string;
  readonly serial?: string;
}

/** The head of a SCSI vital product data page: type, page code and a 16-bit length, before the text. */
const VPD_HEADER_BYTES = 4;

/**
 * Model and serial of a whole disk from what the kernel has already learned, without a command to the disk.
 *
 * For the serial the kernel's own knowledge comes before udev's, so that a job begun on one system finds the
 * same serial on another with other udev rules.
 */
export async function readDiskIdentity(
  diskDirectory: string,
  majorMinor: string,
  udevData: string = '/run/udev/data',
): Promise<DiskIdentity> {
  const udev = await readUdevProperties(udevData, majorMinor);
  const device = join(diskDirectory, 'device');
  const model =
    // The kernel cuts the model of a SATA disk to 16 characters; udev has all of it.
    udev.get('ID_MODEL')?.replaceAll('_', ' ').trim() ??
    (await readAttribute(device, 'model')) ??
    // Cards of the MMC family say `name` for the model.
    (await readAttribute(device, 'name'));
  const serial =
    (await readAttribute(device, 'serial')) ??
    // virtio keeps it at the disk itself.
    (await readAttribute(diskDirectory, 'serial')) ??
    (await readVpdSerial(device)) ??
    udev.get('ID_SERIAL_SHORT') ??
    (await readUsbSerial(diskDirectory)) ??
    (await readAttribute(device, 'wwid')) ??
    (await readAttribute(diskDirectory, 'wwid'));
  return { ...(model && { model }), ...(serial && { serial }) };
}

/** The unit serial number of a SCSI or SATA disk: vital product data page 0x80, as the kernel cached it. */
async function readVpdSerial(device: string): Promise<string | undefined> {
  const page = await readAttributeBytes(device, 'vpd_pg80');
  if (page === undefined || page.length <= VPD_HEADER_BYTES) return undefined;
  const length = page.readUInt16BE(2);
  const text = page.subarray(VPD_HEADER_BYTES, VPD_HEADER_BYTES + length).toString('latin1');
  return text.replaceAll('\0', ' ').trim() || undefined;
}

/** The serial of the USB device to which the disk belongs, if it is one. */
async function readUsbSerial(diskDirectory: string): Promise<string | undefined> {
  for (let place = dirname(diskDirectory); place.includes('/usb'); place = dirname(place)) {
    if ((await readAttribute(place, 'idVendor')) !== undefined) return readAttribute(place, 'serial');
  }
  return undefined;
}

/** The properties (`E:KEY=value` lines) that udev has stored for a block device; none without udev. */
async function readUdevProperties(udevData: string, majorMinor: string): Promise<Map<string, string>> {
  let text: string;
  try {
    text = await readFile(join(udevData, `b${majorMinor}`), 'utf8');
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return new Map();
  }
  const lines = text.matchAll(/^E:([^=\n]+)=(.*)$/gm);
  return new Map([...lines].map(([, key = '', value = '']) => [key, value]));
}
