import { type BootDisk, isNtfs, type NtfsPart, partName } from '../boot-disk.ts';
import type { BootSystem } from '../boot-system.ts';
import { type BootSectors, BPB, fieldPieces, readBootSectors, startSectorOf } from '../bpb.ts';
import type { CheckContext } from '../context.ts';
import { Check, type Finding } from '../finding.ts';
import { byteFix } from '../fix.ts';
import { growFix } from '../grow.ts';
import { hexByte, littleEndian32 } from '../hex.ts';

/** The geometry that every BIOS of today pretends to have. */
const TRACK_SECTORS = 63;
const HEADS = 255;
const FIRST_DRIVE = 0x80;
/** Where the volume begins behind its own table: that is what XP writes into a logical partition. */
const OLD_LOGICAL = 63;

/** N1 to N6: what each NTFS volume says of where and on what it lies. */
export async function checkBootSectors(context: CheckContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const part of context.disk.parts.filter(isNtfs)) {
    findings.push(...(await checkPart(context, part)));
  }
  return findings;
}

async function checkPart(context: CheckContext, part: NtfsPart): Promise<Finding[]> {
  const { disk, system } = context;
  const sectors = await readBootSectors(part);
  const copy = checkCopy(part, sectors);
  if (!sectors.isGood) return [copy];
  return [
    checkSectorSize(disk, part, sectors),
    checkHidden(disk, system, part, sectors),
    checkGeometry(part, sectors),
    checkDrive(system, part, sectors),
    await checkSize(disk, part, sectors),
    copy,
  ];
}

function checkSectorSize(
  { deviceSectorBytes, table }: BootDisk,
  part: NtfsPart,
  { sectorBytes }: BootSectors,
): Finding {
  const known = deviceSectorBytes ?? (table.scheme === 'gpt' ? table.sectorBytes : undefined);
  const check = new Check('N1', part.number, known === undefined ? 'that of the disk' : `${known} bytes`);
  const position = part.startBytes + BPB.SECTOR_BYTES;
  const read = `${sectorBytes} bytes`;
  if (sectorBytes === known) return check.ok(read);
  if (known === undefined) {
    // Nearly every disk counts in sectors of 512 bytes.
    if (sectorBytes === 512) return check.ok(read);
    return check.unknown(
      read,
      `It fits to disks with sectors of ${sectorBytes} bytes only; an image has none.`,
      { position },
    );
  }
  const meaning = `The volume counts in sectors of ${sectorBytes} bytes, the disk in ${known}: Windows cannot use it there.`;
  const advice = 'Restore it to a disk with the same sector size, or restore its files (lifeboat archive).';
  return check.failing(read, meaning, { position, advice });
}

function checkHidden(disk: BootDisk, system: BootSystem, part: NtfsPart, sectors: BootSectors): Finding {
  const start = startSectorOf(disk, part);
  const { hiddenSectors } = sectors;
  const position = part.startBytes + BPB.HIDDEN_SECTORS;
  const read = String(hiddenSectors);
  if (start === undefined) {
    const check = new Check('N2', part.number, 'the first sector of its partition');
    return check.unknown(read, 'In the image of a volume nobody knows at which sector it will begin.', {
      position,
    });
  }
  const isLogical = part.partition?.kind === 'logical';
  const check = new Check('N2', part.number, isLogical ? `${start} or ${OLD_LOGICAL}` : String(start));
  // The field has 32 bits; what lies behind 2 TiB is never started by it.
  if (hiddenSectors === start % 2 ** 32 || (isLogical && hiddenSectors === OLD_LOGICAL))
    return check.ok(read);
  const pieces = fieldPieces(part, sectors, BPB.HIDDEN_SECTORS, littleEndian32(start), 'hidden sectors');
  const does = `Writes ${start} into the boot sector of ${partName(part)} and into its copy.`;
  const fix = byteFix(does, 'low', pieces);
  if (system.platform === 'bios' && system.bootPart === part) {
    const meaning = `The code of ${partName(part)} reads from the wrong place: "A disk read error occurred".`;
    return check.failing(read, meaning, { position, fix });
  }
  const meaning = `${system.platform === 'uefi' ? 'UEFI does' : 'A volume that is not started does'} without it, but some tools believe it.`;
  return check.warning(read, meaning, { position, fix });
}

function checkGeometry(part: NtfsPart, sectors: BootSectors): Finding {
  const check = new Check('N3', part.number, `${HEADS} and ${TRACK_SECTORS}`);
  const { heads, trackSectors } = sectors;
  const read = `${heads} and ${trackSectors}`;
  if (heads === HEADS && trackSectors === TRACK_SECTORS) return check.ok(read);
  const after = Uint8Array.of(TRACK_SECTORS, 0, HEADS, 0);
  const pieces = fieldPieces(part, sectors, BPB.TRACK_SECTORS, after, 'sectors of a track and heads');
  const fix = byteFix(
    `Writes ${HEADS} heads and ${TRACK_SECTORS} sectors into both boot sectors.`,
    'low',
    pieces,
  );
  const meaning =
    heads === 0 || trackSectors === 0
      ? 'Old boot code divides by these numbers, and stops.'
      : 'Old boot code may look in the wrong place on this disk.';
  return check.warning(read, meaning, { position: part.startBytes + BPB.TRACK_SECTORS, fix });
}

function checkDrive(system: BootSystem, part: NtfsPart, sectors: BootSectors): Finding {
  const check = new Check('N4', part.number, hexByte(FIRST_DRIVE));
  const read = hexByte(sectors.drive);
  if (sectors.drive === FIRST_DRIVE) return check.ok(read);
  const pieces = fieldPieces(part, sectors, BPB.DRIVE, Uint8Array.of(FIRST_DRIVE), 'drive number');
  const fix = byteFix('Writes 80 into both boot sectors.', 'low', pieces);
  const remedy = { position: part.startBytes + BPB.DRIVE, fix };
  const isStarted = system.platform === 'bios' && system.bootPart === part;
  const isOld = system.loaders.find((one) => one.part === part)?.kinds.includes('ntldr');
  if (isStarted && isOld) return check.failing(read, 'The code of XP reads from another drive.', remedy);
  return check.warning(read, 'Only the code of XP uses it, but some tools believe it.', remedy);
}

async function checkSize(disk: BootDisk, part: NtfsPart, sectors: BootSectors): Promise<Finding> {
  const partSectors = Math.floor(part.sizeBytes / sectors.sectorBytes);
  const expected = part.partition === undefined ? 'smaller than its place' : `below ${partSectors}`;
  const check = new Check('N5', part.number, expected);
  const { totalSectors } = sectors;
  const read = Number.isFinite(totalSectors) ? `${totalSectors} sectors` : 'an impossible number';
  if (totalSectors < partSectors) return check.ok(read);
  // The image of a volume may lack the sector behind it, which holds nothing but the copy.
  if (part.partition === undefined && totalSectors === partSectors) {
    return check.warning(read, 'The image ends before the copy of the boot sector.', {
      position: part.startBytes + BPB.TOTAL_SECTORS,
    });
  }
  const meaning = `The volume is ${totalSectors - partSectors + 1} sectors larger than ${partName(part)}: Windows shows it as RAW.`;
  const needed = (totalSectors + 1) * sectors.sectorBytes;
  const grown = Number.isSafeInteger(needed) ? await growFix(disk, part, needed) : 'No disk is that large.';
  const remedy = typeof grown === 'string' ? { advice: grown } : { fix: grown };
  return check.failing(read, meaning, { position: part.startBytes + BPB.TOTAL_SECTORS, ...remedy });
}

function checkCopy(part: NtfsPart, { primary, isGood, backup, backupAt, sectorBytes }: BootSectors): Finding {
  const check = new Check('N6', part.number, 'the same as the boot sector');
  if (!isGood) {
    if (backup === undefined || backupAt === undefined) {
      return check.failing(
        'boot sector damaged',
        'The boot sector is damaged, and its copy does not lie where it belongs.',
        { position: part.startBytes },
      );
    }
    const before = primary ?? new Uint8Array(sectorBytes);
    const piece = { start: part.startBytes, before, after: backup, what: 'boot sector' };
    const does = `Writes the copy over the boot sector of ${partName(part)}.`;
    const fix = primary === undefined ? undefined : byteFix(does, 'medium', [piece]);
    const meaning = 'The boot sector is damaged: Windows neither starts from this volume nor shows it.';
    return check.failing('boot sector damaged', meaning, {
      position: part.startBytes,
      ...(fix ? { fix } : { advice: 'The first sector cannot be read: clone this disk.' }),
    });
  }
  if (backupAt === undefined)
    return check.unknown('outside (N5)', 'The place of the copy lies behind the partition.');
  if (backup === undefined) return check.unknown('unreadable', 'The copy of the boot sector cannot be read.');
  if (primary === undefined || primary.every((byte, i) => byte === backup[i])) return check.ok('the same');
  const start = part.startBytes + backupAt;
  const piece = { start, before: backup, after: primary, what: 'copy of the boot sector' };
  const fix = byteFix(`Writes the boot sector of ${partName(part)} over its copy.`, 'low', [piece]);
  const meaning = 'The copy is for the day on which the first sector is damaged; it is wrong now.';
  return check.warning('another', meaning, { position: start, fix });
}
