import { readClamped } from '../../ntfs/holes.ts';
import type { OpenNtfsVolume } from '../open-volume.ts';
import type { SideVolume } from '../side/side-form.ts';
import type { Difference } from './difference.ts';

/** What of a volume is compared, wherever it is known from. */
export type VolumeDescription = Pick<
  SideVolume,
  'label' | 'version' | 'serial' | 'clusterBytes' | 'sectorBytes' | 'boot'
>;

const BOOT_BYTES = 8192;
const CODE_AT = 0x54;
const MARK_AT = 0x1fe;

/** What a volume says of itself. */
export async function describeWholeVolume(volume: OpenNtfsVolume): Promise<VolumeDescription> {
  const { boot } = volume.inventory.tree.volume;
  const { bytes, holes } = await readClamped(volume.reader, 0, BOOT_BYTES);
  return {
    label: volume.facts.label ?? '',
    version: volume.facts.version ?? '',
    serial: boot.serial,
    clusterBytes: boot.clusterBytes,
    sectorBytes: boot.sectorBytes,
    ...(holes.length === 0 && { boot: Buffer.from(bytes).toString('base64') }),
  };
}

/**
 * Compares what is of the volume as a whole: label, version, serial number in both boot sectors, cluster size, the loader.
 * Not sizes and places, which may well be others.
 */
export async function compareVolumeFacts(
  expected: VolumeDescription,
  volume: OpenNtfsVolume,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const add = (what: string, before: string | number, after: string | number): void => {
    if (before === after) return;
    const found = `${what} ${after}`;
    differences.push({ what: 'volume', path: '', expected: `${what} ${before}`, found });
  };
  const actual = await describeWholeVolume(volume);
  add('label', `"${expected.label}"`, `"${actual.label}"`);
  add('version', expected.version, actual.version);
  add('serial number', expected.serial, actual.serial);
  add('clusters of', expected.clusterBytes, actual.clusterBytes);
  if (expected.sectorBytes === actual.sectorBytes) {
    add('loader', loaderText(expected.boot), loaderText(actual.boot));
  }
  const { boot } = volume.inventory.tree.volume;
  const first = await readClamped(volume.reader, 0, boot.sectorBytes);
  const backup = await readClamped(volume.reader, boot.volumeBytes, boot.sectorBytes);
  const isSame = Buffer.compare(first.bytes, backup.bytes) === 0 && backup.holes.length === 0;
  add('backup boot sector', 'as the first', isSame ? 'as the first' : 'another one');
  return differences;
}

/** The code in the boot area, without what says where the volume lies and how large it is. */
function loaderText(boot: string | undefined): string {
  if (boot === undefined) return 'unknown';
  const bytes = Buffer.from(boot, 'base64');
  const parts = [bytes.subarray(0, 3), bytes.subarray(CODE_AT, MARK_AT), bytes.subarray(512)];
  let sum = 7;
  for (const part of parts) for (const byte of part) sum = (sum * 31 + byte) % 1_000_000_007;
  return String(sum);
}
