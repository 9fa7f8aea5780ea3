import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ByteReader } from '../../src/block/nbd/byte-reader.ts';
import type { ByteRange } from '../../src/block/range.ts';

/** What the real ntfsclone takes for used, in bytes from the start of the volume. */
export interface UsedClusters {
  readonly clusterBytes: number;
  /** Clusters of the volume, without the backup boot sector behind them. */
  readonly clusterCount: number;
  /** Ascending; the last one is the rest of the volume with the backup boot sector. */
  readonly ranges: readonly ByteRange[];
}

const HEADER_BYTES = 50;
const NEXT_CLUSTER = 1;

/**
 * The used clusters of the volume in `image`, by saving it with ntfsclone and reading the commands of what comes
 * out: a judgement in which no line of this program has a part.
 */
export async function usedRanges(image: string): Promise<UsedClusters> {
  const cloner = spawn('ntfsclone', ['--force', '--quiet', '--save-image', '--output', '-', image], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(cloner, 'close');
  const said: Buffer[] = [];
  cloner.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const input = new ByteReader(cloner.stdout);
  const header = await input.take(HEADER_BYTES);
  if (header === undefined) throw new Error(`ntfsclone ${image}: ${Buffer.concat(said).toString().trim()}`);
  const clusterBytes = header.readUInt32LE(18);
  const deviceBytes = Number(header.readBigUInt64LE(22));
  const clusterCount = Number(header.readBigInt64LE(30));
  await input.take(header.readUInt32LE(46) - HEADER_BYTES);

  const ranges: { start: number; end: number }[] = [];
  let position = 0;
  for (let command = await input.take(1); command !== undefined; command = await input.take(1)) {
    if (command[0] !== NEXT_CLUSTER) {
      position += Number((await input.take(8))?.readBigInt64LE() ?? 0n);
      continue;
    }
    const start = position * clusterBytes;
    const end = Math.min(start + clusterBytes, deviceBytes);
    await input.take(end - start);
    const last = ranges.at(-1);
    if (last?.end === start) last.end = end;
    else ranges.push({ start, end });
    position++;
  }
  const [code] = await ended;
  if (code !== 0)
    throw new Error(`ntfsclone ${image}: exit ${code}: ${Buffer.concat(said).toString().trim()}`);
  return { clusterBytes, clusterCount, ranges };
}
