import { u16, u32 } from '../../ntfs/little-endian.ts';
import { type Dico, parseDico } from './dico.ts';
import { fletcher32 } from './fletcher32.ts';
import { FsaError, type FsaPlace } from './fsa-error.ts';
import type { FsaDamage, FsaHeader, FsaItem, ReadOptions } from './fsa-item.ts';
import { BLOCK, MAGIC, VOLUME_FOOT, VOLUME_HEAD } from './keys.ts';
import type { VolumeFile } from './volume-file.ts';

/** Headers are some kilobytes long; the longest have several values of 64 KiB. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;
/** FSArchiver makes blocks of at most 921600 bytes; what cannot be compressed may grow a little. */
const MAX_BLOCK_BYTES = 4 * 2 ** 20;
const MAGICS: ReadonlySet<string> = new Set(Object.values(MAGIC));
/** A file of nothing but broken headers would be read again and again: beyond so many, or so much, it is given up. */
const MAX_DAMAGES = 5000;
const wasteLimit = (sizeBytes: number): number => 4 * sizeBytes + 64 * 2 ** 20;

/** Reads the parts of one file of an archive. */
export class ItemReader {
  readonly #file: VolumeFile;
  readonly #volume: number;
  readonly #lengthBytes: number;
  readonly #passed: number;
  readonly #options: ReadOptions;
  #wastedBytes = 0;
  #damages = 0;
  archiveId: number | undefined;
  /** Whether nothing follows: the archive is at its end, or cannot be gone on with. */
  isLast = false;

  constructor(
    file: VolumeFile,
    volume: number,
    format: 1 | 2,
    archiveId: number | undefined,
    passed: number,
    options: ReadOptions,
  ) {
    this.#file = file;
    this.#volume = volume;
    this.#lengthBytes = format === 1 ? 2 : 4;
    this.archiveId = archiveId;
    this.#passed = passed;
    this.#options = options;
  }

  async *items(): AsyncGenerator<FsaItem> {
    const { signal, onProgress } = this.#options;
    for (;;) {
      signal?.throwIfAborted();
      onProgress?.(this.#passed + this.#file.position);
      let item: FsaItem;
      try {
        item = await this.#next();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === undefined) throw error;
        item = this.#damage('unreadable', this.#file.position, 'readable bytes', code);
      }
      if (item.kind === 'damage') {
        yield item;
        if (item.code === 'header' || item.code === 'stray') continue;
        this.isLast = true;
        return;
      }
      if (item.kind === 'header' && item.magic === MAGIC.volumeHead) {
        const wrong = this.#wrongVolume(item);
        if (wrong !== undefined) {
          yield wrong;
          this.isLast = true;
          return;
        }
      }
      yield item;
      if (item.kind === 'header' && item.magic === MAGIC.volumeFoot) {
        this.isLast = item.dico.number(VOLUME_FOOT.isLast) === 1;
        return;
      }
    }
  }

  async #next(): Promise<FsaItem> {
    const position = this.#file.position;
    if (this.#file.leftBytes === 0)
      return this.#damage('cut', position, 'the end mark of the file', 'its end');
    const head = await this.#file.take(10 + this.#lengthBytes);
    const magic = Buffer.from(head.subarray(0, 4)).toString('latin1');
    if (!MAGICS.has(magic))
      return this.#findNext(position, 'stray', 'the mark of a header', shownBytes(head));
    if (head.length < 10 + this.#lengthBytes)
      return this.#damage('cut', position, 'a whole header', 'the end');
    const id = u32(head, 4);
    if (this.archiveId !== undefined && id !== this.archiveId) {
      return this.#findNext(position, 'header', `archive id ${hex(this.archiveId)}`, hex(id));
    }
    const length = this.#lengthBytes === 2 ? u16(head, 10) : u32(head, 10);
    if (length < 2 || length > MAX_HEADER_BYTES) {
      return this.#findNext(position, 'header', 'a length of some kilobytes', `${length} bytes`);
    }
    if (this.#file.leftBytes < length + 4) {
      const isLast = this.#file.leftBytes < MAX_HEADER_BYTES;
      const found = `${this.#file.leftBytes} bytes`;
      if (!isLast) return this.#findNext(position, 'header', `${length} bytes`, found);
      // A length that leads behind the end may be damage in the middle, or the cut itself.
      return this.#findNext(position, 'cut', `a header of ${length} bytes`, found);
    }
    const body = await this.#file.take(length + 4);
    const bytes = body.subarray(0, length);
    const sum = u32(body, length);
    if (fletcher32(bytes) !== sum) {
      return this.#findNext(position, 'header', `checksum ${hex(sum)}`, hex(fletcher32(bytes)));
    }
    const dico = parseDico(bytes);
    if (typeof dico === 'string') return this.#findNext(position, 'header', 'a sound dictionary', dico);
    this.archiveId ??= id;
    const place = { volume: this.#volume, position };
    const fileSystem = u16(head, 8);
    if (magic === MAGIC.block) return this.#block(dico, fileSystem, place);
    return { kind: 'header', magic: magic as FsaHeader['magic'], fileSystem, dico, place };
  }

  async #block(dico: Dico, fileSystem: number, place: FsaPlace): Promise<FsaItem> {
    const realBytes = dico.number(BLOCK.realBytes);
    const storedBytes = dico.number(BLOCK.storedBytes);
    const offset = dico.number(BLOCK.offset);
    const sum = dico.number(BLOCK.sum);
    if (realBytes === undefined || storedBytes === undefined || offset === undefined || sum === undefined) {
      return this.#damage('header', place.position, 'sizes and checksum of a block', 'a block without them');
    }
    if (Math.max(realBytes, storedBytes) > MAX_BLOCK_BYTES) {
      const found = `${Math.max(realBytes, storedBytes)} bytes`;
      return this.#findNext(place.position, 'header', 'a block of less than a megabyte', found);
    }
    if (this.#file.leftBytes < storedBytes) {
      return this.#damage(
        'cut',
        place.position,
        `a block of ${storedBytes} bytes`,
        `${this.#file.leftBytes}`,
      );
    }
    let sumFits: boolean | undefined;
    if (this.#options.checkBlocks) sumFits = fletcher32(await this.#file.take(storedBytes)) === sum;
    else this.#file.seek(this.#file.position + storedBytes);
    return { kind: 'block', fileSystem, offset, realBytes, storedBytes, sumFits, place };
  }

  /** The volume head of another archive, or of another place in it. */
  #wrongVolume({ dico, place }: FsaHeader): FsaDamage | undefined {
    const number = dico.number(VOLUME_HEAD.number);
    if (number === this.#volume) return undefined;
    return this.#damage('wrong-volume', place.position, `volume ${this.#volume}`, `volume ${number}`);
  }

  /** Goes to the next mark behind `position`, and tells the damage before it. */
  async #findNext(
    position: number,
    code: 'header' | 'stray' | 'cut',
    expected: string,
    found: string,
  ): Promise<FsaDamage> {
    this.#wastedBytes += this.#file.position - position;
    this.#damages++;
    if (this.#damages > MAX_DAMAGES || this.#wastedBytes > wasteLimit(this.#file.sizeBytes)) {
      return this.#damage('cut', position, expected, 'too many broken headers to go on');
    }
    let searchBytes = LEAST_SEARCH_BYTES;
    for (let at = position + 1; ; ) {
      this.#options.signal?.throwIfAborted();
      this.#file.seek(at);
      const bytes = await this.#file.take(searchBytes);
      searchBytes = Math.min(MOST_SEARCH_BYTES, 4 * searchBytes);
      const next = nextMagic(bytes);
      if (next !== undefined) {
        this.#file.seek(at + next);
        return this.#damage(code === 'cut' ? 'header' : code, position, expected, found);
      }
      if (this.#file.leftBytes === 0) return this.#damage('cut', position, expected, found);
      at += bytes.length - 3;
    }
  }

  #damage(code: FsaDamage['code'], position: number, expected: string, found: string): FsaDamage {
    const where = `byte ${position} of ${this.#file.path}`;
    const what = code === 'cut' ? 'The archive is cut off' : 'The archive is damaged';
    const error = new FsaError(
      `${what} at ${where}: ${found}, expected ${expected}.`,
      { volume: this.#volume, position },
      expected,
      found,
    );
    return { kind: 'damage', code, error };
  }
}

/** The next mark may be near: little is read at first. */
const LEAST_SEARCH_BYTES = 512;
const MOST_SEARCH_BYTES = 2 ** 18;

/** The first mark in the bytes; all begin with one of these letters. */
function nextMagic(bytes: Uint8Array): number | undefined {
  for (let at = 0; at + 4 <= bytes.length; at++) {
    const first = bytes[at];
    if (first !== 0x46 && first !== 0x41 && first !== 0x44 && first !== 0x4f && first !== 0x42) continue;
    if (MAGICS.has(String.fromCharCode(...bytes.subarray(at, at + 4)))) return at;
  }
  return undefined;
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');

const shownBytes = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 4)).toString('hex');
