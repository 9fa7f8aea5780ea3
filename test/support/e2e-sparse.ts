import { open } from 'node:fs/promises';
import type { ByteRange } from '../../src/block/range.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { runOrThrow } from './tools.ts';

const UNIT = 512;
const STEP = 2 ** 22;

/** Where a sparse file has data, as the file system tells it. */
async function dataRanges(path: string): Promise<ByteRange[]> {
  const text = await runOrThrow('filefrag', ['-s', '-v', `-b${UNIT}`, path]);
  const ranges: ByteRange[] = [];
  for (const line of text.split('\n')) {
    const [, first, last] = /^\s*\d+:\s*(\d+)\.\.\s*(\d+):/.exec(line) ?? [];
    if (first !== undefined) ranges.push({ start: Number(first) * UNIT, end: (Number(last) + 1) * UNIT });
  }
  return ranges;
}

/**
 * Where two files first differ, in words; '' when they do not. Holes of both are not read: hundreds of gigabytes of
 * them take no time. With `mayBeEmpty` sectors of the right one may also be zeros.
 */
export async function sparseDifference(
  leftPath: string,
  rightPath: string,
  { mayBeEmpty = false } = {},
): Promise<string> {
  const [left, right] = [await open(leftPath), await open(rightPath)];
  try {
    const { size } = await left.stat();
    const other = (await right.stat()).size;
    if (size !== other) return `${leftPath} has ${size} bytes, ${rightPath} ${other}`;
    const [a, b] = [Buffer.alloc(STEP), Buffer.alloc(STEP)];
    for (const { start, end } of RangeSet.of([
      ...(await dataRanges(leftPath)),
      ...(await dataRanges(rightPath)),
    ])) {
      for (let at = start; at < Math.min(end, size); at += STEP) {
        const length = Math.min(STEP, end - at, size - at);
        await left.read(a, 0, length, at);
        await right.read(b, 0, length, at);
        if (a.subarray(0, length).equals(b.subarray(0, length))) continue;
        for (let i = 0; i < length; i += UNIT) {
          const [due, found] = [
            a.subarray(i, Math.min(length, i + UNIT)),
            b.subarray(i, Math.min(length, i + UNIT)),
          ];
          if (found.equals(due) || (mayBeEmpty && found.every((byte) => byte === 0))) continue;
          return `${leftPath} and ${rightPath} differ behind byte ${at + i}`;
        }
      }
    }
    return '';
  } finally {
    await left.close();
    await right.close();
  }
}

/** Cuts `sizeBytes` from byte `start` on out of a file; zeros become holes. */
export async function cutOut(path: string, start: number, sizeBytes: number, into: string): Promise<void> {
  await runOrThrow('dd', [
    ...[`if=${path}`, `of=${into}`, 'bs=64k', 'conv=sparse', 'status=none'],
    ...['iflag=skip_bytes,count_bytes', `skip=${start}`, `count=${sizeBytes}`],
  ]);
  await runOrThrow('truncate', ['-s', String(sizeBytes), into]);
}
