import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const RECORD_BYTES = 1024;
const STRIDE = 512;
const MIRRORED = 4;
const END_MARK = 0xffffffff;

/** The bytes of an attribute in a FILE record. */
export interface CraftedAttribute {
  readonly offset: number;
  readonly length: number;
}

/** Puts another run list into a non-resident attribute, and moves what follows it in the record. */
function replaceRuns(record: Buffer, { offset, length }: CraftedAttribute, runs: Buffer): void {
  const at = offset + record.readUInt16LE(offset + 0x20);
  const grown = Math.ceil((at - offset + runs.length) / 8) * 8;
  record.copy(record, offset + grown, offset + length, record.length - Math.max(0, grown - length));
  runs.copy(record, at);
  record.writeUInt32LE(grown, offset + 4);
  record.writeUInt32LE(record.readUInt32LE(0x18) + grown - length, 0x18);
}

/** Changes structures of a small volume that mkntfs has made: its $MFT is in one piece. */
export class VolumeCraft implements Disposable {
  readonly clusterBytes: number;
  readonly clusterCount: number;
  readonly #fd: number;
  readonly #mft: number;
  readonly #mirror: number;

  constructor(image: string) {
    this.#fd = openSync(image, 'r+');
    const boot = this.read(0, 512);
    const sectors = boot[0x0d] ?? 1;
    this.clusterBytes = boot.readUInt16LE(0x0b) * (sectors < 0x80 ? sectors : 2 ** (256 - sectors));
    this.clusterCount = Math.floor(
      (Number(boot.readBigUInt64LE(0x28)) * boot.readUInt16LE(0x0b)) / this.clusterBytes,
    );
    this.#mft = Number(boot.readBigUInt64LE(0x30)) * this.clusterBytes;
    this.#mirror = Number(boot.readBigUInt64LE(0x38)) * this.clusterBytes;
  }

  read(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#fd, bytes, 0, length, position);
    return bytes;
  }

  write(position: number, bytes: Uint8Array): void {
    writeSync(this.#fd, bytes, 0, bytes.length, position);
  }

  /** Changes a FILE record, and its copy in $MFTMirr. */
  record(number: number, change: (record: Buffer) => void): void {
    const record = this.read(this.#mft + number * RECORD_BYTES, RECORD_BYTES);
    const fixups = record.readUInt16LE(4);
    for (let end = STRIDE, i = 1; end <= RECORD_BYTES; end += STRIDE, i++) {
      record.copy(record, end - 2, fixups + 2 * i, fixups + 2 * i + 2);
    }
    change(record);
    for (let end = STRIDE, i = 1; end <= RECORD_BYTES; end += STRIDE, i++) {
      record.copy(record, fixups + 2 * i, end - 2, end);
      record.copy(record, end - 2, fixups, fixups + 2);
    }
    this.write(this.#mft + number * RECORD_BYTES, record);
    if (number < MIRRORED) this.write(this.#mirror + number * RECORD_BYTES, record);
  }

  /** Asks for a check at the next start of Windows. */
  setDirty(): void {
    this.record(3, (record) => {
      const { offset } = attributeIn(record, 0x70);
      const value = offset + record.readUInt16LE(offset + 0x14);
      record.writeUInt16LE(record.readUInt16LE(value + 10) | 1, value + 10);
    });
  }

  /** Says that the volume is of another version of NTFS. */
  setVersion(major: number, minor: number): void {
    this.record(3, (record) => {
      const { offset } = attributeIn(record, 0x70);
      const value = offset + record.readUInt16LE(offset + 0x14);
      record[value + 8] = major;
      record[value + 9] = minor;
    });
  }

  /** Makes the second record of $MFTMirr another one than that of $MFT. */
  spoilMirror(): void {
    const at = this.#mirror + RECORD_BYTES;
    const record = this.read(at, RECORD_BYTES);
    // The sequence number: the record stays a sound one.
    record.writeUInt16LE(record.readUInt16LE(0x10) + 5, 0x10);
    this.write(at, record);
  }

  /** Sets or clears bits of $Bitmap. */
  bitmap(clusters: readonly number[], used: boolean): void {
    const start = this.#firstRun(6);
    for (const cluster of clusters) {
      const at = start + Math.floor(cluster / 8);
      const byte = this.read(at, 1);
      const bit = 1 << (cluster % 8);
      byte[0] = used ? (byte[0] ?? 0) | bit : (byte[0] ?? 0) & ~bit;
      this.write(at, byte);
    }
  }

  /** Whether a bit of $Bitmap is set. */
  isUsed(cluster: number): boolean {
    const byte = this.read(this.#firstRun(6) + Math.floor(cluster / 8), 1)[0] ?? 0;
    return ((byte >>> (cluster % 8)) & 1) === 1;
  }

  /** Puts the first run of a file's content to another place; returns the old one. */
  moveRun(number: number, lcn: number): number {
    let old = 0;
    this.record(number, (record) => {
      const { offset } = attributeIn(record, 0x80);
      const runs = offset + record.readUInt16LE(offset + 0x20);
      const header = record[runs] ?? 0;
      const [lengthSize, lcnSize] = [header & 15, header >> 4];
      old = record.readUIntLE(runs + 1 + lengthSize, lcnSize);
      record.writeUIntLE(lcn, runs + 1 + lengthSize, lcnSize);
    });
    return old;
  }

  /** Makes $MFT begin as it does, and then go over the rest of the volume so many times. */
  repeatMft(times: number): void {
    const lcn = this.#mft / this.clusterBytes;
    const run = (length: number, step: number): Buffer => {
      const bytes = Buffer.alloc(8);
      bytes[0] = 0x34;
      bytes.writeUInt32LE(length, 1);
      bytes.writeIntLE(step, 5, 3);
      return bytes;
    };
    const [first, rest] = [16, this.clusterCount - lcn - 1];
    const runs = Buffer.concat([
      run(first, lcn),
      ...Array.from({ length: times }, () => run(rest, 0)),
      Buffer.of(0),
    ]);
    const clusters = first + times * rest;
    this.record(0, (record) => {
      const attribute = attributeIn(record, 0x80);
      const { offset } = attribute;
      replaceRuns(record, attribute, runs);
      record.writeBigInt64LE(BigInt(clusters - 1), offset + 0x18);
      for (const size of [0x28, 0x30, 0x38])
        record.writeBigInt64LE(BigInt(clusters * this.clusterBytes), offset + size);
    });
  }

  /** Takes `count` clusters from `lcn` on out of use, as Windows does it: in $BadClus:$Bad and in $Bitmap. */
  markBad(lcn: number, count: number): void {
    const run = (header: number, ...numbers: number[]): Buffer => {
      const bytes = Buffer.alloc(1 + 3 * numbers.length);
      bytes[0] = header;
      for (const [i, value] of numbers.entries()) bytes.writeUIntLE(value, 1 + 3 * i, 3);
      return bytes;
    };
    const rest = this.clusterCount - lcn - count;
    const runs = Buffer.concat([run(0x03, lcn), run(0x33, count, lcn), run(0x03, rest), Buffer.of(0)]);
    this.record(8, (record) => {
      replaceRuns(record, attributeIn(record, 0x80, '$Bad'), runs);
    });
    this.bitmap(
      Array.from({ length: count }, (_, i) => lcn + i),
      true,
    );
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** Byte of the volume at which the content of a record's $DATA begins. */
  #firstRun(number: number): number {
    let start = 0;
    this.record(number, (record) => {
      const { offset } = attributeIn(record, 0x80);
      const runs = offset + record.readUInt16LE(offset + 0x20);
      const header = record[runs] ?? 0;
      start = record.readUIntLE(runs + 1 + (header & 15), header >> 4) * this.clusterBytes;
    });
    return start;
  }
}

/** An attribute of a FILE record; without `name` the first of its type. */
function attributeIn(record: Buffer, type: number, name?: string): CraftedAttribute {
  let offset = record.readUInt16LE(0x14);
  for (;;) {
    const found = record.readUInt32LE(offset);
    if (found === END_MARK) throw new Error(`no attribute 0x${type.toString(16)} ${name ?? ''}`);
    const length = record.readUInt32LE(offset + 4);
    const nameAt = offset + record.readUInt16LE(offset + 10);
    const own = record.toString('utf16le', nameAt, nameAt + 2 * (record[offset + 9] ?? 0));
    if (found === type && (name === undefined || own === name)) return { offset, length };
    offset += length;
  }
}
