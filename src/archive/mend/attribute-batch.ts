import { execa } from 'execa';
import { nameBytes } from '../inventory/wtf8.ts';

/** Attributes of ntfs-3g, as it names them. */
export const NTFS_ATTRIBUTE = {
  acl: 'system.ntfs_acl',
  attributes: 'system.ntfs_attrib',
  reparse: 'system.ntfs_reparse_data',
  objectId: 'system.ntfs_object_id',
  extended: 'system.ntfs_ea',
  encryption: 'system.ntfs_efsinfo',
  dosName: 'system.ntfs_dos_name',
  /** Created, modified, accessed, changed; the last is not taken. */
  times: 'system.ntfs_times',
} as const;

/** Sent to the program in pieces of so many characters. */
const PIECE_CHARACTERS = 2 ** 20;

/**
 * Sets attributes of many files through one process of setfattr, which Node cannot do itself. What it could not set
 * shows when the volume is compared; its complaints are kept for the log.
 */
export class AttributeBatch {
  #text = '';
  #waiting: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** `path` in the volume; empty for the root. */
  set(path: string, values: readonly (readonly [name: string, value: Uint8Array])[]): void {
    if (values.length === 0) return;
    this.#text += `# file: ${quoted(path === '' ? '.' : path)}\n`;
    for (const [name, value] of values) {
      this.#text += `${name}=0s${Buffer.from(value).toString('base64')}\n`;
    }
    this.#text += '\n';
    this.#count++;
    if (this.#text.length < PIECE_CHARACTERS) return;
    this.#waiting.push(this.#text);
    this.#text = '';
  }

  /** Sets all of them, in the order in which they were given. Gives the complaints. */
  async run(root: string): Promise<readonly string[]> {
    const pieces = [...this.#waiting, this.#text];
    this.#waiting = [];
    this.#text = '';
    this.#count = 0;
    const complaints: string[] = [];
    for (const piece of pieces) {
      if (piece === '') continue;
      const done = await execa('setfattr', ['--no-dereference', '--restore=-'], {
        cwd: root,
        input: piece,
        reject: false,
        stdout: 'ignore',
      });
      if (done.failed && done.exitCode === undefined) throw new Error(`setfattr: ${done.shortMessage}`);
      complaints.push(...done.stderr.split('\n').filter((line) => line !== ''));
    }
    return complaints;
  }
}

/** A path in the form of setfattr: every byte that could mean something to it as a backslash and three octal digits. */
function quoted(path: string): string {
  let text = '';
  for (const byte of nameBytes(path)) {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x3d && byte !== 0x22;
    text += isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return text;
}

export function attributesValue(attributes: number): Uint8Array {
  const value = Buffer.alloc(4);
  value.writeUInt32LE(attributes >>> 0);
  return value;
}

/** Times of 16 hexadecimal digits: created, modified, record changed, accessed. */
export function timesValue([created, modified, changed, accessed]: readonly string[]): Uint8Array {
  const value = Buffer.alloc(32);
  for (const [i, time] of [created, modified, accessed, changed].entries()) {
    value.writeBigUInt64LE(BigInt(`0x${time}`), 8 * i);
  }
  return value;
}
