import { ATTRIBUTE } from './attribute.ts';
import { readAttribute } from './attribute-data.ts';
import { fileAttribute, type OpenVolume } from './file-attributes.ts';
import { inHole } from './holes.ts';
import { u8 } from './little-endian.ts';

/** Whether a record is in use by the bitmap of $MFT; `undefined` where that cannot be read. */
export type RecordUse = (record: number) => Promise<boolean | undefined>;

/** Bytes of the bitmap kept at a time: 32 768 records. */
const WINDOW_BYTES = 4096;

interface Window {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly hole: (byte: number) => boolean;
}

/** Opens the $BITMAP of $MFT, which has a bit for each record. */
export async function openMftBitmap(volume: OpenVolume): Promise<RecordUse> {
  const state = await volume.mft.record(0);
  const data =
    state.state === 'in-use' ? await fileAttribute(volume, state.record, ATTRIBUTE.BITMAP, '') : undefined;
  if (data === undefined) return async () => undefined;
  let window: Window = { start: -1, bytes: new Uint8Array(0), hole: () => true };
  return async (record) => {
    const at = Math.floor(record / 8);
    if (at >= data.initializedBytes) return false;
    const start = at - (at % WINDOW_BYTES);
    if (window.start !== start) {
      const length = Math.min(WINDOW_BYTES, data.initializedBytes - start);
      const chunk = await readAttribute(volume.reader, data, volume.boot.clusterBytes, start, length);
      window = { start, bytes: chunk.bytes, hole: (byte) => inHole(chunk.holes, byte, byte + 1) };
    }
    if (window.hole(at - start)) return undefined;
    return (u8(window.bytes, at - start) & (1 << (record % 8))) !== 0;
  };
}
