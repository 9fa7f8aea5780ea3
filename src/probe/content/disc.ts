import { hasText, known, product, textField, u8, u16, u32 } from './bytes.ts';
import type { Content } from './content.ts';
import type { Peek } from './peek.ts';

/** Volume descriptors begin at the sixteenth sector of 2048 bytes: ECMA-119, 8. */
const DESCRIPTORS = 32768;
const SECTOR_BYTES = 2048;
/** So many descriptors are looked at. */
const MOST_DESCRIPTORS = 8;

/** A CD, DVD or disc image: ISO 9660, UDF, or both. The label of UDF alone is not read. */
export async function findDisc(peek: Peek): Promise<Content | undefined> {
  let iso: Content | undefined;
  let isUdf = false;
  for (let i = 0; i < MOST_DESCRIPTORS; i++) {
    const bytes = await peek(DESCRIPTORS + i * SECTOR_BYTES, SECTOR_BYTES);
    if (bytes === undefined) break;
    if (hasText(bytes, 1, 'NSR02') || hasText(bytes, 1, 'NSR03')) isUdf = true;
    else if (hasText(bytes, 1, 'CD001') && u8(bytes, 0) === 1) iso ??= isoContent(bytes);
    else if (!hasText(bytes, 1, 'CD001') && !hasText(bytes, 1, 'BEA01') && !hasText(bytes, 1, 'TEA01')) break;
  }
  // A bridge disc has both; systems use UDF then.
  return isUdf ? known<Content>({ kind: 'udf', label: iso?.label }) : iso;
}

function isoContent(bytes: Uint8Array): Content {
  const blockBytes = u16(bytes, 128);
  return known<Content>({
    kind: 'iso9660',
    label: textField(bytes, 40, 32),
    uuid: creationTime(bytes),
    totalBytes: product(u32(bytes, 80), blockBytes),
    blockBytes,
  });
}

/** `2026-11-20-21-04-05-00`, which stands in for a UUID: the creation time, or the one of the last change. */
function creationTime(bytes: Uint8Array): string | undefined {
  for (const offset of [830, 813]) {
    const digits = textField(bytes, offset, 16);
    if (digits === undefined || !/^\d{16}$/.test(digits) || /^0+$/.test(digits)) continue;
    return digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3-$4-$5-$6-$7');
  }
  return undefined;
}
