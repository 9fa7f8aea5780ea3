import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { HEADER_FIELD, headerCrc, parseGptHeader } from '../src/partition/gpt-header.ts';

/**
 * Makes the partitions of the live image what people shall see of them: xorriso numbers and names them in its own way.
 * What is kept comes first, because old Windows shows only the first partition of a stick; the image itself, of which
 * Windows knows nothing, gets no letter there; the gap behind all is no partition. Nothing else of the image changes.
 *
 *     node scripts/name-partitions.ts IMAGE
 */
const SECTOR = 512;
/** Numbers that xorriso gives, in the order in which they shall be. */
const ORDER = [
  { number: 3, name: 'LIFEBOAT' },
  { number: 2, name: 'LIFEBOATEFI' },
  { number: 1, name: 'ISO9660', hidden: true },
] as const;
/** Places in an entry, and the attribute of Microsoft's data partitions that is "no letter" (UEFI 2.10, 5.3.3). */
const ENTRY = { attributes: 48, name: 56, nameBytes: 72 } as const;
/** Place of the checksum of all entries in a header. */
const ENTRIES_CRC = 88;
const NO_LETTER = 1n << 63n;

const [image] = process.argv.slice(2);
if (image === undefined) {
  process.stderr.write('usage: node scripts/name-partitions.ts IMAGE\n');
  process.exit(2);
}
const file = openSync(image, 'r+');
try {
  const primary = headerAt(1);
  const { header } = primary;
  const before = read(header.entriesLba * SECTOR, header.entryCount * header.entryBytes);
  if (crc32(before) !== header.entriesCrc) throw new Error(`${image}: the partition table is damaged`);
  const after = arranged(before, header.entryBytes);
  for (const { bytes, header: each } of [headerAt(header.alternateLba), primary]) {
    write(each.entriesLba * SECTOR, after);
    bytes.writeUInt32LE(crc32(after), ENTRIES_CRC);
    bytes.writeUInt32LE(headerCrc(bytes, each.headerBytes), HEADER_FIELD.CRC);
    write(each.currentLba * SECTOR, bytes);
  }
} finally {
  closeSync(file);
}

function headerAt(lba: number) {
  const bytes = read(lba * SECTOR, SECTOR);
  const header = parseGptHeader(bytes, lba, SECTOR);
  if (typeof header === 'string')
    throw new Error(`${image}: the header of the table in sector ${lba} ${header}`);
  return { bytes, header };
}

function arranged(before: Buffer, entryBytes: number): Buffer {
  const after = Buffer.alloc(before.length);
  ORDER.forEach(({ number, name, ...rest }, i) => {
    const entry = Buffer.from(before.subarray((number - 1) * entryBytes, number * entryBytes));
    entry.fill(0, ENTRY.name, ENTRY.name + ENTRY.nameBytes);
    entry.write(name, ENTRY.name, 'utf16le');
    const attributes = entry.readBigUInt64LE(ENTRY.attributes);
    entry.writeBigUInt64LE('hidden' in rest ? attributes | NO_LETTER : attributes, ENTRY.attributes);
    entry.copy(after, i * entryBytes);
  });
  return after;
}

function read(position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (readSync(file, bytes, 0, length, position) !== length) throw new Error(`${image} is too short`);
  return bytes;
}

function write(position: number, bytes: Uint8Array): void {
  writeSync(file, bytes, 0, bytes.length, position);
}
