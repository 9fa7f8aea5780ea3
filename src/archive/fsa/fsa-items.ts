import { u16, u32 } from '../../ntfs/little-endian.ts';
import { type Dico, parseDico } from './dico.ts';
import { fletcher32 } from './fletcher32.ts';
import { FsaError, type FsaPlace } from './fsa-error.ts';
import { BLOCK, MAGIC, type Magic, VOLUME_FOOT, VOLUME_HEAD } from './keys.ts';
import { VolumeFile, volumePath } from './volume-file.ts';

/** A part of an archive, in the order of the archive. */
export type FsaItem = FsaHeader | FsaBlock | FsaDamage;

/** A header of any kind but that of a block. */
export interface FsaHeader {
  readonly kind: 'header';
  readonly magic: Exclude<Magic, 'BlKh'>;
  /** Number of the file system it belongs to; 65535 for none. */
  readonly fileSystem: number;
  readonly dico: Dico;
  readonly place: FsaPlace;
}

/** A piece of content. */
export interface FsaBlock {
  readonly kind: 'block';
  readonly fileSystem: number;
  /** Byte of the file's content at which it begins. */
  readonly offset: number;
  /** Its bytes in the file, and as they are stored. */
  readonly realBytes: number;
  readonly storedBytes: number;
  /** Whether its checksum is right; undefined when it was not looked at. */
  readonly sumFits: boolean | undefined;
  readonly place: FsaPlace;
}

/** Something is not as it should be. Reading goes on behind it where another part can be found. */
export interface FsaDamage {
  readonly kind: 'damage';
  /** `missing-volume` and `cut` end the archive; `header` and `stray` are passed over. */
  readonly code: 'missing-volume' | 'wrong-volume' | 'cut' | 'header' | 'stray' | 'unreadable';
  readonly error: FsaError;
}

export interface ReadOptions {
  /** Read the blocks and compare their checksums; else they are jumped over. */
  readonly checkBlocks: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told the bytes of all files that were gone through so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** Headers are some kilobytes long; the longest have several values of 64 KiB. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;
/** FSArchiver makes blocks of at most 921600 bytes; what cannot be compressed may grow a little. */
const MAX_BLOCK_BYTES = 4 * 2 ** 20;
const MAGICS: ReadonlySet<string> = new Set(Object.values(MAGIC));
const HEAD_BYTES = 64;
/** A file of nothing but broken headers would be read again and again: beyond so much it is given up. */
const wasteLimit = (sizeBytes: number): number => 4 * sizeBytes + 64 * 2 ** 20;

/**
 * Goes through an archive from the beginning of its first file to the end of its last. Never throws for what is in it:
 * contradictions come as damage. Rejects with the system's error when the first file cannot be opened, with an `FsaError`
 * when it is no archive, and with the signal's reason.
 */
export async function* readItems(path: string, options: ReadOptions): AsyncGenerator<FsaItem> {
  let archiveId: number | undefined;
  let passed = 0;
  for (let volume = 0; ; volume++) {
    const file = await openVolume(path, volume);
    if (!(file instanceof VolumeFile)) {
      yield file;
      return;
    }
    try {
      const format = await formatOf(file, volume);
      if (format === undefined) {
        const place = { volume, position: 0 };
        const error = new FsaError(
          `${file.path} is no archive of FSArchiver.`,
          place,
          '"FsA0"',
          'other bytes',
        );
        if (volume === 0) throw error;
        yield { kind: 'damage', code: 'wrong-volume', error };
        return;
      }
      const reader = new ItemReader(file, volume, format, archiveId, passed, options);
      yield* reader.items();
      if (reader.isLast) return;
      archiveId = reader.archiveId;
      passed += file.sizeBytes;
    } finally {
      await file.close();
    }
  }
}

async function openVolume(path: string, volume: number): Promise<VolumeFile | FsaDamage> {
  const place = volumePath(path, volume);
  try {
    return await VolumeFile.open(place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (volume === 0 || code === undefined) throw error;
    const isMissing = code === 'ENOENT';
    const message = isMissing
      ? `The file ${place} of the archive is missing.`
      : `The file ${place} of the archive cannot be read (${code}).`;
    return {
      kind: 'damage',
      code: isMissing ? 'missing-volume' : 'unreadable',
      error: new FsaError(message, { volume, position: 0 }, 'the next file of the archive', code),
    };
  }
}

/** Version of the format: 1 has lengths of 16 bits, 2 of 32. */
async function formatOf(file: VolumeFile, volume: number): Promise<1 | 2 | undefined> {
  let head: Uint8Array;
  try {
    head = await file.take(HEAD_BYTES);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (volume === 0 || code === undefined) throw error;
    return undefined;
  }
  file.seek(0);
  const text = Buffer.from(head).toString('latin1');
  if (!text.startsWith(MAGIC.volumeHead)) return undefined;
  if (text.startsWith('FsArCh_002', 42)) return 2;
  return /^FsArCh_00[1Y]/.test(text.slice(40)) ? 1 : undefined;
}

/** Reads the parts of one file. */
class ItemReader {
  readonly #file: VolumeFile;
  readonly #volume: number;
  readonly #lengthBytes: number;
  readonly #passed: number;
  readonly #options: ReadOptions;
  #wastedBytes = 0;
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
    if (this.#wastedBytes > wasteLimit(this.#file.sizeBytes)) {
      return this.#damage('cut', position, expected, 'too many broken headers to go on');
    }
    for (let at = position + 1; ; ) {
      this.#options.signal?.throwIfAborted();
      this.#file.seek(at);
      const bytes = await this.#file.take(SEARCH_BYTES);
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

const SEARCH_BYTES = 2 ** 18;

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
