import { createHash } from 'node:crypto';
import { u16, u32 } from '../../ntfs/little-endian.ts';

const HEADER_BYTES = 20;
const DACL_PRESENT = 0x4;
const SACL_PRESENT = 0x10;
/** Bits that say where the parts lie, not what they are. */
const SELF_RELATIVE = 0x8000;

/**
 * SHA-1 of a security descriptor in a form that does not depend on the order in which its parts are stored: control
 * bits, owner, group, then both lists. A descriptor that contradicts itself is taken as the bytes that it has.
 */
export function securitySum(descriptor: Uint8Array): string {
  const hash = createHash('sha1');
  for (const part of partsOf(descriptor) ?? [descriptor]) {
    hash.update(`${part.length}:`);
    hash.update(part);
  }
  return hash.digest('hex');
}

function partsOf(bytes: Uint8Array): Uint8Array[] | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const control = u16(bytes, 2);
  const owner = sidAt(bytes, u32(bytes, 4));
  const group = sidAt(bytes, u32(bytes, 8));
  const sacl = listAt(bytes, (control & SACL_PRESENT) === 0 ? 0 : u32(bytes, 12));
  const dacl = listAt(bytes, (control & DACL_PRESENT) === 0 ? 0 : u32(bytes, 16));
  if (owner === undefined || group === undefined || sacl === undefined || dacl === undefined)
    return undefined;
  const bits = control | SELF_RELATIVE;
  return [Uint8Array.of(bits & 0xff, bits >>> 8), owner, group, sacl, dacl];
}

const NOTHING = new Uint8Array(0);

/** A security identifier: 8 bytes and 4 for each part; empty when there is none. */
function sidAt(bytes: Uint8Array, offset: number): Uint8Array | undefined {
  if (offset === 0) return NOTHING;
  const end = offset + 8 + 4 * (bytes[offset + 1] ?? 0);
  return end <= bytes.length ? bytes.subarray(offset, end) : undefined;
}

/** An access control list, which tells its own length. */
function listAt(bytes: Uint8Array, offset: number): Uint8Array | undefined {
  if (offset === 0) return NOTHING;
  const end = offset + u16(bytes, offset + 2);
  return offset + 8 <= bytes.length && end <= bytes.length ? bytes.subarray(offset, end) : undefined;
}
