import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { describePath } from '../../block/device-facts.ts';
import { errnoName } from '../../block/errno.ts';
import { OpenError } from '../../block/open-error.ts';
import type { BlockFacts, FileFacts } from '../../block/path-facts.ts';
import { openSource } from '../../block/source-device.ts';
import type { BootCode } from '../../boot/boot-code.ts';
import { isNtfs, openBootDisk } from '../../boot/boot-disk.ts';
import { readBootCode } from '../../boot/checks/boot-code.ts';
import { MBR_CODE_BYTES } from '../../boot/mbr-code.ts';
import type { Attachment, OtherDisks, Supplies } from '../../boot/supplies.ts';
import { sourceReader } from '../../ntfs/source-reader.ts';
import { describeAttached } from '../../probe/attached.ts';
import { readOtherTables } from '../../probe/other-tables.ts';
import { Refusal } from '../refusal.ts';
import { selfCommand } from '../self.ts';
import { readFirmware } from './efi-variables.ts';
import type { Surroundings } from './read-boot.ts';

/** What the user supplies for fixes; all may be left out. */
export interface SupplyWishes {
  /** File with code for an MBR. */
  readonly mbrCode?: string;
  /** File with the first sector of the disk from an earlier time. */
  readonly mbrFrom?: string;
  /** A volume that Windows has formatted, or a disk with such volumes. */
  readonly donor?: string;
  readonly activePartition?: number;
}

/** Where distributions keep the free code of syslinux. */
const MBR_CODES = [
  '/usr/lib/syslinux/mbr/mbr.bin',
  '/usr/lib/syslinux/bios/mbr.bin',
  '/usr/share/syslinux/mbr.bin',
  '/usr/lib/SYSLINUX/mbr.bin',
];
const SECTOR_BYTES = 512;

/** Gathers what fixes may need. Throws a `Refusal` for what the user named and is not there, or is not fit. */
export async function gatherSupplies(wishes: SupplyWishes): Promise<Supplies> {
  const { mbrFrom, donor, activePartition } = wishes;
  const mbrCode = await findMbrCode(wishes.mbrCode);
  return {
    ...(mbrCode !== undefined && { mbrCode }),
    ...(mbrFrom !== undefined && { savedMbr: { bytes: await head(mbrFrom, SECTOR_BYTES), from: mbrFrom } }),
    donors: donor === undefined ? [] : await donorCodes(donor),
    ...(activePartition !== undefined && { activePartition }),
    random: (bytes) => randomBytes(bytes),
    now: () => Date.now(),
  };
}

async function findMbrCode(named: string | undefined): Promise<Supplies['mbrCode']> {
  for (const path of named === undefined ? MBR_CODES : [named]) {
    if (named === undefined && (await describePath(path)).kind !== 'file') continue;
    const bytes = await head(path, SECTOR_BYTES);
    const isFit = bytes.length > 0 && !bytes.every((byte) => byte === 0);
    if (isFit) return { bytes: bytes.slice(0, MBR_CODE_BYTES), from: path };
    if (named !== undefined)
      throw new Refusal('bad-mbr-code', `${path} holds no code.`, 'Name another file with --mbr-code.');
  }
  return undefined;
}

/** The first bytes of a file; fewer when it is shorter. */
async function head(path: string, length: number): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
      return buffer.slice(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    throw new Refusal('file-unreadable', `${path} cannot be read (${errno}).`, 'Check its name.');
  }
}

/** The boot code of the volume at a path, or of all volumes of a disk. */
async function donorCodes(path: string): Promise<readonly BootCode[]> {
  try {
    const source = await openSource(path);
    try {
      const disk = await openBootDisk(sourceReader(source), undefined);
      const codes: BootCode[] = [];
      for (const part of disk.parts.filter(isNtfs)) {
        const code = await readBootCode(part);
        if (code !== undefined)
          codes.push({ ...code, from: part.number === undefined ? path : `${path}, ${code.from}` });
      }
      if (codes.some(({ kind }) => kind === 'bootmgr' || kind === 'ntldr')) return codes;
    } finally {
      await source.close();
    }
  } catch (error) {
    if (error instanceof OpenError) throw new Refusal(error.code, error.message, error.advice);
    throw error;
  }
  throw new Refusal(
    'bad-donor',
    `${path} holds no boot code of Windows.`,
    'Name an NTFS volume that Windows itself has formatted: any data partition of that age will do.',
  );
}

/** A disk that does not answer in this time is told as silent. */
const OTHERS_MS = 10_000;

/** Gathers all that is looked at beside the disk itself. Throws a `Refusal` for what the user named and is not fit. */
export async function gatherSurroundings(
  facts: BlockFacts | FileFacts,
  wishes: SupplyWishes,
): Promise<Surroundings> {
  const [others, firmware, attachment, supplies] = await Promise.all([
    gatherOthers(facts),
    readFirmware(),
    attachmentOf(facts),
    gatherSupplies(wishes),
  ]);
  return { others, firmware, attachment, supplies };
}

/** What is attached beside the disk; undefined for an image, which is not attached itself. */
async function gatherOthers(facts: BlockFacts | FileFacts): Promise<OtherDisks | undefined> {
  return facts.kind === 'block' ? readOtherTables(facts, selfCommand(), OTHERS_MS) : undefined;
}

/** How the disk is attached. */
export async function attachmentOf(facts: BlockFacts | FileFacts): Promise<Attachment> {
  if (facts.kind !== 'block') return { transport: undefined, isImage: true };
  const attached = await describeAttached(facts.diskName.replaceAll('/', '!'), undefined);
  return { transport: attached?.transport, isImage: false };
}
