import { FsaError, type FsaPlace } from './fsa-error.ts';
import type { FsaBlock, FsaHeader, ReadOptions } from './fsa-item.ts';
import { readItems } from './fsa-items.ts';
import { type FsaObject, isSafePath, objectOf, pathText } from './fsa-object.ts';
import { ARCHIVE, FILE_END, MAGIC, OBJECT } from './keys.ts';

/** An object with what was found out about its content. */
export interface ArchivedObject extends FsaObject {
  readonly fileSystem: number;
  readonly path: string;
  readonly place: FsaPlace;
  /**
   * `whole`: all content is there (or it has none); `no-content`: FSArchiver stored the header of a file that it could not
   * read, which spoils what follows when it is restored; `left-out`: such a header, made harmless by Lifeboat;
   * `damaged`: the content was changed or is not all there.
   */
  readonly state: 'whole' | 'no-content' | 'left-out' | 'damaged';
  /** Of the whole content; undefined for what has none. */
  readonly sum: Uint8Array | undefined;
}

/** Told while an archive is gone through. */
export interface ContentsListener {
  object?(object: ArchivedObject): void;
  /** Something that is wrong with the archive itself; `fatal` when what follows cannot be restored. */
  damage(error: FsaError, fatal: boolean): void;
}

/** What an archive holds in all. */
export interface ContentsTotals {
  readonly objects: number;
  readonly blocks: number;
  /** Bytes of the archive that belong to each file system, by its id. */
  readonly storedBytes: ReadonlyMap<number, number>;
  /** Whether the archive ends where it should, with all its files and all its file systems. */
  readonly isComplete: boolean;
}

interface Open {
  readonly object: FsaObject;
  readonly place: FsaPlace;
  readonly fileSystem: number;
}

/** No group of small files has more: a larger number is damage. */
const MAX_GROUP = 100_000;
/** Bound of memory. */
const MAX_LINKS = 1_000_000;

/**
 * Goes through an archive and puts together which content belongs to which object, as FSArchiver will when it restores.
 * `checkBlocks` also compares the checksum of each block. Rejects as `readItems` does.
 */
export async function readContents(
  path: string,
  options: ReadOptions,
  listener: ContentsListener,
): Promise<ContentsTotals> {
  const walk = new ContentsWalk(listener);
  for await (const item of readItems(path, options)) {
    if (item.kind === 'damage') walk.damage(item.error, item.code !== 'stray');
    else if (item.kind === 'block') walk.block(item);
    else walk.header(item);
  }
  return walk.end();
}

class ContentsWalk {
  readonly #listener: ContentsListener;
  readonly #stored = new Map<number, number>();
  readonly #ended = new Set<number>();
  #objects = 0;
  #blocks = 0;
  #expected: number | undefined;
  #hasFoot = false;
  #lost = false;
  /** A file of its own whose content is awaited, and how much of it has come. */
  #file: (Open & { at: number; damaged: boolean }) | undefined;
  /** Small files whose common block is awaited. */
  #group: Open[] = [];
  /** Blocks belong to a header that was made harmless. */
  #isLeftOut = false;
  /** Paths of links of the file system that is read. */
  readonly #links = new Set<string>();
  /** The file system whose content is read; undefined in archives of folders. */
  #current: number | undefined;

  constructor(listener: ContentsListener) {
    this.#listener = listener;
  }

  damage(error: FsaError, isLost: boolean): void {
    this.#lost ||= isLost;
    if (this.#file !== undefined) this.#file.damaged = true;
    this.#listener.damage(error, isLost);
  }

  header(header: FsaHeader): void {
    const { magic, fileSystem, place } = header;
    switch (magic) {
      case MAGIC.archive:
        this.#expected = header.dico.number(ARCHIVE.fileSystems);
        return;
      case MAGIC.begin:
        if (fileSystem >= (this.#expected ?? 1)) {
          this.#problem(place, `a file system below ${this.#expected}`, `file system ${fileSystem}`);
        }
        this.#current = fileSystem;
        this.#links.clear();
        return;
      case MAGIC.end:
        this.#closeAll();
        this.#wrongFileSystem(header);
        this.#current = undefined;
        this.#ended.add(fileSystem);
        return;
      case MAGIC.object:
        this.#object(header);
        return;
      case MAGIC.fileEnd:
        this.#fileEnd(header);
        return;
      case MAGIC.volumeFoot:
        this.#hasFoot = true;
        return;
      case MAGIC.volumeHead:
      case MAGIC.fileSystem:
      case MAGIC.folders:
        return;
      default:
        this.#problem(place, 'a known header', magic satisfies never);
    }
  }

  block(block: FsaBlock): void {
    this.#wrongFileSystem(block);
    this.#blocks++;
    this.#stored.set(block.fileSystem, (this.#stored.get(block.fileSystem) ?? 0) + block.storedBytes);
    if (this.#isLeftOut) return;
    const file = this.#file;
    if (file !== undefined) {
      const fits = block.offset === file.at && file.at + block.realBytes <= file.object.sizeBytes;
      if (!fits || block.sumFits === false) file.damaged = true;
      file.at += block.realBytes;
      return;
    }
    if (this.#group.length > 0) {
      this.#closeGroup(block);
      return;
    }
    this.#problem(block.place, 'a header', 'a block that belongs to no file');
  }

  end(): ContentsTotals {
    this.#closeAll();
    // An archive of folders has one end, of no file system.
    const expected = this.#expected ?? 1;
    const isComplete = this.#hasFoot && !this.#lost && this.#ended.size >= expected;
    return { objects: this.#objects, blocks: this.#blocks, storedBytes: this.#stored, isComplete };
  }

  #object(header: FsaHeader): void {
    const object = objectOf(header);
    if (typeof object === 'string') {
      this.#problem(header.place, 'a sound object', object);
      return;
    }
    this.#isLeftOut = false;
    const { fileSystem, place } = header;
    this.#wrongFileSystem(header);
    const path = pathText(object);
    if (!isSafePath(path)) this.#problem(place, 'a path that stays in its file system', `"${path}"`);
    if (this.#isBelowLink(path)) this.#problem(place, 'a path that does not go through a link', `"${path}"`);
    if (object.type === 'link' && this.#links.size < MAX_LINKS) this.#links.add(path);
    if (object.type === 'small-file') {
      this.#closeFile(undefined);
      const count = object.group?.count ?? 1;
      if (count > MAX_GROUP) this.#problem(place, `a group of at most ${MAX_GROUP}`, `${count} files`);
      this.#group.push({ object, place, fileSystem });
      return;
    }
    this.#closeAll();
    if (object.type === 'file' && object.sizeBytes > 0) {
      this.#file = { object, place, fileSystem, at: 0, damaged: false };
      return;
    }
    this.#tell({ object, place, fileSystem }, 'whole', undefined);
  }

  #fileEnd({ dico, fileSystem, place }: FsaHeader): void {
    // The header of an object under this mark: one that Lifeboat has made harmless.
    if (dico.bytes(OBJECT.path) !== undefined) {
      this.#closeAll();
      this.#isLeftOut = true;
      const object = objectOf({ dico });
      if (typeof object !== 'string') this.#tell({ object, place, fileSystem }, 'left-out', undefined);
      return;
    }
    if (this.#file === undefined) {
      if (!this.#isLeftOut) this.#problem(place, 'an object', 'the end of a file that did not begin');
      return;
    }
    const md5 = dico.bytes(FILE_END.md5);
    this.#closeFile(md5?.length === 16 ? md5 : undefined);
  }

  #closeAll(): void {
    this.#closeFile(undefined);
    for (const one of this.#group) this.#tell(one, 'no-content', undefined);
    this.#group = [];
  }

  /** `md5` is undefined when the content did not come to its end. */
  #closeFile(md5: Uint8Array | undefined): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    const isWhole = md5 !== undefined && file.at === file.object.sizeBytes && !file.damaged;
    this.#tell(file, isWhole ? 'whole' : md5 === undefined ? 'no-content' : 'damaged', md5);
  }

  #closeGroup(block: FsaBlock): void {
    const group = this.#group;
    this.#group = [];
    const count = group[0]?.object.group?.count ?? 0;
    const isWhole = count === group.length && block.sumFits !== false;
    for (const one of group) {
      const { sizeBytes, group: place, md5 } = one.object;
      const fits = (place?.offset ?? 0) + sizeBytes <= block.realBytes;
      this.#tell(one, isWhole && fits && md5 !== undefined ? 'whole' : 'damaged', md5);
    }
    if (count !== group.length) {
      this.#problem(block.place, `a group of ${count} small files`, `${group.length} of them`);
    }
  }

  #tell(
    { object, place, fileSystem }: Open,
    state: ArchivedObject['state'],
    sum: Uint8Array | undefined,
  ): void {
    this.#objects++;
    this.#listener.object?.({ ...object, path: pathText(object), fileSystem, place, state, sum });
  }

  /** FSArchiver would follow the link, and write wherever it leads. */
  #isBelowLink(path: string): boolean {
    if (this.#links.size === 0) return false;
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      if (this.#links.has(path.slice(0, cut))) return true;
    }
    return false;
  }

  /** FSArchiver looks up file systems by this number without a check, and passes over objects of others. */
  #wrongFileSystem({ fileSystem, place }: { readonly fileSystem: number; readonly place: FsaPlace }): void {
    const isRight = this.#current === undefined ? !this.#isOfFileSystems : fileSystem === this.#current;
    if (isRight) return;
    this.#problem(place, `file system ${this.#current ?? 'none'}`, `file system ${fileSystem}`);
  }

  get #isOfFileSystems(): boolean {
    return this.#expected !== undefined;
  }

  #problem(place: FsaPlace, expected: string, found: string): void {
    const message = `The archive is damaged at byte ${place.position} of its file ${place.volume}: ${found}, expected ${expected}.`;
    this.#lost = true;
    this.#listener.damage(new FsaError(message, place, expected, found), true);
  }
}
