import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errnoName } from './errno.ts';

const KERNEL_LOG = '/dev/kmsg';
const SECTOR_BYTES = 512;
/** One record of the log, with all that belongs to it, is at most this long (kernel: CONSOLE_EXT_LOG_MAX). */
const RECORD_BYTES = 8192;
/** So many records are looked at for one failed read: a kernel that talks without an end must not hold it up. */
const MOST_RECORDS = 10_000;
const MOST_UNCLAIMED = 64;

/** A sector that the kernel has called unreadable. */
export interface NamedSector {
  /** The kernel's name of the whole disk. */
  readonly diskName: string;
  /** From the start of the disk. */
  readonly startBytes: number;
}

/**
 * The sector of a disk that a record of the kernel's log calls unreadable; undefined when it is about something else.
 * Only medium errors count. SATA and SCSI disks name the first unreadable sector in their sense data, and the kernel
 * takes what lies before it for transferred (`sd_completed_bytes` of its SCSI disks, `ata_gen_ata_sense`), so its record
 * is about that sector. Where none was named it is about the start of the request (measured on loop devices and on the
 * kernel's scsi_debug).
 */
export function namedSectorIn(record: string): NamedSector | undefined {
  const match = /critical medium error, dev (\S+), sector (\d+)/.exec(record);
  const sector = Number(match?.[2]);
  const startBytes = sector * SECTOR_BYTES;
  if (match?.[1] === undefined || !Number.isSafeInteger(startBytes)) return undefined;
  return { diskName: match[1], startBytes };
}

/** Follows the kernel's log for the sectors that it names. Only root may read it. */
export class KernelLog {
  readonly #file: FileHandle;
  readonly #record = Buffer.alloc(RECORD_BYTES);
  /** Named sectors that nobody has asked for yet, the latest last. */
  #unclaimed: NamedSector[] = [];
  #reading: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Opens the log at its end; undefined where it cannot be read. */
  static async open(path = KERNEL_LOG): Promise<KernelLog | undefined> {
    let file: FileHandle;
    try {
      file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (errnoName(error) === undefined) throw error;
      return undefined;
    }
    const log = new KernelLog(file);
    await log.#read();
    log.#unclaimed = [];
    return log;
  }

  /**
   * Where in `startBytes <= x < endBytes` of a disk the kernel has named a sector since it was asked last, in bytes from
   * the start of the disk; undefined when it has named none. To be asked right after a read has failed: the kernel
   * writes the record before it answers the read.
   */
  async claim(diskName: string, startBytes: number, endBytes: number): Promise<number | undefined> {
    // Reads in flight fail at the same time: each record is read once, and kept for whom it belongs to.
    this.#reading = this.#reading.then(() => this.#read());
    await this.#reading;
    const index = this.#unclaimed.findIndex(
      (named) => named.diskName === diskName && startBytes <= named.startBytes && named.startBytes < endBytes,
    );
    return index < 0 ? undefined : this.#unclaimed.splice(index, 1)[0]?.startBytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #read(): Promise<void> {
    for (let count = 0; count < MOST_RECORDS; count++) {
      const record = await this.#next();
      if (record === undefined) break;
      const named = namedSectorIn(record);
      if (named) this.#unclaimed.push(named);
    }
    this.#unclaimed = this.#unclaimed.slice(-MOST_UNCLAIMED);
  }

  /** The next record; undefined when there is none yet. */
  async #next(): Promise<string | undefined> {
    try {
      const { bytesRead } = await this.#file.read(this.#record, 0, RECORD_BYTES, null);
      return bytesRead === 0 ? undefined : this.#record.toString('utf8', 0, bytesRead);
    } catch (error) {
      const errno = errnoName(error);
      if (errno === undefined) throw error;
      // Records were overwritten before they were read; the next read goes on behind them.
      return errno === 'EPIPE' ? '' : undefined;
    }
  }
}
