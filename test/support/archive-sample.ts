import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fletcher32 } from '../../src/archive/fsa/fletcher32.ts';
import { seededRandom } from './random.ts';
import { runOrThrow } from './tools.ts';

/** Makes a small archive of folders with the real FSArchiver, which needs neither root nor devices. */
export async function sampleArchive(folder: string, name: string): Promise<string> {
  const files = join(folder, `${name}-files`);
  mkdirSync(join(files, 'sub'), { recursive: true });
  symlinkSync('/tmp', join(files, 'lnk'));
  const random = seededRandom(3);
  writeFileSync(join(files, 'large.bin'), random.fill(new Uint8Array(700_000)));
  writeFileSync(join(files, 'empty'), '');
  for (let i = 0; i < 12; i++)
    writeFileSync(join(files, `sub/small ${i}.txt`), `small file ${i}\n`.repeat(i + 1));
  const archive = join(folder, `${name}.fsa`);
  await runOrThrow('fsarchiver', ['-Z', '1', 'savedir', archive, files]);
  return archive;
}

/**
 * Changes bytes of a header of an archive and makes its checksum right again: what somebody does who means harm. `from`
 * stands in the header once, and `to` is as long.
 */
export async function forgeHeader(archive: string, magic: string, from: string, to: string): Promise<void> {
  const bytes = await readFile(archive);
  const [old, changed] = [Buffer.from(from, 'latin1'), Buffer.from(to, 'latin1')];
  if (old.length !== changed.length) throw new Error('both must be of one length');
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    const length = bytes.readUInt32LE(at + 10);
    const place = bytes.indexOf(old, at);
    if (place < 0 || place + old.length > at + 14 + length) continue;
    changed.copy(bytes, place);
    bytes.writeUInt32LE(fletcher32(bytes.subarray(at + 14, at + 14 + length)), at + 14 + length);
    await writeFile(archive, bytes);
    return;
  }
  throw new Error(`no header ${magic} of ${archive} holds ${from}`);
}
