import { bootSectorCandidates } from '../ntfs/boot-sector.ts';
import { cachedReader } from '../ntfs/cached-reader.ts';
import type { OpenVolume } from '../ntfs/file-attributes.ts';
import { openMft } from '../ntfs/mft.ts';
import { readVolumeFacts } from '../ntfs/volume-facts.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { CloneError } from './clone-error.ts';
import type { CloneGeometry } from './cluster-sink.ts';
import { stoppableReader } from './stoppable-reader.ts';

/** A volume that may be cloned. */
export interface CloneVolume extends OpenVolume {
  readonly geometry: CloneGeometry;
  /** NTFS version such as `3.1`. */
  readonly version: string;
  readonly label: string;
  /** What the user should know, one sentence each. */
  readonly notes: readonly string[];
}

export interface OpenOptions {
  /** For messages. */
  readonly path: string;
  /** Go on when the volume asks for a check. */
  readonly force: boolean;
  /** Go on with the backup boot sector when the first one cannot be used. */
  readonly rescue: boolean;
  /** Rejects whatever is read of the volume with its reason. */
  readonly signal: AbortSignal;
}

const VERSIONS = new Set(['1.1', '1.2', '2.0', '2.1', '2.2', '2.3', '2.4', '2.5', '3.0', '3.1']);

/**
 * Opens the volume as far as a clone needs it. Throws a `CloneError` for what ntfsclone refuses: no NTFS, an unknown
 * version, a volume that asks for a check.
 */
export async function openCloneVolume(device: VolumeReader, options: OpenOptions): Promise<CloneVolume> {
  const { path, force, rescue, signal } = options;
  const reader = stoppableReader(cachedReader(device), signal);
  const volume = await openFirst(reader, rescue);
  if (volume === undefined) {
    const holes = await reader.read(0, Math.min(512, reader.sizeBytes));
    throw new CloneError(
      'refused',
      `Opening '${path}' as NTFS failed`,
      holes.holes.length > 0
        ? `Its boot sector cannot be read; --rescue tries the copy at its end, and so does: lifeboat rescue ${path} TARGET`
        : 'It holds no NTFS volume that can be read. Name the partition, not the whole disk.',
      holes.holes.length > 0 ? 'EIO' : 'EINVAL',
    );
  }
  const { boot } = volume;
  const geometry = {
    clusterBytes: boot.clusterBytes,
    clusterCount: boot.clusterCount,
    deviceBytes: reader.sizeBytes,
  };
  const { version, label, dirty } = await readVolumeFacts(volume);
  if (version === undefined || !VERSIONS.has(version)) {
    const what = version === undefined ? 'it cannot be read' : version;
    throw new CloneError(
      'refused',
      `Unknown NTFS version: ${what}`,
      'The volume is damaged, or newer than this program.',
      'EOPNOTSUPP',
    );
  }
  if (dirty && !force) {
    throw new CloneError(
      'refused',
      `Volume '${path}' is scheduled for a check or it was shutdown uncleanly.`,
      'Boot Windows and shut it down, or go on as it is with --force.',
    );
  }
  return { ...volume, geometry, version, label: label ?? '', notes: volume.notes };
}

/** Throws a `CloneError` when the device ends before the volume does. */
export function checkDeviceSize({ clusterBytes, clusterCount, deviceBytes }: CloneGeometry): void {
  if (clusterCount * clusterBytes <= deviceBytes) return;
  throw new CloneError(
    'refused',
    `Current NTFS volume size is bigger than the device size (${deviceBytes})!`,
    'The device or image is cut, or the partition table is wrong.',
  );
}

async function openFirst(
  reader: VolumeReader,
  rescue: boolean,
): Promise<(OpenVolume & { notes: readonly string[] }) | undefined> {
  const candidates = await bootSectorCandidates(reader);
  // A volume with a damaged boot sector is no volume that a plain clone may call whole.
  const usable = rescue ? candidates : candidates.filter(({ from }) => from === 'primary');
  for (const { boot, from } of usable) {
    const mft = await openMft(reader, boot);
    if (mft === undefined || (!mft.complete && !rescue)) continue;
    const backup = 'The boot sector cannot be used; its copy at the end of the volume is.';
    const notes = mft.notes.map(({ message }) => message);
    return { reader, boot, mft, notes: from === 'primary' ? notes : [backup, ...notes] };
  }
  return undefined;
}
