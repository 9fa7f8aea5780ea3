import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { newKeyForm } from '../../src/archive/side/side-cipher.ts';
import { SideFileError, type SideHead } from '../../src/archive/side/side-form.ts';
import { SideFile, type SidePart } from '../../src/archive/side/side-reader.ts';
import { SideWriter } from '../../src/archive/side/side-writer.ts';
import { seededRandom } from '../support/random.ts';

const HEAD: SideHead = { program: '1', created: '2026-01-01T00:00:00.000Z', archiveId: '0123abcd' };
const LONE = 'lone \ud83d.txt';

async function write(path: string, password?: string): Promise<void> {
  const head = password === undefined ? HEAD : { ...HEAD, key: newKeyForm() };
  const writer = await SideWriter.create(path, head, password);
  await writer.volume({
    fileSystem: 0,
    source: '/dev/sda1',
    label: 'label',
    version: '3.1',
    serial: '0123456789ABCDEF',
    sectorBytes: 512,
    clusterBytes: 4096,
    volumeBytes: 2 ** 30,
  });
  await writer.security({ sum: 'a'.repeat(40), descriptor: 'AAAA' });
  const random = seededRandom(5);
  for (let i = 0; i < 40; i++) {
    const content = writer.beginContent();
    await writer.data(content, 0, random.fill(new Uint8Array(100)));
    await writer.data(content, 2 ** 33, Buffer.from(`behind four gigabytes ${i}`));
    await writer.object({
      kind: 'file',
      id: i,
      path: i === 7 ? `folder/${LONE}` : `folder/${i}.txt`,
      times: ['0'.repeat(16), '1'.repeat(16), '2'.repeat(16), '3'.repeat(16)],
      attributes: 32,
      security: 'a'.repeat(40),
      streams: [
        {
          name: '',
          sizeBytes: 2 ** 34,
          compressed: false,
          sparse: true,
          encrypted: false,
          content,
          stored: [[0, 4096]],
        },
      ],
      reparse: 'AAAA',
    });
  }
  await writer.object({ kind: 'left-out', path: 'pagefile.sys', why: 'system' });
  await writer.end();
}

async function parts(path: string, password?: string): Promise<SidePart[]> {
  const side = await SideFile.open(path);
  try {
    if (password !== undefined) assert.ok(await side.unlock(password));
    const found: SidePart[] = [];
    for await (const part of side.parts({ withData: true })) found.push(part);
    await side.verify();
    return found;
  } finally {
    await side.close();
  }
}

describe('side files', () => {
  let folder: string;
  let path: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-side-'));
    path = join(folder, 'plain.side');
    await write(path);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('what was written is read again', async () => {
    const found = await parts(path);
    assert.equal(found.filter(({ kind }) => kind === 'data').length, 80);
    const line = found.find((part) => part.kind === 'line' && part.line.path.startsWith('folder/lone'));
    assert.ok(line?.kind === 'line' && line.line.path === `folder/${LONE}`);
    const far = found.find((part) => part.kind === 'data' && part.offset > 2 ** 32);
    assert.ok(far?.kind === 'data' && far.offset === 2 ** 33);
  });

  test('encrypted, nothing of it can be read without the password, and the structure can still be checked', async () => {
    const secret = join(folder, 'secret.side');
    await write(secret, 'a password');
    const bytes = await readFile(secret);
    assert.ok(!bytes.includes('behind four') && !bytes.includes('folder/'));
    assert.equal((await parts(secret, 'a password')).length, (await parts(path)).length);
    const side = await SideFile.open(secret);
    assert.equal(await side.unlock('another'), false);
    await side.verify();
    await assert.rejects(async () => {
      for await (const part of side.parts()) assert.ok(part);
    }, SideFileError);
    await side.close();
  });

  test('one flipped bit anywhere, and every cut, is noticed', async () => {
    const bytes = await readFile(path);
    const changed = join(folder, 'changed.side');
    const random = seededRandom(6);
    for (let i = 0; i < 300; i++) {
      const at = i < 40 ? i : random.integer(bytes.length);
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] as number) ^ (1 << random.integer(8));
      await writeFile(changed, copy);
      await assert.rejects(parts(changed), (error) => error instanceof SideFileError, `byte ${at}`);
    }
    for (let i = 0; i < 40; i++) {
      await writeFile(changed, bytes);
      await truncate(changed, random.integer(bytes.length));
      await assert.rejects(parts(changed), (error) => error instanceof SideFileError);
    }
    await writeFile(changed, Buffer.concat([bytes, Buffer.of(0)]));
    await assert.rejects(parts(changed), (error) => error instanceof SideFileError);
  });

  test('a side file that somebody made to do harm is refused', async () => {
    const hostile = [
      { kind: 'file', id: 1, path: '../outside' },
      { kind: 'file', id: 1, path: '/absolute' },
      { kind: 'file', id: 1, path: 'a//b' },
      { kind: 'file', id: -1, path: 'a' },
      { kind: 'file', id: 1, path: 'a', streams: [{ name: 'x/../../y', sizeBytes: 1 }] },
      { kind: 'file', id: 1, path: 'a', streams: [{ name: '', sizeBytes: 1e300 }] },
      { kind: 'device', id: 1, path: 'a' },
      { kind: 'file', id: 1, path: 'n'.repeat(300) },
      [],
      null,
    ];
    for (const line of hostile) {
      const file = join(folder, 'hostile.side');
      await writeFile(file, forged(await readFile(path), `${JSON.stringify(line)}\n`));
      await assert.rejects(parts(file), (error) => error instanceof SideFileError, JSON.stringify(line));
    }
    // A chunk that would take all memory, and one that expands without end.
    const file = join(folder, 'huge.side');
    const bytes = await readFile(path);
    const first = 16 + 16 + bytes.readUInt32LE(16 + 4);
    bytes.writeUInt32LE(0xfffffff0, first + 8);
    bytes.writeUInt32LE(
      crc32(
        bytes.subarray(first + 16, first + 16 + bytes.readUInt32LE(first + 4)),
        crc32(bytes.subarray(first, first + 12)),
      ),
      first + 12,
    );
    await writeFile(file, bytes);
    await assert.rejects(parts(file), (error) => error instanceof SideFileError);
  });

  /** The head of a side file, and behind it one chunk of objects with this text, with a right checksum. */
  function forged(bytes: Buffer, text: string): Buffer {
    const end = 16 + 16 + bytes.readUInt32LE(16 + 4);
    const header = Buffer.alloc(16);
    header[0] = 0x4f;
    header.writeUInt32LE(Buffer.byteLength(text), 4);
    header.writeUInt32LE(Buffer.byteLength(text), 8);
    header.writeUInt32LE(crc32(Buffer.from(text), crc32(header.subarray(0, 12))), 12);
    return Buffer.concat([bytes.subarray(0, end), header, Buffer.from(text)]);
  }
});
