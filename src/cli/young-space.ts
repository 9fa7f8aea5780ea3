import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's room for new objects as small as it is now. Left alone it doubles whenever much survives, up to 128 MiB,
 * and never shrinks: a screen that is watched for hours would take more and more (measured, bench/README.md). The room
 * is read as the factor by which it grows, which V8 asks each time, so it can be set while the program runs; the limit
 * itself is read only once, before the program can say anything.
 */
export function keepYoungSpace(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
