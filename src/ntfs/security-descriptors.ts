import { ATTRIBUTE } from './attribute.ts';
import { readAttribute } from './attribute-data.ts';
import { fileAttribute, type OpenVolume } from './file-attributes.ts';
import { inHole } from './holes.ts';
import { u32, u64 } from './little-endian.ts';

/** Finds a security descriptor by its number; undefined when it is not there or cannot be read. */
export type SecurityDescriptors = (id: number) => Promise<Uint8Array | undefined>;

const SECURE_RECORD = 9;
const STREAM = '$SDS';
const HEADER_BYTES = 20;
/** Entries lie in stretches of 256 KiB, each followed by its copy (specification). */
const STRETCH_BYTES = 2 ** 18;
/** Windows limits a descriptor to 64 KiB. */
const MAX_DESCRIPTOR_BYTES = 2 ** 16;
/** Large servers have some ten megabytes; a damaged size must not be followed further. */
const MAX_STREAM_BYTES = 2 ** 30;
const MAX_ENTRIES = 2_000_000;

/**
 * Goes once through the stream $SDS of $Secure and notes where each descriptor lies. An entry whose original cannot be
 * read is looked for in its copy.
 */
export async function openSecurityDescriptors(volume: OpenVolume): Promise<SecurityDescriptors> {
  const state = await volume.mft.record(SECURE_RECORD);
  const data =
    state.state === 'in-use' ? await fileAttribute(volume, state.record, ATTRIBUTE.DATA, STREAM) : undefined;
  if (data === undefined) return async () => undefined;
  const { clusterBytes } = volume.boot;
  const places = new Map<number, { readonly offset: number; readonly length: number }>();
  const end = Math.min(data.initializedBytes, MAX_STREAM_BYTES);
  for (let start = 0; start < end; start += STRETCH_BYTES) {
    const length = Math.min(STRETCH_BYTES, end - start);
    const { bytes, holes } = await readAttribute(volume.reader, data, clusterBytes, start, length);
    const isCopy = (start / STRETCH_BYTES) % 2 === 1;
    for (let at = 0; at + HEADER_BYTES <= length; ) {
      const id = u32(bytes, at + 4);
      const offset = u64(bytes, at + 8);
      const size = u32(bytes, at + 16);
      const belongs = offset === start + at - (isCopy ? STRETCH_BYTES : 0);
      if (inHole(holes, at, at + HEADER_BYTES) || !belongs || id === 0 || size < HEADER_BYTES) {
        // Entries begin at multiples of 16; behind the last one there are zeros, or what was there before.
        at += 16;
        continue;
      }
      const descriptorBytes = size - HEADER_BYTES;
      const fits = descriptorBytes <= MAX_DESCRIPTOR_BYTES && at + size <= length;
      if (fits && !inHole(holes, at, at + size) && !places.has(id) && places.size < MAX_ENTRIES) {
        places.set(id, { offset: start + at + HEADER_BYTES, length: descriptorBytes });
      }
      at += fits ? Math.ceil(size / 16) * 16 : 16;
    }
  }
  return async (id) => {
    const place = places.get(id);
    if (place === undefined) return undefined;
    const { bytes, holes } = await readAttribute(
      volume.reader,
      data,
      clusterBytes,
      place.offset,
      place.length,
    );
    return holes.length > 0 ? undefined : bytes;
  };
}
