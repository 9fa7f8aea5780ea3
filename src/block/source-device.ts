import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { allocateAligned, isAligned } from './aligned-memory.ts';
import { describePath } from './device-facts.ts';
import { majorMinorOf } from './device-number.ts';
import { classify, errnoName } from './errno.ts';
import { retryInterrupted } from './interrupted.ts';
import { KernelLog } from './kernel-log.ts';
import { OpenError, openErrorFrom } from './open-error.ts';
import { DONE, type Outcome } from './outcome.ts';
import type { BlockFacts, FileFacts, PathFacts } from './path-facts.ts';
import type { Source } from './ports.ts';
import { deviceIsThere, fileIsThere } from './presence.ts';

/** An image file has no sectors of its own; this is what the disks of its time had. */
const FILE_SECTOR_BYTES = 512;

/** A source that was opened here, read-only, and is closed with `close`. */
export interface OpenSource extends Source {
  /** The path as it was given. */
  readonly path: string;
  readonly facts: BlockFacts | FileFacts;
  /**
   * Whether reads bypass the page cache. False where the filesystem of an image refuses that; it may turn
   * false at the first read. Through the page cache one bad sector takes good neighbours with it.
   */
  readonly directIo: boolean;
  /** Whether the device or file is still attached and not smaller than when it was opened. */
  stillThere(): Promise<boolean>;
  /** Waits for reads in flight, then closes. */
  close(): Promise<void>;
}

/**
 * Opens a block device or an image file for reading, never for anything else. Rejects with an `OpenError` when
 * it is neither, cannot be opened, or is no longer what `facts` (made by `describePath`) say. Whoever knows the
 * physical sectors better than the device tells them gives their size, a multiple of the logical sector that the
 * source begins on. With `cached` an image file (never a device) is read through the page cache. With `namesSectors`
 * failed reads of a device say which sector the drive has named, where the kernel's log can be read.
 */
export async function openSource(
  path: string,
  facts?: PathFacts,
  physicalSectorBytes?: number,
  {
    cached = false,
    namesSectors = false,
  }: { readonly cached?: boolean; readonly namesSectors?: boolean } = {},
): Promise<OpenSource> {
  const known = facts ?? (await describePath(path));
  if (known.kind === 'missing') {
    throw new OpenError(
      path,
      'ENOENT',
      `Cannot read ${path}: there is nothing of that name.`,
      'Check the name and that the drive is attached.',
    );
  }
  if (known.kind !== 'block' && known.kind !== 'file') {
    const what = known.kind === 'directory' ? 'a directory' : known.what;
    throw new OpenError(
      path,
      'not-a-source',
      `Cannot read ${path}: it is ${what}, not a disk, partition or image file.`,
      'Name a block device such as /dev/sdb, or an image file.',
    );
  }
  const unitBytes = physicalSectorBytes ?? (known.kind === 'block' ? unitOf(known) : FILE_SECTOR_BYTES);
  refuseUnit(path, known, unitBytes);
  const { handle, direct } = await openHandle(path, cached && known.kind === 'file');
  try {
    await refuseAnother(handle, known);
  } catch (error) {
    await handle.close();
    throw error;
  }
  const log = namesSectors && known.kind === 'block' ? await KernelLog.open() : undefined;
  return new SourceDevice(path, known, handle, direct, unitBytes, log);
}

/** Units that do not fit to where the source begins, or to its logical sectors, cannot be those of its medium. */
function refuseUnit(path: string, facts: BlockFacts | FileFacts, unitBytes: number): void {
  const logical = facts.kind === 'block' ? facts.logicalSectorBytes : FILE_SECTOR_BYTES;
  const begins = facts.kind === 'block' ? (facts.partitionStartBytes ?? 0) : 0;
  if (unitBytes % logical === 0 && begins % unitBytes === 0) return;
  const reason =
    unitBytes % logical === 0
      ? `it begins at byte ${begins} of its disk, which is no multiple of that`
      : `its logical sectors have ${logical} bytes`;
  throw new OpenError(
    path,
    'physical-sector',
    `Physical sectors of ${unitBytes} bytes do not fit to ${path}: ${reason}.`,
    'Leave out --physical-sector; it is found out while the rescue runs.',
  );
}

async function openHandle(path: string, cached: boolean): Promise<{ handle: FileHandle; direct: boolean }> {
  try {
    if (!cached) return { handle: await openDirect(path), direct: true };
  } catch (error) {
    // EINVAL is how a filesystem says that it has no direct I/O; anything else is about the file itself.
    if (errnoName(error) !== 'EINVAL') throw openErrorFrom(error, path, `open ${path} for reading`);
  }
  try {
    return { handle: await openBuffered(path), direct: false };
  } catch (error) {
    throw openErrorFrom(error, path, `open ${path} for reading`);
  }
}

const openDirect = (path: string): Promise<FileHandle> =>
  retryInterrupted(() => open(path, constants.O_RDONLY | constants.O_DIRECT));

const openBuffered = (path: string): Promise<FileHandle> =>
  retryInterrupted(() => open(path, constants.O_RDONLY));

/** Between the look and the opening a cable may have been pulled and another disk got the name. */
async function refuseAnother(handle: FileHandle, facts: BlockFacts | FileFacts): Promise<void> {
  const now = await handle.stat({ bigint: true });
  const same =
    facts.kind === 'block'
      ? now.isBlockDevice() && majorMinorOf(now.rdev) === facts.majorMinor && (await deviceIsThere(facts))
      : now.isFile() && majorMinorOf(now.dev) === facts.dev && String(now.ino) === facts.ino;
  if (same) return;
  throw new OpenError(
    facts.path,
    'changed',
    `Refusing to read ${facts.path}: it is no longer the ${facts.kind === 'block' ? 'device' : 'file'} it was.`,
    'Look at the list of disks again and choose anew.',
  );
}

class SourceDevice implements OpenSource {
  readonly path: string;
  readonly facts: BlockFacts | FileFacts;
  readonly sizeBytes: number;
  readonly sectorBytes: number;
  readonly physicalSectorBytes: number;
  readonly #log: KernelLog | undefined;
  #handle: FileHandle;
  #direct: boolean;
  #reopening: Promise<void> | undefined;

  constructor(
    path: string,
    facts: BlockFacts | FileFacts,
    handle: FileHandle,
    direct: boolean,
    unitBytes: number,
    log: KernelLog | undefined,
  ) {
    this.#log = log;
    this.path = path;
    this.facts = facts;
    this.sizeBytes = facts.sizeBytes;
    this.sectorBytes = facts.kind === 'block' ? facts.logicalSectorBytes : FILE_SECTOR_BYTES;
    this.physicalSectorBytes = unitBytes;
    this.#handle = handle;
    this.#direct = direct;
  }

  get directIo(): boolean {
    return this.#direct;
  }

  allocate(bytes: number): Uint8Array {
    return allocateAligned(bytes);
  }

  async read(offset: number, length: number, into: Uint8Array): Promise<Outcome> {
    const fault = this.#faultOf(offset, length, into);
    if (fault !== undefined) return { kind: 'broken', errno: 'none', message: fault };
    const tail = length % this.sectorBytes;
    if (tail === 0 || !this.#direct) return this.#fill(offset, length, into);
    // Direct I/O takes whole sectors only. The rest of the last sector must not be spilled into memory that
    // the caller did not offer, so the odd tail of an image goes through memory of its own.
    const whole = allocateAligned(length - tail + this.sectorBytes);
    const outcome = await this.#fill(offset, length, whole);
    if (outcome.kind === 'done') into.set(whole.subarray(0, length));
    return outcome;
  }

  async stillThere(): Promise<boolean> {
    return this.facts.kind === 'block' ? deviceIsThere(this.facts) : fileIsThere(this.#handle, this.facts);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#reopening]);
    await this.#handle.close();
    await this.#log?.close();
  }

  /** What makes a request impossible, in words; undefined when nothing does. */
  #faultOf(offset: number, length: number, into: Uint8Array): string | undefined {
    const end = offset + length;
    const request = `A read of ${length} bytes at byte ${offset} of ${this.path}`;
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
      return `${request} makes no sense: both must be whole numbers from 0.`;
    }
    if (end > this.sizeBytes) return `${request} ends after its end at byte ${this.sizeBytes}.`;
    if (offset % this.sectorBytes !== 0 || (length % this.sectorBytes !== 0 && end !== this.sizeBytes)) {
      return `${request} is not made of whole sectors of ${this.sectorBytes} bytes.`;
    }
    if (into.length < length) return `${request} does not fit into memory of ${into.length} bytes.`;
    if (this.#direct && !isAligned(into, this.sectorBytes)) {
      return `${request} goes into memory that is not aligned: it must come from allocate().`;
    }
    return undefined;
  }

  /** Reads until `length` bytes are there. With direct I/O `memory` has room for whole sectors. */
  async #fill(offset: number, length: number, memory: Uint8Array): Promise<Outcome> {
    let filled = 0;
    while (filled < length) {
      // A request that began directly stays rounded up; so is its rest after a short read.
      const wanted = this.#direct ? roundUp(length, this.sectorBytes) - filled : length - filled;
      let bytesRead: number;
      try {
        bytesRead = await this.#readOnce(memory, filled, wanted, offset + filled);
      } catch (error) {
        return this.#judge(classify(error, 'read'), offset, length);
      }
      if (bytesRead === 0) return { kind: 'gone', errno: 'EOF' };
      filled += bytesRead;
      // Going on at an odd place would be refused, so the started sector is read again as a whole.
      if (filled < length && this.#direct) filled -= filled % this.sectorBytes;
      if (bytesRead < this.sectorBytes && filled < length && this.#direct)
        return { kind: 'gone', errno: 'EOF' };
    }
    return DONE;
  }

  async #readOnce(memory: Uint8Array, at: number, length: number, position: number): Promise<number> {
    const attempt = () => retryInterrupted(() => this.#handle.read(memory, at, length, position));
    const wasDirect = this.#direct;
    try {
      return (await attempt()).bytesRead;
    } catch (error) {
      // Some filesystems refuse direct I/O only now, or want larger units than 512 bytes. A device never may
      // go on through the page cache: that would cost good sectors.
      if (errnoName(error) !== 'EINVAL' || this.facts.kind === 'block' || !wasDirect) throw error;
    }
    await this.#turnBuffered();
    return (await attempt()).bytesRead;
  }

  /** Opens the same inode once more without direct I/O; once, however many reads in flight were refused. */
  async #turnBuffered(): Promise<void> {
    this.#reopening ??= this.#reopen();
    await this.#reopening;
  }

  async #reopen(): Promise<void> {
    const direct = this.#handle;
    try {
      // Through /proc it is the same file even if its name has been given to another by now.
      this.#handle = await openBuffered(`/proc/self/fd/${direct.fd}`);
    } catch (cause) {
      // Thrown without an error number: that of an `open` must not be taken for that of a bad sector.
      const reason = errnoName(cause) ?? String(cause);
      throw new Error(`${this.path} cannot be opened again without direct I/O (${reason}).`, { cause });
    }
    this.#direct = false;
    await direct.close();
  }

  /** A device that has vanished often says EIO first; no sector may be blamed for that. */
  async #judge(outcome: Outcome, offset: number, length: number): Promise<Outcome> {
    if (outcome.kind !== 'bad') return outcome;
    if (!(await this.stillThere())) return { kind: 'gone', errno: outcome.errno };
    if (!this.#log || this.facts.kind !== 'block') return outcome;
    const begins = this.facts.partitionStartBytes ?? 0;
    // A drive that names no sector has the start of the request named for it.
    const from = begins + offset + this.sectorBytes;
    const named = await this.#log.claim(this.facts.diskName, from, begins + offset + length);
    return named === undefined ? outcome : { ...outcome, namedBytes: named - begins };
  }
}

const roundUp = (bytes: number, unit: number): number => Math.ceil(bytes / unit) * unit;

/**
 * The unit in which the medium fails, counted from the start of the source. A partition that does not begin on a
 * physical sector has its units elsewhere; single logical sectors are right there, if slower.
 */
function unitOf(facts: BlockFacts): number {
  const isAligned = (facts.partitionStartBytes ?? 0) % facts.physicalSectorBytes === 0;
  return isAligned ? facts.physicalSectorBytes : facts.logicalSectorBytes;
}
