import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ByteStream } from '../../src/clone/byte-input.ts';
import type { CloneListener } from '../../src/clone/clone-listener.ts';
import { type CloneRequest, cloneVolume } from '../../src/clone/clone-volume.ts';
import { zstdStream } from '../../src/clone/compressed/zstd-stream.ts';
import { encodeImageHeader } from '../../src/clone/image-header.ts';
import { ImageReader } from '../../src/clone/image-reader.ts';
import { SILENT } from '../support/silent-listener.ts';
import { missing, runOrThrow } from '../support/tools.ts';

const MIB = 2 ** 20;
const { signal } = new AbortController();

/** A stream of these pieces. */
function streamOf(...pieces: Uint8Array[]): ByteStream {
  const left = [...pieces];
  return { next: async () => left.shift() ?? new Uint8Array(0), close: async () => undefined };
}

test('how far it is is told with each piece, however large the clusters are', async () => {
  const clusterBytes = 2 * MIB;
  const count = 8;
  const geometry = { clusterBytes, clusterCount: count, deviceBytes: count * clusterBytes };
  const cluster = Buffer.concat([Buffer.of(1), Buffer.alloc(clusterBytes)]);
  const clusters = Array.from({ length: count }, () => cluster);
  const reader = await ImageReader.open(
    streamOf(encodeImageHeader(geometry, count), ...clusters, Buffer.of(1)),
  );
  const told: number[] = [];
  const onClusters = (done: number): void => void told.push(done);
  await reader.replay({ take: async () => undefined, onClusters, inOrder: false }, signal);
  assert.deepEqual(
    [...new Set(told)],
    Array.from({ length: count + 1 }, (_, i) => i + 1),
  );
});

test('a window that is too large is no damage', async () => {
  // RFC 8878, 3.1.1: the magic number, a descriptor, 2^(10 + 18) bytes of window, and one block of three plain bytes.
  const frame = (window: number): Buffer =>
    Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0, window << 3, (3 << 3) | 1, 0, 0, 97, 98, 99);
  assert.equal(Buffer.from(await zstdStream(streamOf(frame(10))).next()).toString(), 'abc');
  const stream = zstdStream(streamOf(frame(18)));
  await assert.rejects(stream.next(), /compressed with a window of more than 128 MiB/);
});

describe('a save that is gone on with', { skip: missing({ tools: ['mkntfs'] }) }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-reader-'));
  });
  after(() => rm(folder, { recursive: true }));

  test('what was saved before counts from the first moment, and not as work of this run', async () => {
    const [source, output, begun] = [join(folder, 'volume'), join(folder, 'image'), join(folder, 'begun')];
    await writeFile(source, '');
    await truncate(source, 32 * MIB);
    await runOrThrow('mkntfs', ['-F', '-q', '-Q', source]);
    const request: CloneRequest = {
      ...{
        source,
        output,
        overwrite: true,
        form: 'image',
        rescue: false,
        ignoreFsCheck: false,
        force: false,
      },
      compression: { level: 1, replaceBegun: false },
    };
    await cloneVolume(request, SILENT, signal);
    await copyFile(output, begun);
    // Without the seek table it counts as begun, and all clusters are in it.
    await truncate(begun, (await stat(begun)).size - 1);
    const heard: string[] = [];
    const listener: CloneListener = {
      ...SILENT,
      goesOn: () => heard.push('goes on'),
      phase: (phase) => heard.push(phase),
      progress: (done, total) => {
        if (heard.at(-1) === 'saving') heard.push(`${done === total ? 'all' : done} at first`);
      },
    };
    await cloneVolume({ ...request, output: begun }, listener, signal);
    assert.deepEqual(heard.slice(heard.indexOf('goes on')), ['goes on', 'saving', 'all at first', 'syncing']);
    await runOrThrow('cmp', [output, begun]);
  });
});
