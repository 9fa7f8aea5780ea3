import { u32 } from './little-endian.ts';

/** $STANDARD_INFORMATION (specification): times in ticks of 100 ns since 1601, as they stand there. */
export interface StandardInformation {
  readonly created: bigint;
  readonly modified: bigint;
  /** When the record itself last changed. */
  readonly changed: bigint;
  readonly accessed: bigint;
  /** DOS attributes such as `DOS_ATTRIBUTE.HIDDEN`. */
  readonly attributes: number;
  /** Maximum versions, version number, class id; folders that tell apart upper and lower case are marked in them. */
  readonly versions: readonly [number, number, number];
  /** Number of the security descriptor in $Secure; undefined on volumes before NTFS 3.0. */
  readonly securityId: number | undefined;
}

const OLD_BYTES = 48;
const SECURITY_ID_AT = 52;

/** Reads the value of the attribute; undefined when it is too short. */
export function parseStandardInformation(value: Uint8Array): StandardInformation | undefined {
  if (value.length < OLD_BYTES) return undefined;
  const ticks = (at: number): bigint => (BigInt(u32(value, at + 4)) << 32n) | BigInt(u32(value, at));
  return {
    created: ticks(0),
    modified: ticks(8),
    changed: ticks(16),
    accessed: ticks(24),
    attributes: u32(value, 32),
    versions: [u32(value, 36), u32(value, 40), u32(value, 44)],
    securityId: value.length >= SECURITY_ID_AT + 4 ? u32(value, SECURITY_ID_AT) : undefined,
  };
}
