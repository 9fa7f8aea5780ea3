import { createHash } from 'node:crypto';
import type { ArchivedObject } from '../fsa/fsa-contents.ts';
import { nameBytes } from '../inventory/wtf8.ts';

/** What an archive knows of one path. */
export interface IndexedObject {
  readonly state: ArchivedObject['state'];
  /** Whether it is a file with its content, and not a link that stands for something else. */
  readonly isFile: boolean;
  /** MD5 of the content, 32 hexadecimal digits; undefined for what has none. */
  readonly sum: string | undefined;
}

const STATES: readonly ArchivedObject['state'][] = ['whole', 'no-content', 'left-out', 'damaged'];
const SUM_BYTES = 16;
const WITHOUT_SUM = 0x80;
const IS_FILE = 0x40;
const STATE_BITS = 0x0f;

/** The objects of one file system in an archive, found by path, in some 100 bytes of memory each. */
export class ArchiveIndex {
  readonly #numbers = new Map<string, number>();
  /** Names of hard links, and the number of the object that they are names of. */
  readonly #aliases = new Map<string, string>();
  #sums = Buffer.alloc(SUM_BYTES * 1024);
  #states = Buffer.alloc(1024);

  add(object: ArchivedObject): void {
    const key = keyOf(object.pathBytes);
    if (object.type === 'hard-link') {
      this.#aliases.set(key, keyOf(Buffer.from(object.target ?? '', 'utf8')));
      return;
    }
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    if (number >= this.#states.length) {
      this.#sums = Buffer.concat([this.#sums, Buffer.alloc(this.#sums.length)]);
      this.#states = Buffer.concat([this.#states, Buffer.alloc(this.#states.length)]);
    }
    const isFile = object.type === 'file' || object.type === 'small-file';
    const bits = (object.sum === undefined ? WITHOUT_SUM : 0) | (isFile ? IS_FILE : 0);
    this.#states[number] = STATES.indexOf(object.state) | bits;
    if (object.sum !== undefined) this.#sums.set(object.sum, number * SUM_BYTES);
  }

  /** By the path in the volume, without a slash in front. */
  get(path: string): IndexedObject | undefined {
    const key = keyOf(nameBytes(`/${path}`));
    const number = this.#numbers.get(key) ?? this.#numbers.get(this.#aliases.get(key) ?? '');
    if (number === undefined) return undefined;
    const bits = this.#states[number] ?? WITHOUT_SUM;
    const sum = this.#sums.toString('hex', number * SUM_BYTES, (number + 1) * SUM_BYTES);
    return {
      state: STATES[bits & STATE_BITS] ?? 'damaged',
      isFile: (bits & IS_FILE) !== 0,
      sum: (bits & WITHOUT_SUM) !== 0 ? undefined : sum,
    };
  }
}

/** Paths are long: a checksum of them, as a short string, stands for each. */
function keyOf(path: Uint8Array): string {
  return createHash('sha1').update(path).digest().toString('latin1');
}
