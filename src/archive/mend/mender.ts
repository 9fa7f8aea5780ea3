import { link, lstat, mkdir, open, rename, rmdir, unlink } from 'node:fs/promises';
import { errnoName } from '../../block/errno.ts';
import { DOS_ATTRIBUTE } from '../../ntfs/file-details.ts';
import { type DescribedObject, type DescribedStream, ownContent } from '../inventory/described.ts';
import { nameBytes } from '../inventory/wtf8.ts';
import type { SideFile } from '../side/side-reader.ts';
import { AttributeBatch, attributesValue, NTFS_ATTRIBUTE, timesValue } from './attribute-batch.ts';
import { ContentWriter } from './content-writer.ts';
import type { Mend, MendPlan } from './mend-plan.ts';
import { type ContentPlace, writeContents } from './write-contents.ts';

/** Something that could not be put back, in words of the system. */
export interface MendProblem {
  readonly path: string;
  readonly stream?: string;
  readonly message: string;
}

/** Where files are made before they get their names: what is made in a folder takes over whether it compresses. */
const SCRATCH = '.lifeboat-mending';
const COPY_BYTES = 2 ** 20;

/** Puts back, on a mounted volume, what a plan says. Errors of single files are kept and told, never thrown. */
export class Mender {
  readonly #root: string;
  readonly #plan: MendPlan;
  readonly #fileSystem: number;
  readonly #side: SideFile;
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: (path: string) => void;
  readonly problems: MendProblem[] = [];
  /** Files under their names in the scratch folder, by the object they become. */
  readonly #scratch = new Map<number, string>();
  #made = 0;

  constructor(
    root: string,
    plan: MendPlan,
    fileSystem: number,
    side: SideFile,
    signal: AbortSignal | undefined,
    onProgress: (path: string) => void,
  ) {
    this.#root = root;
    this.#plan = plan;
    this.#fileSystem = fileSystem;
    this.#side = side;
    this.#signal = signal;
    this.#onProgress = onProgress;
  }

  async run(): Promise<void> {
    await this.#makeScratch();
    for (const mend of this.#plan.mends) {
      this.#signal?.throwIfAborted();
      this.#onProgress(mend.object.path);
      if (mend.rebuild) await this.#trying(mend.object.path, () => this.#rebuild(mend));
      else if (mend.recast) await this.#trying(mend.object.path, () => this.#recast(mend));
      for (const name of mend.remove) {
        await this.#trying(mend.object.path, () => unlink(this.#path(mend.object.path, name)), name);
      }
    }
    await this.#writeContents();
    await this.#placeFiles();
    await this.#linkNames();
    await this.#setDosNames();
    await this.#removeScratch();
    await this.#setAttributes();
  }

  /** A path for the system; `stream` in the way of Windows. */
  #path(path: string, stream = ''): Buffer {
    const whole = `${this.#root}/${path}`;
    return nameBytes(stream === '' ? whole : `${whole}:${stream}`);
  }

  async #makeScratch(): Promise<void> {
    const batch = new AttributeBatch();
    for (const [name, attributes] of [
      ['', 0],
      ['/plain', 0],
      ['/packed', DOS_ATTRIBUTE.COMPRESSED],
    ] as const) {
      await mkdir(this.#path(`${SCRATCH}${name}`), { recursive: true });
      batch.set(`${SCRATCH}${name}`, [[NTFS_ATTRIBUTE.attributes, attributesValue(attributes)]]);
    }
    await batch.run(this.#root);
  }

  async #removeScratch(): Promise<void> {
    for (const name of ['/plain', '/packed', '']) {
      await this.#trying(SCRATCH, () => rmdir(this.#path(`${SCRATCH}${name}`)));
    }
  }

  /** An empty file where it will be compressed or not, as it has to be. */
  async #scratchFile(object: DescribedObject): Promise<string> {
    const isPacked = ownContent(object)?.compressed ?? false;
    const path = `${SCRATCH}/${isPacked ? 'packed' : 'plain'}/${++this.#made}`;
    await (await open(this.#path(path), 'wx', 0o600)).close();
    this.#scratch.set(object.id, path);
    return path;
  }

  async #rebuild({ object }: Mend): Promise<void> {
    if (object.kind === 'file') {
      await this.#scratchFile(object);
      return;
    }
    await this.#remove(object.path);
    try {
      await mkdir(this.#path(object.path));
    } catch (error) {
      if (errnoName(error) !== 'EEXIST') throw error;
    }
  }

  /** Copies the content as it was restored into a file of the right kind. */
  async #recast({ object }: Mend): Promise<void> {
    const own = ownContent(object);
    if (own === undefined) return;
    const path = await this.#scratchFile(object);
    try {
      await this.#copy(object.path, path, own);
    } catch (error) {
      // What was restored is better than half a copy: it stays, and its difference is told.
      this.#scratch.delete(object.id);
      await unlink(this.#path(path));
      throw error;
    }
  }

  async #copy(from: string, to: string, own: DescribedStream): Promise<void> {
    const source = await open(this.#path(from), 'r');
    const target = await ContentWriter.open(this.#path(to), own.sizeBytes, own.sparse);
    try {
      const buffer = Buffer.alloc(COPY_BYTES);
      for (const [start, end] of own.stored ?? [[0, own.sizeBytes]]) {
        for (let at = start; at < Math.min(end, own.sizeBytes); ) {
          this.#signal?.throwIfAborted();
          const length = Math.min(COPY_BYTES, Math.min(end, own.sizeBytes) - at);
          const { bytesRead } = await source.read(buffer, 0, length, at);
          if (bytesRead === 0) throw new Error(`the restored content ends at byte ${at}`);
          await target.write(at, buffer.subarray(0, bytesRead));
          at += bytesRead;
        }
      }
      await target.end();
    } catch (error) {
      await target.abandon().catch(() => undefined);
      throw error;
    } finally {
      await source.close();
    }
  }

  /** Writes the contents that the side file holds to where they belong. */
  #writeContents(): Promise<void> {
    const places: ContentPlace[] = [];
    for (const { object, write } of this.#plan.mends) {
      for (const name of write) {
        const stream = object.streams.find((one) => one.name === name);
        if (stream === undefined) continue;
        const file = this.#scratch.get(object.id) ?? object.path;
        places.push({ path: object.path, stream, file: this.#path(file, name) });
      }
    }
    return writeContents(places, this.#side, this.#signal, this.#onProgress, (path, stream, message) => {
      this.problems.push({ path, ...(stream && { stream }), message });
    });
  }

  /** Gives the files in the scratch folder their names. */
  async #placeFiles(): Promise<void> {
    for (const { object } of this.#plan.mends) {
      const path = this.#scratch.get(object.id);
      if (path === undefined) continue;
      await this.#trying(object.path, async () => {
        await this.#remove(object.path);
        await rename(this.#path(path), this.#path(object.path));
      });
    }
  }

  async #linkNames(): Promise<void> {
    for (const [id, paths] of this.#plan.links) {
      const first = this.#plan.firstNames.get(id);
      if (first === undefined) continue;
      for (const path of paths) {
        await this.#trying(path, async () => {
          await this.#remove(path);
          await link(this.#path(first), this.#path(path));
        });
      }
    }
  }

  /**
   * Sets the 8.3 names of objects with several names. ntfs-3g sets one only where there is no other name (measured), so
   * the others are taken away and put back.
   */
  async #setDosNames(): Promise<void> {
    const batch = new AttributeBatch();
    const linkBack: { from: string; to: string }[] = [];
    for (const [path, { id, dosName }] of this.#plan.dosNames) {
      const names = [this.#plan.firstNames.get(id) ?? path, ...(this.#plan.furtherNames.get(id) ?? [])];
      for (const other of names) {
        // A name that is not one of the same object is nobody's to take away.
        if (other === path || !(await this.#isSameFile(path, other))) continue;
        const isGone = await this.#trying(other, async () => {
          await unlink(this.#path(other));
          return true;
        });
        if (isGone) linkBack.push({ from: path, to: other });
      }
      batch.set(path, [[NTFS_ATTRIBUTE.dosName, Buffer.from(dosName, 'utf8')]]);
    }
    for (const message of await batch.run(this.#root)) this.problems.push({ path: '', message });
    for (const { from, to } of linkBack) {
      await this.#trying(to, () => link(this.#path(from), this.#path(to)));
    }
  }

  /**
   * Sets attributes, what is deepest first: behind a folder that became a reparse point nothing can be reached any more, and
   * what is done in a folder changes its times.
   */
  async #setAttributes(): Promise<void> {
    const descriptors = await this.#descriptors();
    const entries: { order: number; path: string; values: [string, Uint8Array][] }[] = [];
    const withTimes = new Set<string>();
    for (const mend of this.#plan.mends) {
      const { object, order } = mend;
      const hasDosName = this.#plan.dosNames.has(object.path);
      const values = valuesOf(mend, descriptors, hasDosName);
      if (mend.set.has('times')) withTimes.add(object.path);
      entries.push({ order, path: object.path, values });
    }
    for (const path of [...this.#plan.touched, '']) {
      const folder = this.#plan.folders.get(path);
      if (folder === undefined || withTimes.has(path)) continue;
      withTimes.add(path);
      const values: [string, Uint8Array][] = [[NTFS_ATTRIBUTE.times, timesValue(folder.times)]];
      entries.push({ order: folder.order, path, values });
    }
    entries.sort((a, b) => b.order - a.order);
    const batch = new AttributeBatch();
    for (const { path, values } of entries) batch.set(path, values);
    this.#signal?.throwIfAborted();
    for (const message of await batch.run(this.#root)) this.problems.push({ path: '', message });
  }

  /** The security descriptors that are wanted, by their sums. */
  async #descriptors(): Promise<ReadonlyMap<string, Uint8Array>> {
    const wanted = new Set<string>();
    for (const { object, set } of this.#plan.mends) {
      if (set.has('security') && object.security !== undefined) wanted.add(object.security);
    }
    const found = new Map<string, Uint8Array>();
    let isIn = false;
    for await (const part of this.#side.parts({ signal: this.#signal })) {
      if (part.kind === 'volume') isIn = part.volume.fileSystem === this.#fileSystem;
      if (part.kind !== 'security' || !isIn || !wanted.has(part.security.sum)) continue;
      found.set(part.security.sum, Buffer.from(part.security.descriptor, 'base64'));
    }
    return found;
  }

  async #isSameFile(one: string, other: string): Promise<boolean> {
    const numbers = await this.#trying(one, async () => [
      (await lstat(this.#path(one))).ino,
      (await lstat(this.#path(other))).ino,
    ]);
    return numbers !== undefined && numbers[0] === numbers[1];
  }

  /** Takes away whatever has this name; a folder with something in it stays, and so does nothing. */
  async #remove(path: string): Promise<void> {
    try {
      await unlink(this.#path(path));
    } catch (error) {
      const errno = errnoName(error);
      if (errno === 'ENOENT' || errno === 'ENOTEMPTY') return;
      if (errno !== 'EISDIR' && errno !== 'EPERM') throw error;
      try {
        await rmdir(this.#path(path));
      } catch (second) {
        if (errnoName(second) !== 'ENOTEMPTY') throw second;
      }
    }
  }

  async #trying<T>(path: string, work: () => Promise<T>, stream?: string): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (this.#signal?.aborted) throw error;
      const message = (error as Error).message;
      this.problems.push({ path, ...(stream && { stream }), message });
      return undefined;
    }
  }
}

function valuesOf(
  { object, set }: Mend,
  descriptors: ReadonlyMap<string, Uint8Array>,
  hasDosName: boolean,
): [string, Uint8Array][] {
  const values: [string, Uint8Array][] = [];
  const descriptor = object.security === undefined ? undefined : descriptors.get(object.security);
  if (set.has('security') && descriptor !== undefined) values.push([NTFS_ATTRIBUTE.acl, descriptor]);
  for (const [kind, name, text] of [
    ['extended', NTFS_ATTRIBUTE.extended, object.extended],
    ['objectId', NTFS_ATTRIBUTE.objectId, object.objectId],
    ['encryption', NTFS_ATTRIBUTE.encryption, object.encryption],
    ['reparse', NTFS_ATTRIBUTE.reparse, object.reparse],
  ] as const) {
    if (set.has(kind) && text !== undefined) values.push([name, Buffer.from(text, 'base64')]);
  }
  if (set.has('attributes')) values.push([NTFS_ATTRIBUTE.attributes, attributesValue(object.attributes)]);
  if (set.has('dosName') && object.dosName !== undefined && !hasDosName) {
    values.push([NTFS_ATTRIBUTE.dosName, Buffer.from(object.dosName, 'utf8')]);
  }
  if (set.has('times') && object.times !== undefined) {
    values.push([NTFS_ATTRIBUTE.times, timesValue(object.times)]);
  }
  return values;
}
