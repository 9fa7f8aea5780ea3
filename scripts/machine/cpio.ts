/** A file of an archive: `mode` as in stat, such as 0o100755. */
export interface ArchiveEntry {
  readonly path: string;
  readonly mode: number;
  readonly content?: Uint8Array;
}

/** A cpio archive in the form that the Linux kernel unpacks ("newc"; buffer-format.rst of the kernel's documents). */
export function cpioArchive(entries: readonly ArchiveEntry[]): Buffer {
  const parts: Buffer[] = [];
  const all = [...entries, { path: 'TRAILER!!!', mode: 0 }];
  all.forEach(({ path, mode, content = Buffer.alloc(0) }: ArchiveEntry, i) => {
    const name = Buffer.from(`${path}\0`);
    const links = (mode & 0o170000) === 0o040000 ? 2 : 1;
    const fields = [i + 1, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0];
    const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
    parts.push(padded(Buffer.concat([Buffer.from(head), name])), padded(Buffer.from(content)));
  });
  return Buffer.concat(parts);
}

/** Head with name, and content, each fill words of four bytes. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

export const FOLDER = 0o040755;
export const PROGRAM = 0o100755;
export const PLAIN_FILE = 0o100644;
