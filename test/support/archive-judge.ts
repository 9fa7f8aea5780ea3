import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { run, runOrThrow } from './tools.ts';
import { mountVolume } from './volume-mount.ts';

/**
 * All that ntfs-3g, getfattr, ntfsinfo, ntfscat and ntfscluster tell of every object of a volume, as lines `path: what: value`:
 * two volumes with the same lines hold the same. The time at which a record itself last changed is not among them.
 */
export async function judgeVolume(device: string): Promise<Map<string, string>> {
  const facts = new Map<string, string>();
  const inodes = new Map<string, bigint>();
  {
    await using mounted = await mountVolume(device, { readOnly: true, streams: 'xattr', more: ['efs_raw'] });
    walk(Buffer.from(mounted.root), '', facts, inodes);
    for (const name of ATTRIBUTES) await attributesOf(mounted.root, name, facts);
  }
  const seen = new Map<bigint, string>();
  for (const [path, inode] of inodes) {
    const first = seen.get(inode);
    if (first !== undefined) {
      facts.set(`${path}: link`, first);
      continue;
    }
    seen.set(inode, path);
    await innerFacts(device, path, inode, facts);
  }
  return facts;
}

/** SHA-1 of nothing. */
const EMPTY = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';

const ATTRIBUTES = [
  'system.ntfs_acl',
  'system.ntfs_attrib',
  'system.ntfs_reparse_data',
  'system.ntfs_object_id',
  'system.ntfs_ea',
  'system.ntfs_efsinfo',
  'system.ntfs_dos_name',
  'system.ntfs_times',
];

function walk(folder: Buffer, path: string, facts: Map<string, string>, inodes: Map<string, bigint>): void {
  const stat = lstatSync(folder, { bigint: true });
  const kind = stat.isDirectory()
    ? 'folder'
    : stat.isSymbolicLink()
      ? 'link'
      : stat.isFile()
        ? 'file'
        : 'other';
  facts.set(`${path}: kind`, kind);
  inodes.set(path, stat.ino);
  if (kind === 'link')
    facts.set(
      `${path}: target`,
      String(tryTo(() => readlinkSync(folder))).replace(/lifeboat-mount\S*?\//, ''),
    );
  if (kind === 'file') {
    facts.set(`${path}: size`, String(stat.size));
    facts.set(`${path}: content`, sha(readFileSync(folder)));
  }
  if (kind !== 'folder') return;
  for (const name of readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare)) {
    walk(
      Buffer.concat([folder, Buffer.from('/'), name]),
      `${path}/${name.toString('latin1')}`,
      facts,
      inodes,
    );
  }
}

/** One attribute of all objects that have it, as one run of getfattr prints it. */
async function attributesOf(root: string, name: string, facts: Map<string, string>): Promise<void> {
  const { stdout } = await run('getfattr', ['-R', '-P', '-h', '-n', name, '-e', 'hex', '.'], { cwd: root });
  let path = '';
  for (const line of stdout.split('\n')) {
    if (line.startsWith('# file: ')) path = line.slice(8);
    const value = /^[\w.]+=0x([0-9a-f]*)$/.exec(line)?.[1];
    if (value === undefined) continue;
    // Created, modified, accessed; the fourth is when the record changed.
    facts.set(`${path}: ${name}`, name.endsWith('times') ? value.slice(0, 48) : value);
  }
}

/** Streams, how they are stored, and contents that a mount does not show, from the volume itself. */
async function innerFacts(
  device: string,
  path: string,
  inode: bigint,
  facts: Map<string, string>,
): Promise<void> {
  const text = await runOrThrow('ntfsinfo', ['-f', '-v', '-i', String(inode), device]);
  for (const part of text.split('Dumping attribute $DATA')) {
    if (part === text || !/^ \(0x80\)/.test(part)) continue;
    const name = /Attribute name:\s+'([\s\S]*?)'\n/.exec(part)?.[1] ?? '';
    const flags = /Attribute flags:\s+(0x[0-9a-f]+)/.exec(part)?.[1] ?? '';
    const size = /Data size:\s+(\d+)/.exec(part)?.[1] ?? '';
    facts.set(`${path}: stream ${name}`, `${size} bytes, flags ${flags}`);
    // Cipher text is read from the clusters alone.
    const isEncrypted = (Number(flags) & 0x4000) !== 0;
    if (isEncrypted) continue;
    const words = [...(name === '' ? [] : ['-n', name]), '-f', '-i', String(inode), device];
    const content = await runOrThrow('sh', ['-c', 'ntfscat "$@" | sha1sum', 'sh', ...words]);
    if (Number(size) > 0 && content.startsWith(EMPTY))
      throw new Error(`ntfscat gives nothing of ${path}:${name}`);
    facts.set(`${path}: bytes of stream ${name}`, content.slice(0, 40));
  }
  if (!text.includes('SPARSE')) return;
  const clusters = await runOrThrow('ntfscluster', ['-f', '-I', String(inode), device]);
  const runs = [...clusters.matchAll(/^\s+(\d+)\s+(\d+)\s+(\d+)\s*$/gm)].map(
    ([, vcn, , length]) => `${vcn}+${length}`,
  );
  facts.set(`${path}: clusters`, runs.join(' '));
}

function tryTo(work: () => string): string {
  try {
    return work();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'error';
  }
}

const sha = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/** What is in one of two accounts and not in the other, as lines. */
export function accountDifferences(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): string[] {
  const lines: string[] = [];
  for (const key of new Set([...one.keys(), ...other.keys()])) {
    const [before, after] = [one.get(key), other.get(key)];
    if (before !== after)
      lines.push(`${key}: was ${before ?? 'nothing'}, is ${after ?? 'nothing'}`.slice(0, 400));
  }
  return lines.sort();
}
